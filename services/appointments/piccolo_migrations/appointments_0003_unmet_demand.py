"""How many people found no place."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "appointments_0003_unmet_demand"
VERSION = "1.38.0"
DESCRIPTION = "How many people found no place"

SQL = """
-- A number only: who they were is nobody's business once they have been counted.
CREATE TABLE unmet_demand (
    slot_id uuid    NOT NULL CONSTRAINT unmet_demand_pk PRIMARY KEY
                    CONSTRAINT unmet_demand_slot REFERENCES slot (id) ON DELETE RESTRICT,
    people  integer NOT NULL,
    CONSTRAINT unmet_demand_people CHECK (people > 0)
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("appointments", ID, DESCRIPTION, SQL)
