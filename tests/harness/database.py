"""The worker's database: cloned from a migrated template, and put back after real commits."""

from tests.harness.run import TEMPLATE, Run, Worker

# Rows that the migrations themselves put in must be there again for the next test.
_TABLES = """
    SELECT c.oid::regclass::text
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = 'public'
"""
_SEQUENCES = """
    SELECT c.oid::regclass::text
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND n.nspname = 'public'
"""


async def make_template(worker: Worker) -> None:
    """Migrate the run's template once, whichever worker comes first, with the real commands.

    It holds the shipped catalogue, so that no test waits for it to be read again.
    """
    run = worker.run
    with run.locked():
        await run.postgres.create_roles()
        if await run.postgres.create_database(TEMPLATE):
            worker.banshi("migrate", database=TEMPLATE)
            worker.banshi("catalog", "sync", database=TEMPLATE)
            connection = await run.postgres.connect(TEMPLATE)
            try:
                async with connection.transaction():
                    # The audit begins with what a test does; its rows yield to nobody else.
                    await connection.execute("SET LOCAL session_replication_role = replica")
                    await connection.execute("DELETE FROM audit_record")
            finally:
                await connection.close()


async def clone_template(worker: Worker) -> None:
    """Give the worker its own database."""
    with worker.run.locked():  # a template may have no other session while it is copied
        await worker.run.postgres.create_database(worker.database, TEMPLATE)


class Restorer:
    """Puts the worker's database back to what the migrations left, without closing sessions."""

    def __init__(self, run: Run, database: str) -> None:
        self.run = run
        self.database = database
        self.tables: list[str] = []
        self.sequences: list[str] = []
        self.initial: list[str] = []

    async def remember(self) -> None:
        """Note the tables and the rows that are there from the start."""
        connection = await self.run.postgres.connect(self.database)
        try:
            self.tables = [row[0] for row in await connection.fetch(_TABLES)]
            self.sequences = [row[0] for row in await connection.fetch(_SEQUENCES)]
            await connection.execute("CREATE SCHEMA pristine")
            for table in self.tables:
                if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
                    await connection.execute(
                        f"CREATE TABLE pristine.{table} AS SELECT * FROM public.{table}"
                    )
                    self.initial.append(table)
        finally:
            await connection.close()

    async def restore(self) -> None:
        """Delete what tests wrote and bring back what was there.

        As the superuser with triggers and foreign keys off: append-only tables have to yield too.
        """
        connection = await self.run.postgres.connect(self.database)
        try:
            async with connection.transaction():
                await connection.execute("SET LOCAL session_replication_role = replica")
                await connection.execute("; ".join(f"DELETE FROM {name}" for name in self.tables))
                for table in self.initial:
                    await connection.execute(
                        f"INSERT INTO public.{table} SELECT * FROM pristine.{table}"
                    )
                for name in self.sequences:
                    await connection.execute(f"ALTER SEQUENCE {name} RESTART")
        finally:
            await connection.close()
