"""Schedules, booking rules, slots and their seats."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0001_slots_and_seats"
VERSION = "1.38.0"
DESCRIPTION = "Schedules, booking rules, slots and their seats"

SQL = """
-- code_range and clock_range are the catalogue's: ranges that exclude without btree_gist.
CREATE TABLE schedule (
    id                 uuid     NOT NULL CONSTRAINT schedule_pk PRIMARY KEY,
    office_code        text     NOT NULL CONSTRAINT schedule_office
                                REFERENCES office (code) ON DELETE RESTRICT,
    line               text     NOT NULL,
    weekday            smallint NOT NULL,
    starts             time     NOT NULL,
    ends               time     NOT NULL,
    slot_minutes       smallint NOT NULL,
    seats              smallint NOT NULL,
    kept_telephone     smallint NOT NULL,
    kept_green_channel smallint NOT NULL,
    kept_on_site       smallint NOT NULL,
    valid_from         date     NOT NULL,
    valid_until        date,
    CONSTRAINT schedule_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT schedule_weekday CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT schedule_times CHECK (starts < ends),
    CONSTRAINT schedule_slot_minutes CHECK (slot_minutes BETWEEN 5 AND 240),
    CONSTRAINT schedule_seats CHECK (seats BETWEEN 1 AND 200),
    CONSTRAINT schedule_kept CHECK (
        kept_telephone >= 0 AND kept_green_channel >= 0 AND kept_on_site >= 0
        AND kept_telephone + kept_green_channel + kept_on_site <= seats),
    CONSTRAINT schedule_valid CHECK (valid_until >= valid_from),
    CONSTRAINT schedule_no_overlap EXCLUDE USING gist (
        code_range(office_code, office_code, '[]') WITH &&,
        code_range(line, line, '[]') WITH &&,
        int4range(weekday, weekday, '[]') WITH &&,
        clock_range(starts, ends) WITH &&,
        daterange(valid_from, valid_until, '[]') WITH &&)
);

-- A row for one office, one line, or both; services/appointments/rules.py holds the defaults.
CREATE TABLE booking_rule (
    id                   uuid     NOT NULL CONSTRAINT booking_rule_pk PRIMARY KEY,
    office_code          text     CONSTRAINT booking_rule_office
                                  REFERENCES office (code) ON DELETE RESTRICT,
    line                 text,
    days_ahead           smallint NOT NULL,
    release_at           time     NOT NULL,
    hold_minutes         smallint NOT NULL,
    cancel_until_minutes smallint NOT NULL,
    return_min_minutes   smallint NOT NULL,
    return_max_minutes   smallint NOT NULL,
    days_before          smallint NOT NULL,
    fair_start_seconds   smallint NOT NULL,
    offer_minutes        smallint NOT NULL,
    hold_extensions      smallint NOT NULL,
    per_day_and_line     smallint NOT NULL,
    no_shows             smallint NOT NULL,
    no_shows_days        smallint NOT NULL,
    bookings_a_day       smallint NOT NULL,
    cancellations        smallint NOT NULL,
    cancellations_days   smallint NOT NULL,
    blocked_days         smallint NOT NULL,
    version              integer  NOT NULL,
    CONSTRAINT booking_rule_one UNIQUE NULLS NOT DISTINCT (office_code, line),
    CONSTRAINT booking_rule_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT booking_rule_days_ahead CHECK (days_ahead BETWEEN 1 AND 60),
    CONSTRAINT booking_rule_hold CHECK (hold_minutes BETWEEN 1 AND 60),
    CONSTRAINT booking_rule_cancel_until CHECK (cancel_until_minutes BETWEEN 0 AND 10080),
    CONSTRAINT booking_rule_return CHECK (
        return_min_minutes >= 0 AND return_max_minutes BETWEEN return_min_minutes AND 1440),
    CONSTRAINT booking_rule_days_before CHECK (days_before BETWEEN 0 AND days_ahead),
    CONSTRAINT booking_rule_fair_start CHECK (fair_start_seconds BETWEEN 0 AND 60),
    CONSTRAINT booking_rule_offer CHECK (offer_minutes BETWEEN 1 AND 1440),
    CONSTRAINT booking_rule_hold_extensions CHECK (hold_extensions BETWEEN 0 AND 5),
    CONSTRAINT booking_rule_per_day_and_line CHECK (per_day_and_line BETWEEN 1 AND 20),
    CONSTRAINT booking_rule_no_shows CHECK (
        no_shows BETWEEN 1 AND 100 AND no_shows_days BETWEEN 1 AND 366),
    CONSTRAINT booking_rule_bookings_a_day CHECK (bookings_a_day BETWEEN 1 AND 100),
    CONSTRAINT booking_rule_cancellations CHECK (
        cancellations BETWEEN 1 AND 100 AND cancellations_days BETWEEN 1 AND 366),
    CONSTRAINT booking_rule_blocked_days CHECK (blocked_days BETWEEN 1 AND 366),
    CONSTRAINT booking_rule_version CHECK (version >= 1)
);

-- No capacity column: the capacity is the number of seats, so the two cannot disagree.
CREATE TABLE slot (
    id          uuid        NOT NULL CONSTRAINT slot_pk PRIMARY KEY,
    office_code text        NOT NULL CONSTRAINT slot_office
                            REFERENCES office (code) ON DELETE RESTRICT,
    line        text        NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    released_at timestamptz NOT NULL,
    closed_at   timestamptz,
    -- What an appointment copies; its foreign key holds the copy to the original.
    CONSTRAINT slot_as_copied UNIQUE (id, office_code, line, starts_at, ends_at),
    CONSTRAINT slot_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT slot_times CHECK (starts_at < ends_at),
    CONSTRAINT slot_released CHECK (released_at <= starts_at),
    -- A changed schedule must not add capacity beside slots that can be booked already.
    CONSTRAINT slot_no_overlap EXCLUDE USING gist (
        code_range(office_code, office_code, '[]') WITH &&,
        code_range(line, line, '[]') WITH &&,
        tstzrange(starts_at, ends_at) WITH &&) WHERE (closed_at IS NULL)
);
CREATE UNIQUE INDEX slot_one ON slot (office_code, line, starts_at) WHERE closed_at IS NULL;
CREATE INDEX slot_by_office ON slot (office_code, starts_at);
CREATE INDEX slot_by_line ON slot (line, starts_at);

-- The row that a booking locks. Room in each page lets claims update it in place.
CREATE TABLE seat (
    id         uuid     NOT NULL CONSTRAINT seat_pk PRIMARY KEY,
    slot_id    uuid     NOT NULL CONSTRAINT seat_slot REFERENCES slot (id) ON DELETE RESTRICT,
    number     smallint NOT NULL,
    share      text     NOT NULL,
    state      text     NOT NULL,
    held_until timestamptz,
    returns_at timestamptz,
    -- Booked, but not to be had again: whoever gives it back withdraws it.
    leaving    boolean  NOT NULL DEFAULT false,
    -- The appointment that this seat lengthens; its first seat is in the appointment itself.
    extra_of   uuid,
    leads      boolean  NOT NULL GENERATED ALWAYS AS (extra_of IS NULL) STORED,
    CONSTRAINT seat_one_per_number UNIQUE (slot_id, number),
    CONSTRAINT seat_as_copied UNIQUE (id, slot_id, share),
    CONSTRAINT seat_as_led UNIQUE (id, leads),
    CONSTRAINT seat_extra CHECK (extra_of IS NULL OR state = 'booked'),
    CONSTRAINT seat_number CHECK (number BETWEEN 1 AND 200),
    CONSTRAINT seat_share CHECK (share IN ('online', 'telephone', 'green_channel', 'on_site')),
    CONSTRAINT seat_state CHECK (state IN ('free', 'held', 'booked', 'withdrawn')),
    CONSTRAINT seat_leaving CHECK (NOT leaving OR state = 'booked'),
    CONSTRAINT seat_held CHECK ((state = 'held') = (held_until IS NOT NULL)),
    CONSTRAINT seat_returns CHECK (returns_at IS NULL OR state = 'free')
) WITH (fillfactor = 60);
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
