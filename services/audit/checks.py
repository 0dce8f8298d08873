"""Walking the chain regularly, and keeping what was found."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.audit.chain import Finding, Head, head, verify
from services.audit.records import record
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work


class Check(Struct, frozen=True, kw_only=True):
    """One walk along the chain: where it ended, and the first thing wrong, if anything was."""

    id: UUID
    at: datetime
    head: Head | None
    finding: Finding | None


def _check(row: asyncpg.Record) -> Check:
    finding = None
    if row["finding"] is not None:
        finding = Finding(row["finding"], row["position"], row["record_id"], row["record_at"])
    digest = row["head_digest"]
    return Check(
        id=row["id"],
        at=row["at"],
        head=Head(row["head_position"], digest.hex()) if digest else None,
        finding=finding,
    )


class Sealing(Struct, frozen=True, kw_only=True):
    """How far the sealer is: links made, when the last one was, and records that wait for it."""

    links: int
    sealed_at: datetime | None
    waiting: int


async def sealing() -> Sealing:
    """The state of the chain without walking it."""
    last = await database.fetchrow(
        "SELECT position, sealed_at FROM audit_seal ORDER BY position DESC LIMIT 1"
    )
    waiting = await database.fetchval(
        "SELECT count(*) FROM audit_record r"
        " WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.record_id = r.id)"
    )
    return Sealing(
        links=last["position"] if last else 0,
        sealed_at=last["sealed_at"] if last else None,
        waiting=waiting,
    )


async def check(actor: Actor, now: datetime) -> Check:
    """Walk the whole chain, held against the head of the last sound walk, and keep the outcome.

    Reads outside of a transaction, so it holds nothing up; records that are written meanwhile
    belong to the next walk.
    """
    last = await _last_sound()
    end = await head()
    finding = await verify(now, last.head if last else None)
    check_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO audit_check
                   (id, at, head_position, head_digest, finding, position, record_id, record_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            check_id,
            now,
            end.position if end else None,
            bytes.fromhex(end.digest) if end else None,
            finding.kind if finding else None,
            finding.position if finding else None,
            finding.record_id if finding else None,
            finding.at if finding else None,
        )
        await record(actor, "audit.checked", subject="audit_check", subject_id=check_id, now=now)
    return Check(id=check_id, at=now, head=end, finding=finding)


async def last_check() -> Check | None:
    """The newest walk, for the administrator's pages."""
    row = await database.fetchrow("SELECT * FROM audit_check ORDER BY id DESC LIMIT 1")
    return _check(row) if row else None


async def _last_sound() -> Check | None:
    row = await database.fetchrow(
        "SELECT * FROM audit_check WHERE finding IS NULL AND head_position IS NOT NULL"
        " ORDER BY id DESC LIMIT 1"
    )
    return _check(row) if row else None
