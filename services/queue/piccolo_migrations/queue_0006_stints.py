"""What a ticket had at windows before the one where it is, or ended."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "queue_0006_stints"
VERSION = "1.38.0"
DESCRIPTION = "What a ticket had at windows before the one where it is, or ended"

SQL = """
-- The wait and the time at one window, kept when the ticket goes back into line. The last stint
-- stands in the ticket itself; together they are every wait and every service of the day.
CREATE TABLE ticket_stint (
    id          uuid        NOT NULL CONSTRAINT ticket_stint_pk PRIMARY KEY,
    ticket_id   uuid        NOT NULL CONSTRAINT ticket_stint_ticket REFERENCES ticket
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    office_code text        NOT NULL CONSTRAINT ticket_stint_office REFERENCES office
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    day         date        NOT NULL,
    line        text        NOT NULL,
    window_id   uuid        NOT NULL CONSTRAINT ticket_stint_window REFERENCES office_window
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    called_by   uuid        NOT NULL CONSTRAINT ticket_stint_called_by REFERENCES staff
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    in_line_at  timestamptz NOT NULL,
    called_at   timestamptz NOT NULL,
    started_at  timestamptz,
    ended_at    timestamptz NOT NULL,
    ending      text        NOT NULL,
    -- The count of the ticket's changes that ended it, by which an undo finds it again.
    version     integer     NOT NULL,
    CONSTRAINT ticket_stint_once UNIQUE (ticket_id, version),
    CONSTRAINT ticket_stint_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT ticket_stint_ending CHECK (CASE ending
        WHEN 'fetched' THEN started_at IS NOT NULL
        WHEN 'missed' THEN started_at IS NULL
        ELSE ending = 'transferred' END),
    CONSTRAINT ticket_stint_forwards CHECK (
        in_line_at <= called_at AND called_at <= coalesce(started_at, called_at)
        AND coalesce(started_at, called_at) <= ended_at)
);
CREATE INDEX ticket_stint_of_day ON ticket_stint (office_code, day);
"""


async def forwards() -> MigrationManager:
    return sql_migration("queue", ID, DESCRIPTION, SQL)
