"""Answers given under an Idempotency-Key, so that asking twice does once.

The answer is written in the transaction of the operation itself, and a try-lock of that transaction
keeps others out meanwhile. Nothing is left behind by a process that dies: either both are
committed and the answer is replayed, or neither is and the key is free. See
docs/decisions on idempotent requests.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct

from services.identity.errors import KeyBusy, KeyReused
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

ANSWER_LIFETIME = timedelta(hours=24)


class Answer(Struct, frozen=True, kw_only=True):
    """What was answered; `body` is text, `headers` the few that belong to it."""

    status: int
    headers: Mapping[str, str]
    body: str


class AskedOnce(Struct, frozen=True, kw_only=True):
    """Whose request, under which key; `request` is everything that makes it the same request.

    `holder_id` is a person's key or a partner's.
    """

    holder_id: UUID
    key: str
    request: str


async def answer_once(
    asked: AskedOnce, operation: Callable[[], Awaitable[Answer]], now: datetime
) -> tuple[Answer, bool]:
    """Run the operation, or replay what it answered within the last 24 hours.

    Returns the answer and whether it is a replay. What the operation raises undoes everything,
    and the key stays free. Locks the key before anything else, and never waits for it.

    Raises:
        KeyReused: The key came with another request.
        KeyBusy: A request with the key is being worked on.
    """
    key_digest = keyring().blind_index("idempotency_key", f"{asked.holder_id}:{asked.key}")
    request_digest = keyring().blind_index("idempotent_request", asked.request)
    async with unit_of_work() as uow:
        lock = int.from_bytes(key_digest[:8], "big", signed=True)
        if not await uow.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock):
            raise KeyBusy
        row = await uow.fetchrow(
            """
            SELECT id, request_digest, status, headers, body, created_at FROM idempotent_answer
             WHERE holder_id = $1 AND key_digest = $2
            """,
            asked.holder_id,
            key_digest,
        )
        if row and row["created_at"] > now - ANSWER_LIFETIME:
            if row["request_digest"] != request_digest:
                raise KeyReused
            replayed = Answer(
                status=row["status"],
                headers=msgspec.json.decode(row["headers"], type=dict[str, str]),
                body=keyring().unseal(row["body"], "idempotent_answer", "body", row["id"]),
            )
            return replayed, True
        if row:
            await uow.execute("DELETE FROM idempotent_answer WHERE id = $1", row["id"])
        answer = await operation()
        answer_id = new_id()
        await uow.execute(
            """
            INSERT INTO idempotent_answer
                   (id, holder_id, key_digest, request_digest, status, headers, body, created_at)
            VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
            """,
            answer_id,
            asked.holder_id,
            key_digest,
            request_digest,
            answer.status,
            msgspec.json.encode(answer.headers).decode(),
            keyring().seal(answer.body, "idempotent_answer", "body", answer_id),
            now,
        )
    return answer, False
