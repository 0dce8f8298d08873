"""Migrations: plain SQL files run by Piccolo's manager, as the schema's owner, under one lock.

The SQL is the schema: every constraint has a name there, and Piccolo's table classes are checked
against it by a test. See docs/decisions/0005-sql-migrations.md.
"""

import contextlib
import io

import asyncpg
import structlog
from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.apps.migrations.tables import Migration

from services.kernel import database
from services.kernel.settings import settings

# Any constant will do; it only has to be the same in every process that migrates.
MIGRATION_LOCK = 0x62616E736869
APP_ROLE = "banshi_app"
APPEND_ONLY_TABLES = ("audit_record", "audit_seal", "audit_check")

log = structlog.get_logger(__name__)


def sql_migration(app: str, migration_id: str, description: str, sql: str) -> MigrationManager:
    """A migration that runs `sql` in one transaction and gives up rather than queue for a lock."""
    manager = MigrationManager(migration_id=migration_id, app_name=app, description=description)

    async def run() -> None:
        from services.kernel import piccolo_conf

        await piccolo_conf.DB.run_ddl("SET LOCAL lock_timeout = '5s'")
        transaction = piccolo_conf.DB.current_transaction.get()
        if transaction is None:
            raise RuntimeError("a migration must run inside Piccolo's transaction")
        await transaction.connection.execute(sql)

    manager.add_raw(run)
    return manager


async def migrate() -> list[str]:
    """Run what has not run yet, then grant the application's role what it needs.

    Returns the ids of the migrations that ran. A second process waits for the first. The owner's
    address comes from `database_owner_url`.
    """
    owner_url = settings().database_owner_url
    if owner_url is None:
        raise ValueError("BANSHI_DATABASE_OWNER_URL must be set to migrate")
    from services.kernel import piccolo_conf

    url = owner_url.get_secret_value()
    application_engine, piccolo_conf.DB = piccolo_conf.DB, database.engine_for(url)
    Migration._meta.db = piccolo_conf.DB  # noqa: SLF001 - Piccolo's documented way to pick an engine
    guard = await asyncpg.connect(url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        done: list[str] = []
        for area in piccolo_conf.AREAS:
            done += await _migrate_area(area)
        await _grant(guard)
        return done
    finally:
        await guard.close()
        piccolo_conf.DB = application_engine
        Migration._meta.db = application_engine  # noqa: SLF001 - as above


async def _migrate_area(area: str) -> list[str]:
    before: set[str] = set()
    if await Migration.table_exists():
        before = set(await Migration.get_migrations_which_ran(area))
    with contextlib.redirect_stdout(io.StringIO()):  # Piccolo prints its progress
        result = await ForwardsMigrationManager(app_name=area).run()
    if not result.success:
        raise RuntimeError(result.message)
    ran = [name for name in await Migration.get_migrations_which_ran(area) if name not in before]
    for name in ran:
        log.info("migrated", area=area, migration=name)
    return ran


async def _grant(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Give the application's role rows, not tables; and of the audit, only new rows."""
    exists = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APP_ROLE)
    if not exists:
        raise RuntimeError(f"create the role {APP_ROLE} first (docs/operations.md)")
    await connection.execute(
        f"""
        GRANT USAGE ON SCHEMA public TO {APP_ROLE};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP_ROLE};
        REVOKE INSERT, UPDATE, DELETE ON migration FROM {APP_ROLE};
        REVOKE UPDATE, DELETE ON {", ".join(APPEND_ONLY_TABLES)} FROM {APP_ROLE};
        """
    )


async def pending() -> list[str]:
    """The migrations that this version knows and the database does not; for /readyz."""
    from services.kernel import piccolo_conf

    waiting: list[str] = []
    for area in piccolo_conf.AREAS:
        manager = ForwardsMigrationManager(app_name=area)
        config = manager.get_app_config(app_name=area)
        known = manager.get_migration_modules(config.resolved_migrations_folder_path)
        ran = await Migration.get_migrations_which_ran(area)
        waiting += sorted(set(known) - set(ran))
    return waiting
