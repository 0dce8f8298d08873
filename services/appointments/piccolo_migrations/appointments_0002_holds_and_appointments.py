"""Holds, appointments and groups."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0002_holds_and_appointments"
VERSION = "1.38.0"
DESCRIPTION = "Holds, appointments and groups"

SQL = """
CREATE TABLE hold (
    id         uuid        NOT NULL CONSTRAINT hold_pk PRIMARY KEY,
    seat_id    uuid        NOT NULL CONSTRAINT hold_seat REFERENCES seat (id) ON DELETE RESTRICT,
    person_id  uuid        NOT NULL CONSTRAINT hold_person
                           REFERENCES person (id) ON DELETE RESTRICT,
    item_code  text        NOT NULL CONSTRAINT hold_item
                           REFERENCES item (code) ON DELETE RESTRICT,
    status     text        NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    -- How often its holder may still prolong it: the rule's number at first.
    extensions_left smallint NOT NULL DEFAULT 0,
    -- A visit of several seats is held seat by seat: the hold of the first says for how many
    -- people and what else, the others are parts of it, and only together do they become a visit.
    part_of    uuid,
    people     smallint    NOT NULL DEFAULT 1,
    further_items text[]   NOT NULL DEFAULT '{}',
    CONSTRAINT hold_as_led UNIQUE (id, person_id, item_code),
    CONSTRAINT hold_part_of FOREIGN KEY (part_of, person_id, item_code)
        REFERENCES hold (id, person_id, item_code),
    CONSTRAINT hold_people CHECK (people BETWEEN 1 AND 200),
    CONSTRAINT hold_further_items CHECK (
        cardinality(further_items) <= 4 AND item_code <> ALL (further_items)),
    CONSTRAINT hold_extensions CHECK (extensions_left >= 0),
    CONSTRAINT hold_status CHECK (
        status IN ('active', 'used', 'released', 'expired', 'withdrawn')),
    CONSTRAINT hold_expires CHECK (expires_at > created_at)
);
CREATE UNIQUE INDEX hold_one_per_seat ON hold (seat_id) WHERE status = 'active';
CREATE UNIQUE INDEX hold_one_per_person_and_item ON hold (person_id, item_code)
    WHERE status = 'active' AND part_of IS NULL;
CREATE INDEX hold_parts ON hold (part_of) WHERE part_of IS NOT NULL;
CREATE INDEX hold_due ON hold (expires_at) WHERE status = 'active';

-- Several people who come together and are booked as one: a family, or a firm's staff.
CREATE TABLE party (
    id            uuid        NOT NULL CONSTRAINT party_pk PRIMARY KEY,
    kind          text        NOT NULL,
    organiser_id  uuid        NOT NULL CONSTRAINT party_organiser
                              REFERENCES person (id) ON DELETE RESTRICT,
    firm_agent_id uuid        CONSTRAINT party_firm
                              REFERENCES firm_agent (id) ON DELETE RESTRICT,
    size          smallint    NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT party_kind CHECK (kind IN ('family', 'firm')),
    CONSTRAINT party_firm_is_named CHECK ((kind = 'firm') = (firm_agent_id IS NOT NULL)),
    CONSTRAINT party_size CHECK (size BETWEEN 1 AND 200)
);
CREATE INDEX party_by_organiser ON party (organiser_id, id);

CREATE TABLE appointment (
    id           uuid        NOT NULL CONSTRAINT appointment_pk PRIMARY KEY,
    reference    text        NOT NULL CONSTRAINT appointment_one_per_reference UNIQUE,
    status       text        NOT NULL,
    person_id    uuid        NOT NULL CONSTRAINT appointment_person
                             REFERENCES person (id) ON DELETE RESTRICT,
    item_code    text        NOT NULL CONSTRAINT appointment_item
                             REFERENCES item (code) ON DELETE RESTRICT,
    slot_id      uuid        NOT NULL,
    office_code  text        NOT NULL,
    line         text        NOT NULL,
    starts_at    timestamptz NOT NULL,
    ends_at      timestamptz NOT NULL,
    day          date        NOT NULL
                             GENERATED ALWAYS AS ((starts_at AT TIME ZONE 'Asia/Shanghai')::date)
                             STORED,
    seat_id      uuid        NOT NULL,
    share        text        NOT NULL,
    channel      text        NOT NULL,
    -- What else is dealt with in the same visit, and when it ends if it needs several slots.
    further_items text[]     NOT NULL DEFAULT '{}',
    visit_ends_at timestamptz,
    wishes       bytea,
    party_id     uuid        CONSTRAINT appointment_party
                             REFERENCES party (id) ON DELETE RESTRICT,
    nth_of_day   smallint    NOT NULL DEFAULT 1,
    sequence     integer     NOT NULL,
    booked_at    timestamptz NOT NULL,
    cancelled_at timestamptz,
    -- The hall, not the person, moved or cancelled it: no deadline and no penalty binds them.
    displaced    boolean     NOT NULL DEFAULT false,
    -- True while its seat is its own; the seat may be another's extra one once it is cancelled.
    leads        boolean     GENERATED ALWAYS AS (CASE WHEN status <> 'cancelled' THEN true END)
                             STORED,
    CONSTRAINT appointment_reference CHECK (reference ~ '^[2-9ACEFHJKMNPRTXY]{10}$'),
    CONSTRAINT appointment_status CHECK (
        status IN ('booked', 'checked_in', 'completed', 'no_show', 'cancelled')),
    CONSTRAINT appointment_channel CHECK (
        channel IN ('online', 'telephone', 'desk', 'partner', 'firm', 'waitlist')),
    CONSTRAINT appointment_nth_of_day CHECK (nth_of_day >= 1),
    CONSTRAINT appointment_sequence CHECK (sequence >= 0),
    CONSTRAINT appointment_cancelled CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CONSTRAINT appointment_further_items CHECK (
        cardinality(further_items) <= 4 AND item_code <> ALL (further_items)),
    CONSTRAINT appointment_visit_ends CHECK (visit_ends_at > ends_at),
    -- A seat that lengthens one visit cannot begin another: see seat.leads.
    CONSTRAINT appointment_seat_leads FOREIGN KEY (seat_id, leads) REFERENCES seat (id, leads),
    CONSTRAINT appointment_slot FOREIGN KEY (slot_id, office_code, line, starts_at, ends_at)
        REFERENCES slot (id, office_code, line, starts_at, ends_at) ON DELETE RESTRICT,
    CONSTRAINT appointment_seat FOREIGN KEY (seat_id, slot_id, share)
        REFERENCES seat (id, slot_id, share) ON DELETE RESTRICT
);
-- Overselling: a seat is used once, also after it was served, unless it was given back.
CREATE UNIQUE INDEX appointment_one_per_seat ON appointment (seat_id)
    WHERE status <> 'cancelled';
CREATE UNIQUE INDEX appointment_one_per_person_and_item ON appointment (person_id, item_code)
    WHERE status IN ('booked', 'checked_in');
-- A rule may allow a person several a day at one line: each takes the lowest number that is free,
-- so that two at once cannot be one more than the rule allows.
CREATE UNIQUE INDEX appointment_number_per_person_line_and_day
    ON appointment (person_id, line, day, nth_of_day)
    WHERE status IN ('booked', 'checked_in');
CREATE INDEX appointment_by_person ON appointment (person_id, id);
CREATE INDEX appointment_by_office_and_day ON appointment (office_code, day, starts_at);
CREATE INDEX appointment_by_party ON appointment (party_id) WHERE party_id IS NOT NULL;
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
