"""Whether a request changed anything: one digest for each table's rows."""

from collections.abc import Mapping

from services.kernel import database

_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = 'public' AND c.relname <> ALL($1::text[])
"""


async def digest(*, but: tuple[str, ...] = ()) -> Mapping[str, str | None]:
    """Table → digest of its rows, whatever their order; None for an empty one."""
    names = [row["relname"] for row in await database.fetch(_TABLES, list(but))]
    each = (
        f"SELECT '{name}', md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {name} t"
        for name in names
    )
    return {row[0]: row[1] for row in await database.fetch(" UNION ALL ".join(each))}
