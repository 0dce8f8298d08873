"""Whose account took over the record that somebody else had made for them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "identity_0003_joinings"
VERSION = "1.38.0"
DESCRIPTION = "Accounts that joined a person's record"

SQL = """
-- Once a person, whatever else is checked: a second account is refused here.
CREATE TABLE account_joining (
    id         uuid        NOT NULL CONSTRAINT account_joining_pk PRIMARY KEY,
    person_id  uuid        NOT NULL CONSTRAINT account_joining_person
                           REFERENCES person (id) ON DELETE RESTRICT,
    account_id uuid        NOT NULL, -- gone since
    proof      text        NOT NULL,
    joined_at  timestamptz NOT NULL,
    CONSTRAINT account_joining_once UNIQUE (person_id),
    CONSTRAINT account_joining_proof CHECK (proof IN ('given_phone', 'reference'))
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("identity", ID, DESCRIPTION, SQL)
