"""Sealing records into a keyed hash chain, and finding the first place where it is broken.

Writers never wait: they insert records, and one worker at a time seals what has come since, in
batches. A link's digest is HMAC-SHA-256, under the audit key, of the digest before it, the link's
position and time, and every field of its record. Whoever can write to the database but does not
hold the key can alter, delete or insert, but not so that `verify` stays silent.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
from msgspec import Struct

from services.kernel import database
from services.kernel.crypto import keyring
from services.kernel.unit_of_work import unit_of_work

BATCH = 1000
GENESIS = bytes(32)
# A transaction may commit a little after its record's time, and clocks differ a little. Whatever
# is dated further back than this before a record that is sealed already was not there then.
GRACE = timedelta(hours=1)
# One sealer at a time; any constant that nothing else uses.
SEAL_LOCK = 0x61756469745F

_RECORD = """r.id, r.at, r.actor_kind, r.actor_id, r.action, r.subject, r.subject_id,
             r.office_code, r.data, r.request_id"""


class Head(Struct, frozen=True):
    """The newest link. Kept elsewhere (the log, a printout), it shows a chain cut short."""

    position: int
    digest: str


FINDINGS = frozenset({"altered", "missing", "inserted"})


class Finding(Struct, frozen=True):
    """The first thing wrong: `kind` is one of FINDINGS."""

    kind: str
    position: int | None
    record_id: str
    at: str


def link_digest(previous: bytes, position: int, sealed_at: datetime, row: Any) -> bytes:
    """The digest of one link over its record's row (the columns of audit_record)."""
    content = msgspec.json.encode(
        [
            position,
            sealed_at.isoformat(),
            str(row["id"]),
            row["at"].isoformat(),
            row["actor_kind"],
            str(row["actor_id"]),
            row["action"],
            row["subject"],
            row["subject_id"],
            row["office_code"],
            msgspec.json.decode(row["data"]),
            row["request_id"],
        ],
        order="sorted",
    )
    return hmac.digest(keyring().audit_key, previous + content, hashlib.sha256)


async def seal(now: datetime) -> int:
    """Seal up to BATCH records that are not in the chain yet; the number sealed.

    Takes an advisory lock and answers 0 at once when another worker holds it.
    """
    async with unit_of_work() as uow:
        if not await uow.fetchval("SELECT pg_try_advisory_xact_lock($1)", SEAL_LOCK):
            return 0
        head = await uow.fetchrow(
            "SELECT position, digest FROM audit_seal ORDER BY position DESC LIMIT 1"
        )
        position, digest = (head["position"], head["digest"]) if head else (0, GENESIS)
        rows = await uow.fetch(
            f"""
            SELECT {_RECORD} FROM audit_record r
             WHERE NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.record_id = r.id)
             ORDER BY r.at, r.id LIMIT $1
            """,  # noqa: S608 - the column list is a constant above
            BATCH,
        )
        links = []
        for row in rows:
            position += 1
            digest = link_digest(digest, position, now, row)
            links.append((position, row["id"], now, digest))
        await uow.connection.executemany(
            "INSERT INTO audit_seal (position, record_id, sealed_at, digest)"
            " VALUES ($1, $2, $3, $4)",
            links,
        )
        return len(links)


async def head() -> Head | None:
    """The newest link, to be kept somewhere else."""
    row = await database.fetchrow(
        "SELECT position, digest FROM audit_seal ORDER BY position DESC LIMIT 1"
    )
    return Head(row["position"], row["digest"].hex()) if row else None


async def verify(now: datetime, expected: Head | None = None) -> Finding | None:
    """Walk the whole chain; the first altered, missing or inserted record, or None.

    `expected` is a head noted earlier: a chain that has been cut below it, or rewritten, is found.
    """
    digest = GENESIS
    position = 0
    newest: datetime | None = None
    async for row in _links():
        position += 1
        where = (position, str(row["record_id"]), row["sealed_at"].isoformat())
        if row["position"] != position or row["id"] is None:
            return Finding("missing", *where)
        if newest and row["at"] < newest - GRACE:
            return Finding("inserted", *where)
        newest = max(newest or row["at"], row["at"])
        digest = link_digest(digest, position, row["sealed_at"], row)
        rewritten = expected and position == expected.position and digest.hex() != expected.digest
        if rewritten or not hmac.compare_digest(digest, row["digest"]):
            return Finding("altered", *where)
    if expected and position < expected.position:
        return Finding("missing", position + 1, "", now.isoformat())
    return await _never_sealed(newest) if newest else None


async def _links() -> AsyncIterator[asyncpg.Record]:
    position = 0
    while True:
        rows = await database.fetch(
            f"""
            SELECT s.position, s.record_id, s.sealed_at, s.digest, {_RECORD}
              FROM audit_seal s LEFT JOIN audit_record r ON r.id = s.record_id
             WHERE s.position > $1 ORDER BY s.position LIMIT $2
            """,  # noqa: S608 - the column list is a constant above
            position,
            BATCH,
        )
        for row in rows:
            yield row
        if len(rows) < BATCH:
            return
        position = rows[-1]["position"]


async def _never_sealed(newest: datetime) -> Finding | None:
    row = await database.fetchrow(
        """
        SELECT r.id, r.at FROM audit_record r
         WHERE r.at < $1 AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.record_id = r.id)
         ORDER BY r.at, r.id LIMIT 1
        """,
        newest - GRACE,
    )
    return Finding("inserted", None, str(row["id"]), row["at"].isoformat()) if row else None
