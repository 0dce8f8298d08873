"""The waiting list with its offers, and which reminders were given out."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0005_waitlist"
VERSION = "1.38.0"
DESCRIPTION = "The waiting list with its offers, and reminders"

SQL = """
-- Who wants a seat on one of these days. An offer is a hold of the person's: what keeps a held
-- seat from others keeps an offered one too.
CREATE TABLE waitlist_entry (
    id            uuid        NOT NULL CONSTRAINT waitlist_entry_pk PRIMARY KEY,
    person_id     uuid        NOT NULL CONSTRAINT waitlist_entry_person
                              REFERENCES person (id) ON DELETE RESTRICT,
    item_code     text        NOT NULL CONSTRAINT waitlist_entry_item
                              REFERENCES item (code) ON DELETE RESTRICT,
    line          text        NOT NULL,
    -- What the item takes: a shorter slot is not offered.
    minutes       smallint    NOT NULL,
    status        text        NOT NULL,
    first_day     date        NOT NULL,
    last_day      date        NOT NULL,
    hold_id       uuid        CONSTRAINT waitlist_entry_hold
                              REFERENCES hold (id) ON DELETE RESTRICT,
    offered_until timestamptz,
    created_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    CONSTRAINT waitlist_entry_line CHECK (line IN ('household', 'vehicle', 'exit_entry', 'firm')),
    CONSTRAINT waitlist_entry_minutes CHECK (minutes > 0),
    CONSTRAINT waitlist_entry_status CHECK (
        status IN ('waiting', 'offered', 'taken', 'lapsed', 'left')),
    CONSTRAINT waitlist_entry_days CHECK (first_day <= last_day),
    CONSTRAINT waitlist_entry_offered CHECK (
        (hold_id IS NULL) = (offered_until IS NULL)
        AND (status <> 'offered' OR hold_id IS NOT NULL)
        AND (status <> 'waiting' OR hold_id IS NULL)),
    CONSTRAINT waitlist_entry_closed CHECK (
        (status IN ('waiting', 'offered')) = (closed_at IS NULL)),
    CONSTRAINT waitlist_entry_one_per_hold UNIQUE (hold_id)
);
CREATE UNIQUE INDEX waitlist_entry_one_per_person_and_item
    ON waitlist_entry (person_id, item_code) WHERE closed_at IS NULL;
CREATE INDEX waitlist_entry_in_line ON waitlist_entry (line, created_at, id)
    WHERE status = 'waiting';
CREATE INDEX waitlist_entry_open ON waitlist_entry (status) WHERE closed_at IS NULL;

CREATE TABLE waitlist_office (
    id          uuid NOT NULL CONSTRAINT waitlist_office_pk PRIMARY KEY,
    entry_id    uuid NOT NULL CONSTRAINT waitlist_office_entry
                     REFERENCES waitlist_entry (id) ON DELETE CASCADE,
    office_code text NOT NULL CONSTRAINT waitlist_office_office
                     REFERENCES office (code) ON DELETE RESTRICT,
    CONSTRAINT waitlist_office_once UNIQUE (entry_id, office_code)
);

-- An appointment that is moved has a new sequence and is reminded of anew.
CREATE TABLE appointment_reminder (
    id             uuid        NOT NULL CONSTRAINT appointment_reminder_pk PRIMARY KEY,
    appointment_id uuid        NOT NULL CONSTRAINT appointment_reminder_appointment
                               REFERENCES appointment (id) ON DELETE CASCADE,
    sequence       integer     NOT NULL,
    kind           text        NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT appointment_reminder_once UNIQUE (appointment_id, sequence, kind),
    CONSTRAINT appointment_reminder_kind CHECK (kind IN ('day_before', 'soon'))
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
