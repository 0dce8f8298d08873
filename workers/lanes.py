"""A lane: the events of some topics, claimed as hands become free and handled side by side.

Lanes share nothing, so a provider that hangs fills its own lane's hands and nobody else's. A lane
claims no more than it can handle at once: leases do not run down while events wait in memory.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import asyncpg
import structlog

from services.kernel import leases
from services.kernel.clock import Clock
from services.kernel.errors import Conflict
from services.kernel.leases import Event
from workers.failures import Failure

# Look at least this often, whatever rings or does not ring.
SWEEP_SECONDS = 30.0
SHORTEST_PAUSE = 0.2
WITHOUT_DATABASE = 2.0
# How long events in hand may take once the worker was asked to stop.
GOODBYE_SECONDS = 40.0
WORKER_DIED = "worker_died_each_time"

DATABASE_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)

log = structlog.get_logger(__name__)


class Handler(Protocol):
    """What a lane does with each of its events."""

    async def handle(self, event: Event) -> None:
        """Do it and complete the event, or raise Failure or whatever went wrong."""
        ...

    async def fail(self, event: Event, failure: Failure) -> None:
        """Give the event back to be tried later, or let it die."""
        ...


class Lane:
    """Handles up to `width` events of `topics` at once until it is told to stop."""

    def __init__(
        self,
        name: str,
        topics: Sequence[str],
        handler: Handler,
        *,
        width: int,
        clock: Clock,
        lease: timedelta = leases.LEASE,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self.name = name
        self.topics = tuple(topics)
        self.width = width
        self._handler = handler
        self._clock = clock
        self._lease = lease
        self._sweep_seconds = sweep_seconds
        self._running: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look now: something was committed, or a hand has become free."""
        self._bell.set()

    def stop(self) -> None:
        """Claim nothing more; `run` ends when what is in hand is done."""
        self._stopping = True
        self._bell.set()

    async def run(self) -> None:
        """Work until `stop`. Survives a database that is away."""
        while not self._stopping:
            self._bell.clear()
            try:
                pause = await self._look()
            except DATABASE_AWAY as error:
                log.warning("outbox_unreachable", lane=self.name, error=type(error).__name__)
                pause = WITHOUT_DATABASE
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._bell.wait()
        await self._finish()

    async def _look(self) -> float:
        """Claim for every free hand; how many seconds until the next look, if nothing rings."""
        free = self.width - len(self._running)
        if free == 0:
            return self._sweep_seconds
        events = await leases.claim(self.topics, self._clock.now(), free, self._lease)
        for event in events:
            task = asyncio.create_task(self._handle(event))
            self._running.add(task)
            task.add_done_callback(self._hand_is_free)
        if len(events) == free:
            return self._sweep_seconds
        due = await leases.next_due(self.topics)
        if due is None:
            return self._sweep_seconds
        wait = (due - self._clock.now()).total_seconds()
        return min(max(wait, SHORTEST_PAUSE), self._sweep_seconds)

    def _hand_is_free(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self._bell.set()

    async def _handle(self, event: Event) -> None:
        try:
            await self._try(event)
        except Conflict:
            # Another worker holds the event by now, and does it.
            log.info("event_left_to_another", topic=event.topic, event_id=str(event.id))
        except DATABASE_AWAY as error:
            # The lease runs out, and somebody claims the event again.
            log.warning("event_left_leased", event_id=str(event.id), error=type(error).__name__)

    async def _try(self, event: Event) -> None:
        if event.attempts > leases.MAX_ATTEMPTS:
            await self._handler.fail(event, Failure(WORKER_DIED))
            return
        try:
            await self._handler.handle(event)
        except Failure as failure:
            log.warning(
                "event_failed",
                topic=event.topic,
                event_id=str(event.id),
                attempts=event.attempts,
                error=failure.code,
            )
            await self._handler.fail(event, failure)
        except (Conflict, *DATABASE_AWAY):
            raise
        except Exception as error:
            log.exception("event_broke", topic=event.topic, event_id=str(event.id))
            await self._handler.fail(event, Failure(type(error).__name__))

    async def _finish(self) -> None:
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=GOODBYE_SECONDS)
        for task in late:
            task.cancel()
