"""Piccolo's table classes say what the migrated schema is."""

import pytest
from piccolo.table import Table

from services.kernel import database, piccolo_conf

TYPE_NAMES = {
    "bigint": "int8",
    "boolean": "bool",
    "integer": "int4",
    "smallint": "int2",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "double precision": "float8",
    "real": "float4",
    "text[]": "_text",
}


def tables() -> list[type[Table]]:
    return [
        table
        for config in piccolo_conf.APP_REGISTRY.app_configs.values()
        for table in config.table_classes
    ]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("table", tables(), ids=lambda table: str(table._meta.tablename))
async def test_the_class_agrees_with_the_table(table: type[Table]) -> None:
    rows = await database.fetch(
        """
        SELECT column_name, udt_name, is_nullable = 'YES' AS nullable
          FROM information_schema.columns
         WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'
        """,
        table._meta.tablename,
    )
    schema = {row["column_name"]: (row["udt_name"], row["nullable"]) for row in rows}
    classes = {}
    for column in table._meta.columns:
        kind = column.column_type.lower()
        nullable = column._meta.null and not column._meta.primary_key
        classes[column._meta.db_column_name] = (TYPE_NAMES.get(kind, kind), nullable)
    assert classes == schema


@pytest.mark.usefixtures("database")
async def test_every_table_has_a_class() -> None:
    rows = await database.fetch(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_name <> 'migration'"
    )
    assert {row["table_name"] for row in rows} == {table._meta.tablename for table in tables()}


def test_no_column_is_filled_in_silently() -> None:
    """Piccolo's own defaults (0, '', now) would hide a column that an operation forgot."""
    for table in tables():
        for column in table._meta.columns:
            default = getattr(column, "default", None)
            assert default is None, f"{table._meta.tablename}.{column._meta.name}: {default!r}"
