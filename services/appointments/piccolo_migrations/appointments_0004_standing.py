"""What counts against a person, what it costs them, and how they object."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0004_standing"
VERSION = "1.38.0"
DESCRIPTION = "Strikes, penalties, appeals and emergencies"

SQL = """
-- The keys are identity's blind indexes as they were at that moment: whoever comes back with the
-- same document or the same phone under another account is known by them.
CREATE TABLE booking_penalty (
    id            uuid        NOT NULL CONSTRAINT booking_penalty_pk PRIMARY KEY,
    person_id     uuid        NOT NULL CONSTRAINT booking_penalty_person
                              REFERENCES person (id) ON DELETE RESTRICT,
    document_key  bytea,
    phone_key     bytea,
    reason        text        NOT NULL,
    office_code   text        NOT NULL CONSTRAINT booking_penalty_office
                              REFERENCES office (code) ON DELETE RESTRICT,
    imposed_at    timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    lifted_at     timestamptz,
    CONSTRAINT booking_penalty_reason CHECK (
        reason IN ('no_shows', 'bookings', 'cancellations')),
    CONSTRAINT booking_penalty_blocked CHECK (blocked_until > imposed_at),
    CONSTRAINT booking_penalty_lifted CHECK (lifted_at >= imposed_at),
    CONSTRAINT booking_penalty_one_at_a_time EXCLUDE USING gist (
        code_range(person_id::text, person_id::text, '[]') WITH &&,
        tstzrange(imposed_at, blocked_until) WITH &&) WHERE (lifted_at IS NULL)
);
-- Asked at every booking: nearly always there is nothing to be found.
CREATE INDEX booking_penalty_by_person ON booking_penalty (person_id, blocked_until)
    WHERE lifted_at IS NULL;
CREATE INDEX booking_penalty_by_document ON booking_penalty (document_key, blocked_until)
    WHERE lifted_at IS NULL;
CREATE INDEX booking_penalty_by_phone ON booking_penalty (phone_key, blocked_until)
    WHERE lifted_at IS NULL;

-- One missed or cancelled appointment. Those that made a penalty are spent on it.
CREATE TABLE booking_strike (
    id             uuid        NOT NULL CONSTRAINT booking_strike_pk PRIMARY KEY,
    kind           text        NOT NULL,
    appointment_id uuid        NOT NULL CONSTRAINT booking_strike_appointment
                               REFERENCES appointment (id) ON DELETE RESTRICT,
    person_id      uuid        NOT NULL CONSTRAINT booking_strike_person
                               REFERENCES person (id) ON DELETE RESTRICT,
    document_key   bytea,
    phone_key      bytea,
    item_code      text        NOT NULL CONSTRAINT booking_strike_item
                               REFERENCES item (code) ON DELETE RESTRICT,
    booked_on      date        NOT NULL,
    struck_at      timestamptz NOT NULL,
    withdrawn_at   timestamptz,
    penalty_id     uuid        CONSTRAINT booking_strike_penalty
                               REFERENCES booking_penalty (id) ON DELETE RESTRICT,
    -- With whom they were to come. Only compared: the party is a table of a later migration.
    party_id       uuid,
    CONSTRAINT booking_strike_one_per_appointment UNIQUE (appointment_id),
    CONSTRAINT booking_strike_kind CHECK (kind IN ('no_show', 'cancellation')),
    CONSTRAINT booking_strike_spent CHECK (withdrawn_at IS NULL OR penalty_id IS NULL)
);
-- Whoever cancels for their whole family has cancelled once.
CREATE UNIQUE INDEX booking_strike_one_per_party_and_day ON booking_strike
    (party_id, person_id, ((struck_at AT TIME ZONE 'Asia/Shanghai')::date))
    WHERE kind = 'cancellation' AND party_id IS NOT NULL;
CREATE INDEX booking_strike_by_person ON booking_strike (person_id, struck_at)
    WHERE withdrawn_at IS NULL;
CREATE INDEX booking_strike_by_document ON booking_strike (document_key, struck_at)
    WHERE withdrawn_at IS NULL;
CREATE INDEX booking_strike_by_phone ON booking_strike (phone_key, struck_at)
    WHERE withdrawn_at IS NULL;
CREATE INDEX booking_strike_by_penalty ON booking_strike (penalty_id)
    WHERE penalty_id IS NOT NULL;

-- Why somebody thinks that a penalty is wrong, and what they were told. Both texts are sealed.
CREATE TABLE booking_appeal (
    id          uuid        NOT NULL CONSTRAINT booking_appeal_pk PRIMARY KEY,
    penalty_id  uuid        NOT NULL CONSTRAINT booking_appeal_penalty
                            REFERENCES booking_penalty (id) ON DELETE RESTRICT,
    person_id   uuid        NOT NULL CONSTRAINT booking_appeal_person
                            REFERENCES person (id) ON DELETE RESTRICT,
    office_code text        NOT NULL CONSTRAINT booking_appeal_office
                            REFERENCES office (code) ON DELETE RESTRICT,
    status      text        NOT NULL,
    words       bytea       NOT NULL,
    answer      bytea,
    written_at  timestamptz NOT NULL,
    answered_at timestamptz,
    answered_by uuid,
    CONSTRAINT booking_appeal_status CHECK (status IN ('open', 'granted', 'declined')),
    CONSTRAINT booking_appeal_answered CHECK (
        num_nonnulls(answer, answered_at, answered_by)
        = CASE status WHEN 'open' THEN 0 ELSE 3 END)
);
CREATE UNIQUE INDEX booking_appeal_one_open ON booking_appeal (penalty_id)
    WHERE status = 'open';
CREATE INDEX booking_appeal_by_person ON booking_appeal (person_id, id);
CREATE INDEX booking_appeal_waiting ON booking_appeal (office_code, id) WHERE status = 'open';

-- While one is in force nobody is penalised there; without an office it holds for the whole city.
CREATE TABLE booking_emergency (
    id          uuid        NOT NULL CONSTRAINT booking_emergency_pk PRIMARY KEY,
    office_code text        CONSTRAINT booking_emergency_office
                            REFERENCES office (code) ON DELETE RESTRICT,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz,
    reason_zh   text        NOT NULL,
    reason_en   text        NOT NULL,
    declared_at timestamptz NOT NULL,
    CONSTRAINT booking_emergency_times CHECK (ends_at >= starts_at),
    CONSTRAINT booking_emergency_reason CHECK (
        char_length(reason_zh) BETWEEN 2 AND 200 AND char_length(reason_en) BETWEEN 2 AND 200),
    CONSTRAINT booking_emergency_no_overlap EXCLUDE USING gist (
        code_range(coalesce(office_code, '*'), coalesce(office_code, '*'), '[]') WITH &&,
        tstzrange(starts_at, ends_at) WITH &&)
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
