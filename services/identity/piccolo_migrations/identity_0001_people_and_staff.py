"""People, staff, and what they sign in with."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "identity_0001_people_and_staff"
VERSION = "1.38.0"
DESCRIPTION = "People, staff, and what they sign in with"

SQL = """
CREATE TABLE person (
    id              uuid        NOT NULL CONSTRAINT person_pk PRIMARY KEY,
    phone           bytea,
    phone_index     bytea       CONSTRAINT person_one_per_phone UNIQUE,
    id_type         text,
    id_number       bytea,
    id_number_index bytea,
    name            bytea,
    email           bytea,
    language        text        NOT NULL,
    reminders       boolean     NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL,
    real_name_at    timestamptz,
    given_phone_index bytea,
    -- Who made the record of somebody who was not there to make it: a citizen or staff.
    made_by         uuid,
    made_by_kind    text,
    CONSTRAINT person_one_per_id_number UNIQUE (id_type, id_number_index),
    CONSTRAINT person_id_type CHECK (id_type IN (
        'resident_id', 'hmt_residence_permit', 'hm_travel_permit', 'tw_travel_permit',
        'passport_cn', 'passport_foreign', 'foreign_permanent_residence')),
    CONSTRAINT person_language CHECK (language IN ('zh_CN', 'en')),
    CONSTRAINT person_phone_whole CHECK ((phone IS NULL) = (phone_index IS NULL)),
    CONSTRAINT person_given_phone_until_own CHECK (
        num_nonnulls(phone_index, given_phone_index) <= 1),
    CONSTRAINT person_made_by_whole CHECK ((made_by IS NULL) = (made_by_kind IS NULL)),
    CONSTRAINT person_made_by_kind CHECK (made_by_kind IN ('citizen', 'staff')),
    CONSTRAINT person_real_name_whole CHECK (
        num_nulls(id_type, id_number, id_number_index, name, real_name_at) IN (0, 5)),
    CONSTRAINT person_known_by_something CHECK (num_nonnulls(phone, id_number) > 0)
);

CREATE TABLE sign_in_code (
    id          uuid        NOT NULL CONSTRAINT sign_in_code_pk PRIMARY KEY,
    purpose     text        NOT NULL,
    person_id   uuid        CONSTRAINT sign_in_code_person_fk REFERENCES person (id),
    phone       bytea       NOT NULL,
    phone_index bytea       NOT NULL,
    code        bytea,
    code_digest bytea       NOT NULL,
    language    text        NOT NULL,
    tries       smallint    NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    spent_at    timestamptz,
    CONSTRAINT sign_in_code_purpose CHECK (purpose IN ('sign_in', 'change_phone')),
    CONSTRAINT sign_in_code_for_whom CHECK ((purpose = 'change_phone') = (person_id IS NOT NULL)),
    CONSTRAINT sign_in_code_language CHECK (language IN ('zh_CN', 'en')),
    CONSTRAINT sign_in_code_tries CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT sign_in_code_spent_is_forgotten CHECK (spent_at IS NULL OR code IS NULL)
);
CREATE INDEX sign_in_code_newest ON sign_in_code (phone_index, id DESC) WHERE spent_at IS NULL;
CREATE INDEX sign_in_code_expires ON sign_in_code (expires_at);
CREATE INDEX sign_in_code_by_person ON sign_in_code (person_id) WHERE person_id IS NOT NULL;

CREATE TABLE staff (
    id                uuid        NOT NULL CONSTRAINT staff_pk PRIMARY KEY,
    username          text        NOT NULL CONSTRAINT staff_one_per_username UNIQUE,
    display_name      text        NOT NULL,
    password_hash     text        NOT NULL,
    totp_secret       bytea,
    totp_confirmed_at timestamptz,
    totp_last_step    bigint      NOT NULL,
    failed_tries      integer     NOT NULL,
    locked_until      timestamptz,
    epoch             integer     NOT NULL,
    created_at        timestamptz NOT NULL,
    deactivated_at    timestamptz,
    CONSTRAINT staff_username CHECK (username ~ '^[a-z][a-z0-9._-]{2,31}$'),
    CONSTRAINT staff_totp_confirmed CHECK (
        totp_confirmed_at IS NULL OR totp_secret IS NOT NULL),
    CONSTRAINT staff_failed_tries CHECK (failed_tries >= 0)
);

CREATE TABLE staff_role (
    id          uuid NOT NULL CONSTRAINT staff_role_pk PRIMARY KEY,
    staff_id    uuid NOT NULL CONSTRAINT staff_role_staff_fk REFERENCES staff (id),
    role        text NOT NULL,
    office_code text,
    CONSTRAINT staff_role_held_once UNIQUE NULLS NOT DISTINCT (staff_id, role, office_code),
    CONSTRAINT staff_role_role CHECK (role IN (
        'clerk', 'supervisor', 'telephone_operator', 'pass_officer', 'administrator', 'auditor'))
);

CREATE TABLE recovery_code (
    id       uuid  NOT NULL CONSTRAINT recovery_code_pk PRIMARY KEY,
    staff_id uuid  NOT NULL CONSTRAINT recovery_code_staff_fk REFERENCES staff (id),
    digest   bytea NOT NULL,
    spent_at timestamptz,
    CONSTRAINT recovery_code_given_once UNIQUE (staff_id, digest)
);

CREATE TABLE sign_in_session (
    id         uuid        NOT NULL CONSTRAINT sign_in_session_pk PRIMARY KEY,
    person_id  uuid        CONSTRAINT sign_in_session_person_fk REFERENCES person (id),
    staff_id   uuid        CONSTRAINT sign_in_session_staff_fk REFERENCES staff (id),
    device     text        NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    proven     boolean     NOT NULL,
    ended_at   timestamptz,
    CONSTRAINT sign_in_session_one_holder CHECK (num_nonnulls(person_id, staff_id) = 1)
);
CREATE INDEX sign_in_session_by_person ON sign_in_session (person_id)
    WHERE person_id IS NOT NULL;
CREATE INDEX sign_in_session_by_staff ON sign_in_session (staff_id) WHERE staff_id IS NOT NULL;
CREATE INDEX sign_in_session_ends ON sign_in_session (ends_at);

CREATE TABLE api_token (
    id           uuid        NOT NULL CONSTRAINT api_token_pk PRIMARY KEY,
    person_id    uuid        NOT NULL CONSTRAINT api_token_person_fk REFERENCES person (id),
    label        text        NOT NULL,
    prefix       text        NOT NULL,
    digest       bytea       NOT NULL CONSTRAINT api_token_one_per_digest UNIQUE,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_on date,
    revoked_at   timestamptz,
    CONSTRAINT api_token_label CHECK (char_length(label) BETWEEN 1 AND 60)
);
CREATE INDEX api_token_by_person ON api_token (person_id);
CREATE INDEX api_token_expires ON api_token (expires_at);

CREATE TABLE idempotent_answer (
    id             uuid        NOT NULL CONSTRAINT idempotent_answer_pk PRIMARY KEY,
    holder_id      uuid        NOT NULL, -- a person or a partner
    key_digest     bytea       NOT NULL,
    request_digest bytea       NOT NULL,
    status         smallint    NOT NULL,
    headers        jsonb       NOT NULL,
    body           bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT idempotent_answer_one_per_key UNIQUE (holder_id, key_digest)
);
CREATE INDEX idempotent_answer_created_at ON idempotent_answer (created_at);
"""


async def forwards() -> MigrationManager:
    return sql_migration("identity", ID, DESCRIPTION, SQL)
