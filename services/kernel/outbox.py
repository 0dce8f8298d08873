"""Side effects, kept in PostgreSQL with the change that caused them.

An event is written in the business transaction, and payloads hold ids only. Workers claim, handle
and complete events: services/kernel/leases.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from services.kernel import database
from services.kernel.errors import Conflict, NotFound
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current, unit_of_work

KEEP_DONE = timedelta(days=30)

Doorbell = Callable[[], Awaitable[None]]


class EventStatus(StrEnum):
    """What became of an event."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


TRANSITIONS: Mapping[EventStatus, frozenset[EventStatus]] = {
    EventStatus.PENDING: frozenset({EventStatus.LEASED}),
    EventStatus.LEASED: frozenset(
        {EventStatus.DONE, EventStatus.PENDING, EventStatus.DEAD, EventStatus.LEASED}
    ),
    EventStatus.DEAD: frozenset({EventStatus.PENDING}),
    EventStatus.DONE: frozenset(),
}


class DeadEvent(Struct, frozen=True, kw_only=True):
    """An event that gave up, as the administrator sees it."""

    id: UUID
    topic: str
    payload: dict[str, str]
    attempts: int
    last_error: str
    created_at: datetime


async def _silent() -> None:
    """No doorbell is hung up: the sweep finds the event."""


_ring: Doorbell = _silent


def use_doorbell(ring: Doorbell) -> None:
    """Set what wakes the workers after a commit; each edge does this once when it starts."""
    global _ring  # noqa: PLW0603 - one doorbell a process, hung up at start
    _ring = ring


async def publish(
    topic: str, payload: Mapping[str, str], now: datetime, *, not_before: datetime | None = None
) -> UUID:
    """Write an event in the current unit of work and ring the doorbell once it commits."""
    [event_id] = await publish_all(topic, [(payload, now)], not_before=not_before)
    return event_id


async def publish_all(
    topic: str,
    events: Sequence[tuple[Mapping[str, str], datetime]],
    *,
    not_before: datetime | None = None,
) -> list[UUID]:
    """Write several events, each a payload and its moment, and ring the doorbell once."""
    uow = current()
    event_ids = [new_id() for _ in events]
    await uow.execute(
        """
        INSERT INTO outbox_event (id, topic, payload, status, attempts, available_at, created_at)
        SELECT event.id, $1, event.payload::jsonb, 'pending', 0, coalesce($2, event.at), event.at
          FROM unnest($3::uuid[], $4::text[], $5::timestamptz[]) AS event (id, payload, at)
        """,
        topic,
        not_before,
        event_ids,
        [msgspec.json.encode(payload).decode() for payload, _ in events],
        [at for _, at in events],
    )
    uow.after_commit(_ring)
    return event_ids


async def dead_events(limit: int = 100) -> list[DeadEvent]:
    """The events that gave up, newest first."""
    rows = await database.fetch(
        """
        SELECT id, topic, payload, attempts, coalesce(last_error, '') AS last_error, created_at
          FROM outbox_event WHERE status = 'dead' ORDER BY id DESC LIMIT $1
        """,
        limit,
    )
    return [
        DeadEvent(
            id=row["id"],
            topic=row["topic"],
            payload=msgspec.json.decode(row["payload"], type=dict[str, str]),
            attempts=row["attempts"],
            last_error=row["last_error"],
            created_at=row["created_at"],
        )
        for row in rows
    ]


async def revive(event_id: UUID, now: datetime) -> None:
    """Put a dead event back in line. Raises NotFound, or Conflict if it is not dead any more."""
    uow = current()
    touched = await uow.execute(
        """
        UPDATE outbox_event SET status = 'pending', attempts = 0, available_at = $2
         WHERE id = $1 AND status = 'dead'
        """,
        event_id,
        now,
    )
    if not touched:
        known = await uow.fetchval(
            "SELECT EXISTS (SELECT FROM outbox_event WHERE id = $1)", event_id
        )
        raise Conflict if known else NotFound
    uow.after_commit(_ring)


async def revive_all(topic: str, now: datetime) -> int:
    """Put every dead event of a topic back in line; how many."""
    uow = current()
    touched = await uow.execute(
        """
        UPDATE outbox_event SET status = 'pending', attempts = 0, available_at = $2
         WHERE topic = $1 AND status = 'dead'
        """,
        topic,
        now,
    )
    uow.after_commit(_ring)
    return touched


async def depth() -> dict[EventStatus, int]:
    """How many events wait, are leased or are dead, for the metrics page."""
    rows = await database.fetch(
        "SELECT status, count(*) AS n FROM outbox_event WHERE status <> 'done' GROUP BY status"
    )
    return {EventStatus(row["status"]): row["n"] for row in rows}


class Backlog(Struct, frozen=True, kw_only=True):
    """The events of one topic that are neither done nor dead.

    `waiting` counts those in a worker's hands too, `retried` those of them that failed before.
    """

    topic: str
    waiting: int
    retried: int
    oldest: datetime


async def backlog() -> list[Backlog]:
    """What waits, topic by topic, the one that waits longest first."""
    rows = await database.fetch(
        """
        SELECT topic, count(*) AS waiting, count(*) FILTER (WHERE attempts > 1) AS retried,
               min(created_at) AS oldest
          FROM outbox_event WHERE status IN ('pending', 'leased')
         GROUP BY topic ORDER BY oldest
        """
    )
    return [Backlog(**dict(row)) for row in rows]


async def purge(now: datetime) -> int:
    """Delete events done for longer than KEEP_DONE; the number deleted."""
    async with unit_of_work() as uow:
        return await uow.execute(
            "DELETE FROM outbox_event WHERE status = 'done' AND done_at < $1", now - KEEP_DONE
        )
