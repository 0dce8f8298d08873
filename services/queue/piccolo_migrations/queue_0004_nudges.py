"""Who asked for a text message when their turn is near."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "queue_0004_nudges"
VERSION = "1.38.0"
DESCRIPTION = "Who asked for a text message when their turn is near"

SQL = """
CREATE TABLE ticket_nudge (
    id        uuid        NOT NULL CONSTRAINT ticket_nudge_pk PRIMARY KEY,
    ticket_id uuid        NOT NULL CONSTRAINT ticket_nudge_ticket REFERENCES ticket
                                   ON DELETE RESTRICT ON UPDATE RESTRICT,
    asked_at  timestamptz NOT NULL,
    sent_at   timestamptz,
    CONSTRAINT ticket_nudge_once UNIQUE (ticket_id)
);
CREATE INDEX ticket_nudge_due ON ticket_nudge (ticket_id) WHERE sent_at IS NULL;
"""


async def forwards() -> MigrationManager:
    return sql_migration("queue", ID, DESCRIPTION, SQL)
