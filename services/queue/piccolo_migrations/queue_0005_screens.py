"""The screens that hang in the halls."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from services.kernel.migrations import sql_migration

ID = "queue_0005_screens"
VERSION = "1.38.0"
DESCRIPTION = "The screens that hang in the halls"

SQL = """
CREATE TABLE board_screen (
    id          uuid        NOT NULL CONSTRAINT board_screen_pk PRIMARY KEY,
    office_code text        NOT NULL CONSTRAINT board_screen_office REFERENCES office
                                     ON DELETE RESTRICT ON UPDATE RESTRICT,
    name        text        NOT NULL,
    layout      text        NOT NULL,
    voices      text        NOT NULL,
    volume      smallint    NOT NULL,
    quiet_from  time,
    quiet_until time,
    changed_at  timestamptz NOT NULL,
    CONSTRAINT board_screen_name UNIQUE (office_code, name),
    CONSTRAINT board_screen_name_length CHECK (length(name) BETWEEN 1 AND 40),
    CONSTRAINT board_screen_layout CHECK (layout IN ('split', 'list', 'grid', 'portrait')),
    CONSTRAINT board_screen_voices CHECK (voices IN ('both', 'chinese', 'english', 'chime')),
    CONSTRAINT board_screen_volume CHECK (volume BETWEEN 0 AND 100),
    CONSTRAINT board_screen_quiet CHECK (num_nulls(quiet_from, quiet_until) IN (0, 2))
);
"""


async def forwards() -> MigrationManager:
    return sql_migration("queue", ID, DESCRIPTION, SQL)
