"""The outbox."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "kernel_0001_outbox"
VERSION = "1.38.0"
DESCRIPTION = "The outbox"

SQL = """
CREATE TABLE outbox_event (
    id            uuid        NOT NULL CONSTRAINT outbox_event_pk PRIMARY KEY,
    topic         text        NOT NULL,
    payload       jsonb       NOT NULL,
    status        text        NOT NULL,
    attempts      smallint    NOT NULL,
    available_at  timestamptz NOT NULL,
    lease         uuid,
    leased_until  timestamptz,
    done_at       timestamptz,
    last_error    text,
    created_at    timestamptz NOT NULL,
    CONSTRAINT outbox_event_status CHECK (status IN ('pending', 'leased', 'done', 'dead')),
    CONSTRAINT outbox_event_leased CHECK (
        (status = 'leased') = (lease IS NOT NULL AND leased_until IS NOT NULL)),
    CONSTRAINT outbox_event_done CHECK ((status = 'done') = (done_at IS NOT NULL))
);
CREATE INDEX outbox_event_due ON outbox_event (topic, available_at, id)
    WHERE status IN ('pending', 'leased');
CREATE INDEX outbox_event_dead ON outbox_event (id) WHERE status = 'dead';
CREATE INDEX outbox_event_done_at ON outbox_event (done_at) WHERE status = 'done';
"""


async def forwards() -> MigrationManager:
    return sql_migration("kernel", ID, DESCRIPTION, SQL)
