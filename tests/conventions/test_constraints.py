"""Every rule that PostgreSQL holds means something to a person, or says why it never does."""

from collections.abc import Mapping
from importlib import import_module

import pytest

from services.kernel import database, piccolo_conf
from services.kernel.errors import DomainError, registered_constraints

# Keys are UUIDv7 made here or codes from our own data, and nothing that is referred to is deleted:
# primary and foreign keys cannot be broken by input. NOT NULL is held by the typed commands.
EXEMPT = ["p", "f", "n"]


def of_areas(name: str) -> dict[str, Mapping[str, object]]:
    found: dict[str, Mapping[str, object]] = {}
    for area in piccolo_conf.AREAS:
        try:
            module = import_module(f"services.{area}.errors")
        except ModuleNotFoundError:
            continue
        found[area] = getattr(module, name, {})
    return found


async def names_in_the_database() -> set[str]:
    rows = await database.fetch(
        """
        SELECT conname AS name FROM pg_constraint c
          JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = 'public' AND c.contype::text <> ALL ($1) AND t.relname <> 'migration'
        UNION
        SELECT i.relname FROM pg_index x
          JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
          JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE n.nspname = 'public' AND t.relname <> 'migration'
           AND x.indisunique AND NOT x.indisprimary
        """,
        EXEMPT,
    )
    return {row["name"] for row in rows}


@pytest.mark.usefixtures("database")
async def test_every_constraint_is_mapped_or_internal() -> None:
    for area in piccolo_conf.AREAS:
        import_module(f"services.{area}")
    mapped = set(registered_constraints())
    internal = {name for names in of_areas("INTERNAL_CONSTRAINTS").values() for name in names}
    assert not mapped & internal
    assert await names_in_the_database() - mapped - internal == set()


@pytest.mark.usefixtures("database")
async def test_nothing_is_mapped_that_does_not_exist() -> None:
    rows = await database.fetch(
        "SELECT conname AS name FROM pg_constraint UNION SELECT relname FROM pg_class"
        " UNION SELECT (regexp_matches(prosrc, 'CONSTRAINT\\s*=\\s*''(\\w+)''', 'g'))[1]"
        " FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    )
    existing = {row["name"] for row in rows}
    for kind in ("CONSTRAINTS", "INTERNAL_CONSTRAINTS"):
        for area, names in of_areas(kind).items():
            assert set(names) - existing == set(), area


def test_errors_have_codes_of_their_own() -> None:
    def kinds(error: type[DomainError]) -> list[type[DomainError]]:
        return [error, *(kind for child in error.__subclasses__() for kind in kinds(child))]

    codes: dict[str, type[DomainError]] = {}
    for kind in kinds(DomainError):
        if not kind.__module__.startswith("services."):
            continue
        assert codes.setdefault(kind.code, kind) is kind, f"{kind} repeats the code {kind.code}"
        assert 400 <= kind.status < 600
