"""What workers do with the outbox: claim events under a lease, then complete or give them back.

A lease that runs out (the worker was killed) makes its events claimable again. Whoever lost a
lease cannot complete the event any more, so what one transaction writes together with `complete`
is written once. After MAX_ATTEMPTS an event is dead: an administrator sees it and can retry it.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services.kernel import database
from services.kernel.errors import Conflict
from services.kernel.ids import new_id
from services.kernel.outbox import EventStatus
from services.kernel.unit_of_work import unit_of_work

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 20
"""With the delays below, the last try comes about six hours after the first."""
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=30)


class LeaseLost(Conflict):
    """Another worker holds the event by now, and does what is to be done."""

    code = "lease_lost"


class Event(Struct, frozen=True, kw_only=True):
    """A claimed event. `lease` proves, when it is completed, that nobody claimed it since."""

    id: UUID
    topic: str
    payload: dict[str, str]
    attempts: int
    lease: UUID
    created_at: datetime


Consumer = Callable[[Event, datetime], Awaitable[None]]


def _event(row: asyncpg.Record) -> Event:
    payload = msgspec.json.decode(row["payload"], type=dict[str, str])
    return Event(**{**dict(row), "payload": payload})


async def claim(
    topics: Sequence[str], now: datetime, limit: int, lease: timedelta = LEASE
) -> list[Event]:
    """Lease up to `limit` due events of `topics`, oldest first, skipping those that others hold.

    `attempts` counts claims, so it also counts the workers that an event has killed: one above
    MAX_ATTEMPTS is to be failed, not handled.
    """
    # A CTE, not a subselect: the planner may run a subselect once a row, and then what is locked
    # already is skipped and more than `limit` are claimed.
    rows = await database.fetch(
        """
        WITH due AS MATERIALIZED (
            SELECT id FROM outbox_event
             WHERE topic = ANY($5)
               AND ((status = 'pending' AND available_at <= $3)
                 OR (status = 'leased' AND leased_until <= $3))
             ORDER BY available_at, id
             LIMIT $4
               FOR UPDATE SKIP LOCKED)
        UPDATE outbox_event event
           SET status = 'leased', lease = $1, leased_until = $2, attempts = attempts + 1
          FROM due WHERE event.id = due.id
        RETURNING event.id, topic, payload, attempts, lease, created_at
        """,
        new_id(),
        now + lease,
        now,
        limit,
        list(topics),
    )
    return sorted(map(_event, rows), key=lambda event: event.id)


async def renew(event: Event, now: datetime, lease: timedelta = LEASE) -> None:
    """Hold an event for a whole lease from `now` on, before something that takes its time.

    Raises LeaseLost when somebody else has claimed it meanwhile.
    """
    async with unit_of_work() as uow:
        touched = await uow.execute(
            "UPDATE outbox_event SET leased_until = $3"
            " WHERE id = $1 AND status = 'leased' AND lease = $2",
            event.id,
            event.lease,
            now + lease,
        )
        if not touched:
            raise LeaseLost


async def complete(event: Event, now: datetime) -> None:
    """Mark a claimed event done, in the current unit of work if there is one.

    Raises LeaseLost, which rolls the caller's work back: the new holder does it.
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
            raise LeaseLost


async def consume(event: Event, consumers: Iterable[Consumer], now: datetime) -> None:
    """Let each consumer write what the event calls for, and complete it, in one transaction.

    All of them or none: what one raises rolls back what the others wrote. Raises LeaseLost when
    another worker is at it.
    """
    async with unit_of_work():
        for write in consumers:
            await write(event, now)
        await complete(event, now)


def retry_delay(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failure: doubling from 5 s, at most 30 min."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)


async def fail(
    event: Event,
    error: str,
    now: datetime,
    *,
    for_good: bool = False,
    retry_at: datetime | None = None,
) -> EventStatus:
    """Give a claimed event back to be tried later, or declare it dead.

    It is dead after MAX_ATTEMPTS, or at once if no retry can help (`for_good`). It is tried again
    at `retry_at`, or after `retry_delay`. `error` is kept and shown: a code, never what a provider
    said. Raises LeaseLost.
    """
    dead = for_good or event.attempts >= MAX_ATTEMPTS
    status = EventStatus.DEAD if dead else EventStatus.PENDING
    async with unit_of_work() as uow:
        touched = await uow.execute(
            """
            UPDATE outbox_event
               SET status = $3, lease = NULL, leased_until = NULL, last_error = $4,
                   available_at = $5
             WHERE id = $1 AND status = 'leased' AND lease = $2
            """,
            event.id,
            event.lease,
            status,
            error[:500],
            retry_at or now + retry_delay(event.attempts),
        )
        if not touched:
            raise LeaseLost
    return status


async def postpone(event: Event, until: datetime) -> None:
    """Give a claimed event back untried; this claim does not count. Raises LeaseLost."""
    async with unit_of_work() as uow:
        touched = await uow.execute(
            """
            UPDATE outbox_event
               SET status = 'pending', lease = NULL, leased_until = NULL, available_at = $3,
                   attempts = attempts - 1
             WHERE id = $1 AND status = 'leased' AND lease = $2
            """,
            event.id,
            event.lease,
            until,
        )
        if not touched:
            raise LeaseLost


async def next_due(topics: Sequence[str]) -> datetime | None:
    """When the next event of `topics` becomes due or loses its lease; None if none waits."""
    moment: datetime | None = await database.fetchval(
        """
        SELECT min(CASE status WHEN 'pending' THEN available_at ELSE leased_until END)
          FROM outbox_event WHERE topic = ANY($1) AND status IN ('pending', 'leased')
        """,
        list(topics),
    )
    return moment
