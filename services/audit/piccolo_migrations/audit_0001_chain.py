"""The audit records and their chain."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "audit_0001_chain"
VERSION = "1.38.0"
DESCRIPTION = "Audit records and their chain"

SQL = """
CREATE TABLE audit_record (
    id          uuid        NOT NULL CONSTRAINT audit_record_pk PRIMARY KEY,
    at          timestamptz NOT NULL,
    actor_kind  text        NOT NULL,
    actor_id    uuid,
    action      text        NOT NULL,
    subject     text        NOT NULL,
    subject_id  text        NOT NULL,
    office_code text,
    data        jsonb       NOT NULL,
    request_id  text,
    CONSTRAINT audit_record_actor_kind CHECK (
        actor_kind IN ('anonymous', 'citizen', 'staff', 'partner', 'system', 'kiosk'))
);
CREATE INDEX audit_record_about ON audit_record (subject, subject_id, id);
CREATE INDEX audit_record_by ON audit_record (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX audit_record_of_action ON audit_record (action text_pattern_ops, id);
CREATE INDEX audit_record_at ON audit_record (at);

-- No foreign key to audit_record: a record that somebody deleted must leave its seal behind.
CREATE TABLE audit_seal (
    position  bigint      NOT NULL CONSTRAINT audit_seal_pk PRIMARY KEY,
    record_id uuid        NOT NULL CONSTRAINT audit_seal_one_per_record UNIQUE,
    sealed_at timestamptz NOT NULL,
    digest    bytea       NOT NULL,
    CONSTRAINT audit_seal_position CHECK (position >= 1),
    CONSTRAINT audit_seal_digest CHECK (octet_length(digest) = 32)
);

-- What each walk along the chain found, and where the chain ended then.
CREATE TABLE audit_check (
    id            uuid        NOT NULL CONSTRAINT audit_check_pk PRIMARY KEY,
    at            timestamptz NOT NULL,
    head_position bigint,
    head_digest   bytea,
    finding       text,
    position      bigint,
    record_id     text,
    record_at     text,
    CONSTRAINT audit_check_head_whole CHECK ((head_position IS NULL) = (head_digest IS NULL)),
    CONSTRAINT audit_check_finding CHECK (finding IN ('altered', 'missing', 'inserted')),
    CONSTRAINT audit_check_finding_whole CHECK (
        num_nulls(finding, record_id, record_at) IN (0, 3))
);

-- The role's missing grants stop the application; this stops the owner's slip of the hand.
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is append-only';
END $$;
CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_check_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_check
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""


async def forwards() -> MigrationManager:
    return sql_migration("audit", ID, DESCRIPTION, SQL)
