"""Exceptions to the weekly schedules, closures, and the appointments that they displace."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0006_closures"
VERSION = "1.38.0"
DESCRIPTION = "Exceptions, closures and displaced appointments"

SQL = """
-- What differs from the weekly schedules from first_day to last_day: a line's windows are closed,
-- one window is closed, a line has more or fewer seats, or keeps other hours altogether.
CREATE TABLE schedule_exception (
    id                 uuid     NOT NULL CONSTRAINT schedule_exception_pk PRIMARY KEY,
    office_code        text     NOT NULL CONSTRAINT schedule_exception_office
                                REFERENCES office (code) ON DELETE RESTRICT,
    kind               text     NOT NULL,
    line               text,
    window_id          uuid     CONSTRAINT schedule_exception_window
                                REFERENCES office_window (id) ON DELETE RESTRICT,
    first_day          date     NOT NULL,
    last_day           date     NOT NULL,
    starts             time     NOT NULL,
    ends               time     NOT NULL,
    seats_change       smallint,
    slot_minutes       smallint,
    seats              smallint,
    kept_telephone     smallint,
    kept_green_channel smallint,
    kept_on_site       smallint,
    note_zh            text     NOT NULL,
    note_en            text     NOT NULL,
    CONSTRAINT schedule_exception_kind CHECK (kind IN ('closed', 'window', 'seats', 'hours')),
    CONSTRAINT schedule_exception_line CHECK (
        line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT schedule_exception_whom CHECK (
        (kind = 'window') = (window_id IS NOT NULL) AND (kind = 'window') = (line IS NULL)),
    CONSTRAINT schedule_exception_days CHECK (last_day BETWEEN first_day AND first_day + 366),
    CONSTRAINT schedule_exception_times CHECK (starts < ends),
    CONSTRAINT schedule_exception_seats_change CHECK (
        (kind = 'seats') = (seats_change IS NOT NULL)
        AND seats_change <> 0 AND seats_change BETWEEN -200 AND 200),
    CONSTRAINT schedule_exception_hours CHECK (
        CASE kind WHEN 'hours' THEN
            slot_minutes BETWEEN 5 AND 240 AND seats BETWEEN 1 AND 200
            AND kept_telephone >= 0 AND kept_green_channel >= 0 AND kept_on_site >= 0
            AND kept_telephone + kept_green_channel + kept_on_site <= seats
        ELSE num_nonnulls(
            slot_minutes, seats, kept_telephone, kept_green_channel, kept_on_site) = 0 END),
    CONSTRAINT schedule_exception_no_overlap EXCLUDE USING gist (
        code_range(office_code, office_code, '[]') WITH &&,
        code_range(kind, kind, '[]') WITH &&,
        code_range(coalesce(line, window_id::text), coalesce(line, window_id::text), '[]') WITH &&,
        daterange(first_day, last_day, '[]') WITH &&,
        clock_range(starts, ends) WITH &&)
);

-- A change that takes seats away from people, and what the hall does about them.
CREATE TABLE closure (
    id          uuid        NOT NULL CONSTRAINT closure_pk PRIMARY KEY,
    office_code text        NOT NULL CONSTRAINT closure_office
                            REFERENCES office (code) ON DELETE RESTRICT,
    change      text        NOT NULL,
    treatment   text        NOT NULL,
    within_days smallint    NOT NULL,
    note_zh     text,
    note_en     text,
    status      text        NOT NULL,
    started_by  uuid        CONSTRAINT closure_staff
                            REFERENCES staff (id) ON DELETE RESTRICT,
    started_at  timestamptz NOT NULL,
    done_at     timestamptz,
    CONSTRAINT closure_treatment CHECK (treatment IN ('rebook', 'notify')),
    CONSTRAINT closure_within_days CHECK (within_days BETWEEN 1 AND 60),
    CONSTRAINT closure_status CHECK (status IN ('running', 'done')),
    CONSTRAINT closure_note CHECK ((note_zh IS NULL) = (note_en IS NULL)),
    CONSTRAINT closure_done CHECK ((status = 'done') = (done_at IS NOT NULL))
);
CREATE INDEX closure_by_office ON closure (office_code, id);

-- One appointment of a closure, in the order in which they were booked; handled once.
CREATE TABLE displacement (
    id             uuid        NOT NULL CONSTRAINT displacement_pk PRIMARY KEY,
    closure_id     uuid        NOT NULL CONSTRAINT displacement_closure
                               REFERENCES closure (id) ON DELETE RESTRICT,
    appointment_id uuid        NOT NULL CONSTRAINT displacement_appointment
                               REFERENCES appointment (id) ON DELETE RESTRICT,
    position       integer     NOT NULL,
    from_slot_id   uuid        NOT NULL CONSTRAINT displacement_from
                               REFERENCES slot (id) ON DELETE RESTRICT,
    from_starts_at timestamptz NOT NULL,
    status         text        NOT NULL,
    to_slot_id     uuid        CONSTRAINT displacement_to
                               REFERENCES slot (id) ON DELETE RESTRICT,
    priority_until timestamptz,
    -- Why a stuck one could not be dealt with: the code of an error.
    reason         text,
    handled_at     timestamptz,
    CONSTRAINT displacement_once UNIQUE (closure_id, appointment_id),
    CONSTRAINT displacement_position UNIQUE (closure_id, position),
    CONSTRAINT displacement_status CHECK (
        status IN ('waiting', 'moved', 'cancelled', 'settled', 'stuck')),
    CONSTRAINT displacement_handled CHECK ((status = 'waiting') = (handled_at IS NULL)),
    CONSTRAINT displacement_moved CHECK ((status = 'moved') = (to_slot_id IS NOT NULL)),
    CONSTRAINT displacement_reason CHECK ((status = 'stuck') = (reason IS NOT NULL)),
    CONSTRAINT displacement_priority CHECK ((status = 'cancelled') = (priority_until IS NOT NULL))
);
CREATE UNIQUE INDEX displacement_one_at_a_time ON displacement (appointment_id)
    WHERE status = 'waiting';
CREATE INDEX displacement_by_appointment ON displacement (appointment_id, id);
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
