"""Reading the audit."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.kernel import database


class Entry(Struct, frozen=True, kw_only=True):
    """One audit record as the auditor, or the person concerned, reads it."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    action: str
    subject: str
    subject_id: str
    office_code: str | None
    data: dict[str, Any]


_COLUMNS = "id, at, actor_kind, actor_id, action, subject, subject_id, office_code, data"


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(**{**dict(row), "data": msgspec.json.decode(row["data"])})


async def about(subject: str, subject_id: UUID | str, limit: int = 100) -> list[Entry]:
    """What was done to one subject and who looked at it, newest first."""
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_record
         WHERE subject = $1 AND subject_id = $2 ORDER BY id DESC LIMIT $3
        """,  # noqa: S608 - the column list is a constant above
        subject,
        str(subject_id),
        limit,
    )
    return [_entry(row) for row in rows]


async def recent(before: UUID | None = None, limit: int = 50) -> list[Entry]:
    """The newest records, or those older than the record `before`."""
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_record
         WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2
        """,  # noqa: S608 - the column list is a constant above
        before,
        limit,
    )
    return [_entry(row) for row in rows]
