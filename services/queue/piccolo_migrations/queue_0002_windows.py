"""What a window last did, when it is paused, and which lines it was moved to."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "queue_0002_windows"
VERSION = "1.38.0"
DESCRIPTION = "What a window last did, when it is paused, and which lines it was moved to"

SQL = """
-- The last act of each window alone: the ticket as it was before, and its version afterwards.
CREATE TABLE window_act (
    window_id uuid        NOT NULL CONSTRAINT window_act_pk PRIMARY KEY
                                   CONSTRAINT window_act_window REFERENCES office_window
                                   ON DELETE RESTRICT ON UPDATE RESTRICT,
    ticket_id uuid        NOT NULL CONSTRAINT window_act_ticket REFERENCES ticket
                                   ON DELETE RESTRICT ON UPDATE RESTRICT,
    act       text        NOT NULL,
    acted_by  uuid        NOT NULL CONSTRAINT window_act_staff REFERENCES staff
                                   ON DELETE RESTRICT ON UPDATE RESTRICT,
    acted_at  timestamptz NOT NULL,
    before    jsonb       NOT NULL,
    version   integer     NOT NULL,
    CONSTRAINT window_act_act CHECK (act IN (
        'called', 'chosen', 'started', 'finished', 'skipped', 'parked', 'transferred',
        'resumed', 'came_back', 'withdrawn'))
);

CREATE TABLE window_pause (
    id             uuid        NOT NULL CONSTRAINT window_pause_pk PRIMARY KEY,
    window_id      uuid        NOT NULL CONSTRAINT window_pause_window REFERENCES office_window
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    reason         text        NOT NULL,
    paused_by      uuid        NOT NULL CONSTRAINT window_pause_staff REFERENCES staff
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    began_at       timestamptz NOT NULL,
    expected_until timestamptz,
    ended_at       timestamptz,
    CONSTRAINT window_pause_reason CHECK (
        reason IN ('rest', 'meal', 'meeting', 'equipment', 'closed')),
    CONSTRAINT window_pause_expected CHECK (
        expected_until > began_at AND (reason = 'closed') = (expected_until IS NULL)),
    CONSTRAINT window_pause_forwards CHECK (ended_at >= began_at)
);
CREATE UNIQUE INDEX window_pause_one_per_window ON window_pause (window_id)
    WHERE ended_at IS NULL;

-- Which lines a window serves instead of the catalogue's; until changed when valid_until is empty.
CREATE TABLE window_assignment (
    id          uuid        NOT NULL CONSTRAINT window_assignment_pk PRIMARY KEY,
    window_id   uuid        NOT NULL CONSTRAINT window_assignment_window REFERENCES office_window
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    lines       text[]      NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_until timestamptz,
    assigned_by uuid        NOT NULL CONSTRAINT window_assignment_staff REFERENCES staff
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT window_assignment_lines CHECK (
        cardinality(lines) > 0
        AND lines <@ ARRAY['household', 'vehicle', 'exit_entry', 'firm']),
    CONSTRAINT window_assignment_forwards CHECK (valid_until >= valid_from),
    CONSTRAINT window_assignment_one_at_a_time EXCLUDE USING gist (
        code_range(window_id::text, window_id::text, '[]') WITH &&,
        tstzrange(valid_from, valid_until) WITH &&)
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("queue", ID, DESCRIPTION, SQL)
