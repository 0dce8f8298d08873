"""Partner platforms, their keys, and what is told to them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "partners_0001_partners"
VERSION = "1.38.0"
DESCRIPTION = "Partner platforms, their keys, and what is told to them"

SQL = """
CREATE TABLE partner (
    id                uuid        NOT NULL CONSTRAINT partner_pk PRIMARY KEY,
    name              text        NOT NULL CONSTRAINT partner_one_per_name UNIQUE,
    kind              text        NOT NULL,
    contact           bytea,
    requests_a_minute integer     NOT NULL,
    bookings_a_day    integer     NOT NULL,
    created_at        timestamptz NOT NULL,
    deactivated_at    timestamptz,
    CONSTRAINT partner_name CHECK (char_length(name) BETWEEN 2 AND 60),
    CONSTRAINT partner_kind CHECK (kind IN ('portal', 'app', 'mini_program', 'chat')),
    CONSTRAINT partner_requests_a_minute CHECK (requests_a_minute BETWEEN 1 AND 6000),
    CONSTRAINT partner_bookings_a_day CHECK (bookings_a_day BETWEEN 0 AND 100000)
);

CREATE TABLE partner_key (
    id           uuid        NOT NULL CONSTRAINT partner_key_pk PRIMARY KEY,
    partner_id   uuid        NOT NULL CONSTRAINT partner_key_partner
                             REFERENCES partner (id) ON DELETE RESTRICT,
    label        text        NOT NULL,
    prefix       text        NOT NULL,
    digest       bytea       NOT NULL CONSTRAINT partner_key_one_per_digest UNIQUE,
    scopes       text[]      NOT NULL,
    office_code  text        CONSTRAINT partner_key_office
                             REFERENCES office (code) ON DELETE RESTRICT,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_on date,
    revoked_at   timestamptz,
    CONSTRAINT partner_key_label CHECK (char_length(label) BETWEEN 1 AND 60),
    CONSTRAINT partner_key_scopes CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY[
        'slots:read', 'people:write', 'appointments:read', 'appointments:write',
        'webhooks:manage']),
    CONSTRAINT partner_key_expires CHECK (expires_at > created_at)
);
CREATE INDEX partner_key_by_partner ON partner_key (partner_id, id);

-- Whom a partner may act for. The key is all that the partner knows the person by.
CREATE TABLE partner_person (
    id           uuid        NOT NULL CONSTRAINT partner_person_pk PRIMARY KEY,
    partner_id   uuid        NOT NULL CONSTRAINT partner_person_partner
                             REFERENCES partner (id) ON DELETE RESTRICT,
    person_id    uuid        NOT NULL CONSTRAINT partner_person_person
                             REFERENCES person (id) ON DELETE RESTRICT,
    consented_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT partner_person_once UNIQUE (partner_id, person_id),
    CONSTRAINT partner_person_of_partner UNIQUE (id, partner_id)
);
CREATE INDEX partner_person_by_person ON partner_person (person_id);

-- Which appointments a partner has made, each for somebody whom it has registered.
CREATE TABLE partner_booking (
    appointment_id    uuid NOT NULL CONSTRAINT partner_booking_pk PRIMARY KEY
                           CONSTRAINT partner_booking_appointment
                           REFERENCES appointment (id) ON DELETE RESTRICT,
    partner_id        uuid NOT NULL,
    partner_person_id uuid NOT NULL,
    CONSTRAINT partner_booking_person FOREIGN KEY (partner_person_id, partner_id)
        REFERENCES partner_person (id, partner_id) ON DELETE RESTRICT
);
CREATE INDEX partner_booking_by_partner ON partner_booking (partner_id, appointment_id);
CREATE INDEX partner_booking_by_person ON partner_booking (partner_person_id, partner_id);

-- How many a partner has booked on one day, of how many it might.
CREATE TABLE partner_day (
    id         uuid    NOT NULL CONSTRAINT partner_day_pk PRIMARY KEY,
    partner_id uuid    NOT NULL CONSTRAINT partner_day_partner
                       REFERENCES partner (id) ON DELETE RESTRICT,
    day        date    NOT NULL,
    bookings   integer NOT NULL,
    allowed    integer NOT NULL,
    CONSTRAINT partner_day_once UNIQUE (partner_id, day),
    CONSTRAINT partner_day_within_limit CHECK (bookings <= allowed)
);

CREATE TABLE webhook_endpoint (
    id              uuid        NOT NULL CONSTRAINT webhook_endpoint_pk PRIMARY KEY,
    partner_id      uuid        NOT NULL CONSTRAINT webhook_endpoint_partner
                                REFERENCES partner (id) ON DELETE RESTRICT,
    url             text        NOT NULL,
    event_types     text[]      NOT NULL,
    secret          bytea       NOT NULL,
    previous_secret bytea,
    previous_until  timestamptz,
    created_at      timestamptz NOT NULL,
    succeeded_at    timestamptz,
    -- It has asked to be left alone until then (Retry-After).
    resting_until   timestamptz,
    disabled_at     timestamptz,
    disabled_reason text,
    removed_at      timestamptz,
    CONSTRAINT webhook_endpoint_url CHECK (char_length(url) <= 500),
    CONSTRAINT webhook_endpoint_event_types CHECK (
        cardinality(event_types) > 0 AND event_types <@ ARRAY[
            'appointment.booked', 'appointment.cancelled', 'appointment.rescheduled',
            'appointment.checked_in', 'appointment.completed', 'appointment.no_show',
            'queue.called']),
    CONSTRAINT webhook_endpoint_previous CHECK (
        (previous_secret IS NULL) = (previous_until IS NULL)),
    CONSTRAINT webhook_endpoint_disabled CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
    CONSTRAINT webhook_endpoint_disabled_reason CHECK (
        disabled_reason IN ('gone', 'failing', 'by_hand'))
);
CREATE UNIQUE INDEX webhook_endpoint_one_per_url ON webhook_endpoint (partner_id, url)
    WHERE removed_at IS NULL;

-- No foreign key to the event: it is purged after a month.
CREATE TABLE webhook_delivery (
    id              uuid        NOT NULL CONSTRAINT webhook_delivery_pk PRIMARY KEY,
    endpoint_id     uuid        NOT NULL CONSTRAINT webhook_delivery_endpoint
                                REFERENCES webhook_endpoint (id) ON DELETE RESTRICT,
    event_id        uuid        NOT NULL,
    event_type      text        NOT NULL,
    body            text        NOT NULL,
    status          text        NOT NULL,
    attempts        smallint    NOT NULL,
    response_status smallint,
    duration_ms     integer,
    error           text,
    created_at      timestamptz NOT NULL,
    attempted_at    timestamptz,
    settled_at      timestamptz,
    CONSTRAINT webhook_delivery_one_per_endpoint_and_event UNIQUE (endpoint_id, event_id),
    CONSTRAINT webhook_delivery_event_type CHECK (event_type IN (
        'appointment.booked', 'appointment.cancelled', 'appointment.rescheduled',
        'appointment.checked_in', 'appointment.completed', 'appointment.no_show',
        'queue.called', 'webhook.test')),
    CONSTRAINT webhook_delivery_status CHECK (
        status IN ('pending', 'delivered', 'failed', 'dropped')),
    CONSTRAINT webhook_delivery_attempts CHECK (attempts >= 0),
    CONSTRAINT webhook_delivery_settled CHECK ((settled_at IS NULL) = (status = 'pending'))
);
CREATE INDEX webhook_delivery_by_endpoint ON webhook_delivery (endpoint_id, id);
CREATE INDEX webhook_delivery_settled_at ON webhook_delivery (settled_at);
"""


async def forwards() -> MigrationManager:
    return sql_migration("partners", ID, DESCRIPTION, SQL)
