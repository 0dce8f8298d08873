"""Tickets, the numbers given out, and who sits at which window."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "queue_0001_tickets"
VERSION = "1.38.0"
DESCRIPTION = "Tickets, the numbers given out, and who sits at which window"

SQL = """
CREATE TABLE ticket (
    id             uuid        NOT NULL CONSTRAINT ticket_pk PRIMARY KEY,
    office_code    text        NOT NULL CONSTRAINT ticket_office REFERENCES office
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    line           text        NOT NULL,
    day            date        NOT NULL,
    number         text        NOT NULL,
    kind           text        NOT NULL,
    priority       text        NOT NULL,
    status         text        NOT NULL,
    appointment_id uuid        CONSTRAINT ticket_appointment REFERENCES appointment
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    item_code      text        CONSTRAINT ticket_item REFERENCES item
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    person_id      uuid        CONSTRAINT ticket_person REFERENCES person
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    checked_in_at  timestamptz NOT NULL,
    order_at       timestamptz NOT NULL,
    -- Since when it waits this time: from check-in, or from when it last went back into line.
    in_line_at     timestamptz NOT NULL,
    window_id      uuid        CONSTRAINT ticket_window REFERENCES office_window
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    called_by      uuid        CONSTRAINT ticket_called_by REFERENCES staff
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    called_at      timestamptz,
    recalled_at    timestamptz,
    call_count     smallint    NOT NULL,
    returned_at    timestamptz,
    started_at     timestamptz,
    parked_at      timestamptz,
    ended_at       timestamptz,
    -- What the last clerk left for the next one; sealed.
    note           bytea,
    outcome        text,
    for_window_id  uuid        CONSTRAINT ticket_for_window REFERENCES office_window
                                        ON DELETE RESTRICT ON UPDATE RESTRICT,
    version        integer     NOT NULL,
    CONSTRAINT ticket_number_given_once UNIQUE (office_code, day, number),
    CONSTRAINT ticket_one_per_appointment UNIQUE (appointment_id),
    CONSTRAINT ticket_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT ticket_number CHECK (number ~ '^[A-Z][0-9]{3,4}$'),
    CONSTRAINT ticket_kind CHECK (
        kind IN ('appointment', 'walk_in')
        AND (kind = 'appointment') = (appointment_id IS NOT NULL)),
    CONSTRAINT ticket_priority CHECK (
        priority IN ('normal', 'elderly_or_disabled', 'urgent')),
    CONSTRAINT ticket_status CHECK (
        status IN ('waiting', 'called', 'serving', 'parked', 'finished', 'skipped', 'cancelled')),
    CONSTRAINT ticket_never_after_arrival CHECK (
        order_at <= coalesce(returned_at, checked_in_at)),
    CONSTRAINT ticket_in_line_since_it_came CHECK (in_line_at >= checked_in_at),
    CONSTRAINT ticket_call_count CHECK (call_count BETWEEN 0 AND 3),
    CONSTRAINT ticket_called_whole CHECK (
        num_nulls(window_id, called_by, called_at) IN (0, 3)
        AND (called_at IS NULL) = (call_count = 0)),
    CONSTRAINT ticket_called CHECK (CASE status
        WHEN 'waiting' THEN called_at IS NULL
        WHEN 'cancelled' THEN true
        ELSE called_at IS NOT NULL END),
    CONSTRAINT ticket_started CHECK (CASE status
        WHEN 'cancelled' THEN true
        ELSE (status IN ('serving', 'parked', 'finished')) = (started_at IS NOT NULL) END),
    CONSTRAINT ticket_parked CHECK (
        status = 'cancelled' OR (status = 'parked') = (parked_at IS NOT NULL)),
    CONSTRAINT ticket_outcome CHECK (
        (status = 'finished') = (outcome IS NOT NULL)
        AND outcome IN ('done', 'papers_missing', 'handed_on', 'nothing_to_do', 'unrecorded')),
    CONSTRAINT ticket_for_window_waiting CHECK (for_window_id IS NULL OR status = 'waiting'),
    CONSTRAINT ticket_ended CHECK (
        (status IN ('finished', 'skipped', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX ticket_one_at_a_window ON ticket (window_id)
    WHERE status IN ('called', 'serving');
-- The line stands last: the index gives the order, and lets other lines go by without their rows.
CREATE INDEX ticket_in_line ON ticket (office_code, day, order_at, id, line)
    WHERE status = 'waiting';
CREATE INDEX ticket_for_a_window ON ticket (for_window_id, order_at, id)
    WHERE for_window_id IS NOT NULL;
CREATE INDEX ticket_parked_today ON ticket (office_code, day) WHERE status = 'parked';
CREATE INDEX ticket_missed_today ON ticket (office_code, day)
    WHERE status = 'skipped' AND returned_at IS NULL;
CREATE INDEX ticket_finished_by ON ticket (called_by, day) WHERE status = 'finished';
CREATE INDEX ticket_called_today ON ticket (office_code, day, called_at DESC)
    WHERE called_at IS NOT NULL;

-- Each change counts, so that an undo can tell whether anything happened since.
CREATE FUNCTION ticket_counts_its_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER ticket_counts_its_changes BEFORE UPDATE ON ticket
    FOR EACH ROW EXECUTE FUNCTION ticket_counts_its_changes();

CREATE TABLE ticket_counter (
    id          uuid     NOT NULL CONSTRAINT ticket_counter_pk PRIMARY KEY,
    office_code text     NOT NULL CONSTRAINT ticket_counter_office REFERENCES office
                                  ON DELETE RESTRICT ON UPDATE RESTRICT,
    day         date     NOT NULL,
    line        text     NOT NULL,
    last        smallint NOT NULL,
    CONSTRAINT ticket_counter_once UNIQUE (office_code, day, line),
    CONSTRAINT ticket_counter_last CHECK (last BETWEEN 1 AND 9999)
);

CREATE TABLE window_session (
    id          uuid        NOT NULL CONSTRAINT window_session_pk PRIMARY KEY,
    window_id   uuid        NOT NULL CONSTRAINT window_session_window REFERENCES office_window
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    staff_id    uuid        NOT NULL CONSTRAINT window_session_staff REFERENCES staff
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    sat_down_at timestamptz NOT NULL,
    left_at     timestamptz,
    CONSTRAINT window_session_forwards CHECK (left_at >= sat_down_at)
);
CREATE UNIQUE INDEX window_session_one_per_window ON window_session (window_id)
    WHERE left_at IS NULL;
CREATE UNIQUE INDEX window_session_one_per_clerk ON window_session (staff_id)
    WHERE left_at IS NULL;
"""


async def forwards() -> MigrationManager:
    return sql_migration("queue", ID, DESCRIPTION, SQL)
