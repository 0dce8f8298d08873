"""Extra seats of a visit, its items, and firms' groups."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0007_visits"
VERSION = "1.38.0"
DESCRIPTION = "Visits of several people, items and slots"

SQL = """
ALTER TABLE seat ADD CONSTRAINT seat_extra_of
    FOREIGN KEY (extra_of) REFERENCES appointment (id) ON DELETE RESTRICT;
CREATE INDEX seat_extra ON seat (extra_of) WHERE extra_of IS NOT NULL;

-- One active appointment a person and item, for further items too, which no unique index can say.
-- The person's row makes two bookings of one person meet: its foreign key holds it for every
-- appointment (KEY SHARE), and who has further items, or comes back, holds it alone. The trigger
-- that looks fires after the key's own (by name), hence after the other booking has ended.
CREATE FUNCTION appointment_hold_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM person WHERE id = NEW.person_id FOR UPDATE;
    RETURN NEW;
END $$;
CREATE FUNCTION appointment_items_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM appointment other
         WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
           AND other.status IN ('booked', 'checked_in')
           AND (other.further_items || other.item_code) && (NEW.further_items || NEW.item_code))
    THEN
        RAISE EXCEPTION 'one active appointment a person and item'
            USING ERRCODE = 'unique_violation',
                  CONSTRAINT = 'appointment_one_per_person_and_item';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER appointment_hold_person BEFORE INSERT ON appointment
    FOR EACH ROW WHEN (NEW.further_items <> '{}') EXECUTE FUNCTION appointment_hold_person();
CREATE TRIGGER appointment_hold_person_again BEFORE UPDATE OF status ON appointment
    FOR EACH ROW WHEN (OLD.status NOT IN ('booked', 'checked_in')
                       AND NEW.status IN ('booked', 'checked_in'))
    EXECUTE FUNCTION appointment_hold_person();
CREATE TRIGGER appointment_items_once AFTER INSERT OR UPDATE OF status ON appointment
    FOR EACH ROW WHEN (NEW.status IN ('booked', 'checked_in'))
    EXECUTE FUNCTION appointment_items_once();

-- Where one reaches a member of a firm's group who has no account of their own.
CREATE TABLE group_member (
    id             uuid  NOT NULL CONSTRAINT group_member_pk PRIMARY KEY,
    appointment_id uuid  NOT NULL CONSTRAINT group_member_appointment
                         REFERENCES appointment (id) ON DELETE CASCADE,
    phone          bytea NOT NULL,
    CONSTRAINT group_member_one UNIQUE (appointment_id)
);

-- A list of members that was read without a fault, until it is confirmed or forgotten.
CREATE TABLE group_draft (
    id            uuid        NOT NULL CONSTRAINT group_draft_pk PRIMARY KEY,
    organiser_id  uuid        NOT NULL CONSTRAINT group_draft_organiser
                              REFERENCES person (id) ON DELETE RESTRICT,
    firm_agent_id uuid        NOT NULL CONSTRAINT group_draft_firm
                              REFERENCES firm_agent (id) ON DELETE RESTRICT,
    item_code     text        NOT NULL CONSTRAINT group_draft_item
                              REFERENCES item (code) ON DELETE RESTRICT,
    office_code   text        NOT NULL CONSTRAINT group_draft_office
                              REFERENCES office (code) ON DELETE RESTRICT,
    size          smallint    NOT NULL,
    members       bytea       NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT group_draft_size CHECK (size BETWEEN 1 AND 200),
    CONSTRAINT group_draft_expires CHECK (expires_at > created_at)
);
CREATE INDEX group_draft_expires_at ON group_draft (expires_at);
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
