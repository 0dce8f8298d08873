"""Devices that give out numbers."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "queue_0003_kiosks"
VERSION = "1.38.0"
DESCRIPTION = "Devices that give out numbers"

SQL = """
CREATE TABLE kiosk (
    id           uuid        NOT NULL CONSTRAINT kiosk_pk PRIMARY KEY,
    office_code  text        NOT NULL CONSTRAINT kiosk_office REFERENCES office
                                      ON DELETE RESTRICT ON UPDATE RESTRICT,
    label        text        NOT NULL,
    setup_digest bytea,
    setup_until  timestamptz NOT NULL,
    token_digest bytea,
    created_by   uuid        CONSTRAINT kiosk_created_by REFERENCES staff
                                      ON DELETE RESTRICT ON UPDATE RESTRICT,
    created_at   timestamptz NOT NULL,
    opened_at    timestamptz,
    revoked_at   timestamptz,
    CONSTRAINT kiosk_setup_digest UNIQUE (setup_digest),
    CONSTRAINT kiosk_token_digest UNIQUE (token_digest),
    CONSTRAINT kiosk_label CHECK (length(label) BETWEEN 1 AND 60),
    -- Either the link still waits for a device, or one device has its token and the link is spent.
    CONSTRAINT kiosk_opened_once CHECK (
        num_nonnulls(setup_digest, token_digest) = 1
        AND (token_digest IS NULL) = (opened_at IS NULL))
);
CREATE INDEX kiosk_by_office ON kiosk (office_code, id);
"""


async def forwards() -> MigrationManager:
    return sql_migration("queue", ID, DESCRIPTION, SQL)
