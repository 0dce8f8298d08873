"""The worker's database: cloned from a migrated template, and put back after real commits."""

import asyncpg

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
    """Migrate the run's template once, whichever worker comes first, with the real command."""
    run = worker.run
    with run.locked():
        await run.postgres.create_roles()
        if await run.postgres.create_database(TEMPLATE):
            worker.banshi("migrate", database=TEMPLATE)


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
        self.initial: dict[str, list[asyncpg.Record]] = {}

    async def remember(self) -> None:
        """Note the tables and the rows that are there from the start."""
        connection = await self.run.postgres.connect(self.database)
        try:
            self.tables = [row[0] for row in await connection.fetch(_TABLES)]
            self.sequences = [row[0] for row in await connection.fetch(_SEQUENCES)]
            for table in self.tables:
                rows = await connection.fetch(f"SELECT * FROM {table}")
                if rows:
                    self.initial[table] = rows
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
                for table, rows in self.initial.items():
                    await connection.copy_records_to_table(
                        table, records=[tuple(row) for row in rows], columns=list(rows[0].keys())
                    )
                for name in self.sequences:
                    await connection.execute(f"ALTER SEQUENCE {name} RESTART")
        finally:
            await connection.close()
