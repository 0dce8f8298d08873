"""Whom a citizen books for: people who come along, and firms whose agent they are."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "identity_0002_companions_and_firms"
VERSION = "1.38.0"
DESCRIPTION = "People who come along, and firms' agents"

SQL = """
CREATE TABLE companion (
    id         uuid        NOT NULL CONSTRAINT companion_pk PRIMARY KEY,
    citizen_id uuid        NOT NULL CONSTRAINT companion_citizen
                           REFERENCES person (id) ON DELETE CASCADE,
    person_id  uuid        NOT NULL CONSTRAINT companion_person
                           REFERENCES person (id) ON DELETE RESTRICT,
    -- None once the person has said that this citizen is to book for them no more.
    place      smallint,
    added_at   timestamptz NOT NULL,
    refused_at timestamptz,
    -- When the person agreed; asked of those with an account of their own alone.
    agreed_at  timestamptz,
    CONSTRAINT companion_refused_has_no_place CHECK ((refused_at IS NULL) = (place IS NOT NULL)),
    CONSTRAINT companion_refused_is_not_agreed CHECK (refused_at IS NULL OR agreed_at IS NULL),
    CONSTRAINT companion_once UNIQUE (citizen_id, person_id),
    CONSTRAINT companion_at_most_five UNIQUE (citizen_id, place),
    CONSTRAINT companion_place CHECK (place BETWEEN 1 AND 5),
    CONSTRAINT companion_is_another CHECK (citizen_id <> person_id)
);
CREATE INDEX companion_by_person ON companion (person_id);

-- A citizen who says that they act for a firm. Its name is as they wrote it.
CREATE TABLE firm_agent (
    id          uuid        NOT NULL CONSTRAINT firm_agent_pk PRIMARY KEY,
    person_id   uuid        NOT NULL CONSTRAINT firm_agent_person
                            REFERENCES person (id) ON DELETE RESTRICT,
    credit_code text        NOT NULL,
    name        text        NOT NULL,
    added_at    timestamptz NOT NULL,
    CONSTRAINT firm_agent_once UNIQUE (person_id, credit_code),
    CONSTRAINT firm_agent_credit_code CHECK (
        credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$'),
    CONSTRAINT firm_agent_name CHECK (length(name) BETWEEN 2 AND 100)
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("identity", ID, DESCRIPTION, SQL)
