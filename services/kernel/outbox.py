"""Side effects, kept in PostgreSQL with the change that caused them.

An event is written in the business transaction. A worker claims it under a lease, handles it and
completes it; a lease that runs out (the worker was killed) makes it claimable again. After
MAX_ATTEMPTS failures it is dead, which an administrator sees and can retry. Payloads hold ids only.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec
from msgspec import Struct

from services.kernel import database
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current, unit_of_work

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=30)
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


class Event(Struct, frozen=True, kw_only=True):
    """A claimed event. `lease` proves, when it is completed, that nobody claimed it since."""

    id: UUID
    topic: str
    payload: dict[str, str]
    attempts: int
    lease: UUID
    created_at: datetime


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
    uow = current()
    event_id = new_id()
    await uow.execute(
        """
        INSERT INTO outbox_event (id, topic, payload, status, attempts, available_at, created_at)
        VALUES ($1, $2, $3::jsonb, 'pending', 0, $4, $5)
        """,
        event_id,
        topic,
        msgspec.json.encode(payload).decode(),
        not_before or now,
        now,
    )
    uow.after_commit(_ring)
    return event_id


async def claim(now: datetime, limit: int) -> list[Event]:
    """Lease up to `limit` due events, oldest first, skipping those that others hold."""
    lease = new_id()
    rows = await database.fetch(
        """
        UPDATE outbox_event
           SET status = 'leased', lease = $1, leased_until = $2, attempts = attempts + 1
         WHERE id IN (
               SELECT id FROM outbox_event
                WHERE (status = 'pending' AND available_at <= $3)
                   OR (status = 'leased' AND leased_until <= $3)
                ORDER BY available_at, id
                LIMIT $4
                  FOR UPDATE SKIP LOCKED)
        RETURNING id, topic, payload, attempts, lease, created_at
        """,
        lease,
        now + LEASE,
        now,
        limit,
    )
    events = [
        Event(
            id=row["id"],
            topic=row["topic"],
            payload=msgspec.json.decode(row["payload"], type=dict[str, str]),
            attempts=row["attempts"],
            lease=row["lease"],
            created_at=row["created_at"],
        )
        for row in rows
    ]
    return sorted(events, key=lambda event: event.id)


async def complete(event: Event, now: datetime) -> None:
    """Mark a claimed event done, in the current unit of work if there is one.

    Raises Conflict when the lease has passed to somebody else meanwhile, which rolls the caller's
    work back: the new holder does it.
    """
    async with unit_of_work() as uow:
        touched = await uow.execute(
            """
            UPDATE outbox_event SET status = 'done', lease = NULL, leased_until = NULL, done_at = $3
             WHERE id = $1 AND status = 'leased' AND lease = $2
            """,
            event.id,
            event.lease,
            now,
        )
        if not touched:
            raise Conflict


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: doubling from 5 s, at most 30 min."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


async def fail(event: Event, error: str, now: datetime) -> None:
    """Give a claimed event back to be tried later, or declare it dead after MAX_ATTEMPTS."""
    dead = event.attempts >= MAX_ATTEMPTS
    async with unit_of_work() as uow:
        await uow.execute(
            """
            UPDATE outbox_event
               SET status = $3, lease = NULL, leased_until = NULL, last_error = $4,
                   available_at = $5
             WHERE id = $1 AND status = 'leased' AND lease = $2
            """,
            event.id,
            event.lease,
            EventStatus.DEAD if dead else EventStatus.PENDING,
            error[:500],
            now + retry_delay(event.attempts),
        )


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
    """Put a dead event back in line. Raises Conflict if it is not dead any more."""
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
        raise Conflict
    uow.after_commit(_ring)


async def depth() -> dict[EventStatus, int]:
    """How many events wait, are leased or are dead, for the metrics page."""
    rows = await database.fetch(
        "SELECT status, count(*) AS n FROM outbox_event WHERE status <> 'done' GROUP BY status"
    )
    return {EventStatus(row["status"]): row["n"] for row in rows}


async def purge(now: datetime) -> int:
    """Delete events done for longer than KEEP_DONE; the number deleted."""
    async with unit_of_work() as uow:
        return await uow.execute(
            "DELETE FROM outbox_event WHERE status = 'done' AND done_at < $1", now - KEEP_DONE
        )
