"""Reading the audit."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.kernel import database
from services.kernel.clock import local_moment


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


class Search(Struct, frozen=True, kw_only=True):
    """What the auditor looks for; None leaves a part open.

    `action` is a whole action (`identity.person_opened`) or an area's all (`identity`); `day` is
    a day at the halls.
    """

    subject: str | None = None
    subject_id: str | None = None
    actor_id: UUID | None = None
    action: str | None = None
    day: date | None = None


_COLUMNS = "id, at, actor_kind, actor_id, action, subject, subject_id, office_code, data"


def _entry(row: asyncpg.Record) -> Entry:
    return Entry(**{**dict(row), "data": msgspec.json.decode(row["data"])})


async def about(subject: str, *subject_ids: UUID | str, limit: int = 100) -> list[Entry]:
    """What was done to one subject, or some of a kind, and who looked at them, newest first."""
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_record
         WHERE subject = $1 AND subject_id = ANY($2::text[]) ORDER BY id DESC LIMIT $3
        """,  # noqa: S608 - the column list is a constant above
        subject,
        [str(subject_id) for subject_id in subject_ids],
        limit,
    )
    return [_entry(row) for row in rows]


async def search(wanted: Search, before: UUID | None = None, limit: int = 50) -> list[Entry]:
    """The newest records that fit, or of those the ones older than the record `before`."""
    start = end = None
    if wanted.day:
        start = local_moment(wanted.day, time.min)
        end = local_moment(wanted.day + timedelta(days=1), time.min)
    rows = await database.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_record
         WHERE ($1::uuid IS NULL OR id < $1)
           AND ($2::text IS NULL OR subject = $2)
           AND ($3::text IS NULL OR subject_id = $3)
           AND ($4::uuid IS NULL OR actor_id = $4)
           AND ($5::text IS NULL OR action = $5 OR starts_with(action, $5 || '.'))
           AND ($6::timestamptz IS NULL OR at >= $6 AND at < $7)
         ORDER BY id DESC LIMIT $8
        """,  # noqa: S608 - the column list is a constant above
        before,
        wanted.subject,
        wanted.subject_id,
        wanted.actor_id,
        wanted.action,
        start,
        end,
        limit,
    )
    return [_entry(row) for row in rows]
