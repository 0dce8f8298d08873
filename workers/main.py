"""A worker process: the lanes, and arq beside them.

The lanes need PostgreSQL alone. arq ends when Redis goes away, so it is started again and again
until Redis is back; meanwhile the lanes go on, only without a doorbell.
"""

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta, timezone
from typing import cast

import structlog
from arq.worker import Worker
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from services import notices, partners
from services.kernel import database, leases, outbox
from services.kernel.clock import SHANGHAI, Clock, SystemClock
from services.kernel.presence import BEAT_SECONDS, presence_key
from services.kernel.redis import CONNECTION, close_redis
from services.kernel.settings import Settings
from workers import jobs
from workers.arq_queue import QUEUE, pack, queue_on, unpack
from workers.channels import Channel, channels
from workers.consumers import CONSUMERS
from workers.handlers import Expander, Sender
from workers.lanes import SWEEP_SECONDS, Handler, Lane
from workers.webhooks import Post, WebhookSender

JOB_SECONDS = 300
# How long a regular job may take to end once the worker was asked to stop.
JOB_GOODBYE = 10.0
CANCEL_AGAIN = 0.5
FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

log = structlog.get_logger(__name__)


class WorkerParts:
    """What a worker is made of. Tests put other parts in; a deployment sets none of this."""

    expanding = 10
    sending: Mapping[notices.Lane, int] = {
        notices.Lane.CODES: 10,
        notices.Lane.SMS: 10,
        notices.Lane.EMAIL: 10,
    }
    delivering = 20
    lease: timedelta = leases.LEASE
    sweep_seconds = SWEEP_SECONDS

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()

    def channels(self) -> Mapping[notices.Channel, Channel]:
        """The ways out of the house."""
        return channels(self.settings)

    def expander(self) -> Handler:
        """What turns an event into notices."""
        return Expander(self.clock)

    def sender(self, ways: Mapping[notices.Channel, Channel]) -> Handler:
        """What sends a due notice."""
        return Sender(ways, self.clock, self.lease)

    def post(self) -> Post:
        """What takes messages to partners."""
        return Post(self.settings)

    def webhook_sender(self, post: Post) -> Handler:
        """What sends a due delivery to a partner."""
        return WebhookSender(post, self.clock, self.lease)

    def lanes(self, ways: Mapping[notices.Channel, Channel], post: Post) -> Sequence[Lane]:
        """One lane for what happened, one for each kind of notice that is due, and webhooks'."""
        sender = self.sender(ways)
        return (
            self._lane("events", tuple(CONSUMERS), self.expander(), self.expanding),
            *(self._lane(lane, (lane.topic,), sender, self.sending[lane]) for lane in notices.Lane),
            self._lane(
                "webhooks", (partners.WEBHOOK_DUE,), self.webhook_sender(post), self.delivering
            ),
        )

    def _lane(self, name: str, topics: Sequence[str], handler: Handler, width: int) -> Lane:
        return Lane(
            name,
            topics,
            handler,
            width=width,
            clock=self.clock,
            lease=self.lease,
            sweep_seconds=self.sweep_seconds,
        )


async def serve(parts: WorkerParts) -> None:
    """Work until TERM or INT; then finish what is in hand and leave."""
    quiet_libraries()
    stopping = asyncio.Event()
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as closing:
        await database.open_pool()
        closing.push_async_callback(database.close_pool)
        closing.push_async_callback(close_redis)
        ways = parts.channels()
        for channel in ways.values():
            closing.push_async_callback(channel.close)
        post = parts.post()
        closing.push_async_callback(post.close)
        lanes = parts.lanes(ways, post)
        outbox.use_doorbell(_waking(lanes))
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(lane.run())
            timetable = group.create_task(keep_timetable(parts.settings, lanes))
            log.info("worker_ready", lanes=[lane.name for lane in lanes])
            await stopping.wait()
            log.info("worker_stopping")
            for lane in lanes:
                lane.stop()
            timetable.cancel()


def _waking(lanes: Sequence[Lane]) -> outbox.Doorbell:
    """This process's own commits wake its lanes directly, with or without Redis."""

    async def ring() -> None:
        for lane in lanes:
            lane.wake()

    return ring


async def keep_timetable(settings: Settings, lanes: Sequence[Lane]) -> None:
    """Run arq, and run it again whenever it has lost Redis, until cancelled."""
    wait = FIRST_WAIT
    loop = asyncio.get_running_loop()
    while True:
        started = loop.time()
        try:
            await run_arq(settings, lanes)
        except (RedisError, OSError) as error:
            if loop.time() - started > LONGEST_WAIT:
                wait = FIRST_WAIT
            log.warning("redis_away", error=type(error).__name__, seconds=wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


async def run_arq(settings: Settings, lanes: Sequence[Lane]) -> None:
    """Answer the doorbell and keep the timetable. Raises RedisError when Redis goes away."""
    # Of its own: arq closes the pool when it ends.
    pool = ConnectionPool.from_url(settings.redis_url.get_secret_value(), **CONNECTION)
    worker = Worker(
        functions=[jobs.coroutine(jobs.drain_outbox)],
        cron_jobs=jobs.timetable(),
        queue_name=QUEUE,
        redis_pool=queue_on(pool),
        handle_signals=False,
        job_timeout=JOB_SECONDS,
        keep_result=0,
        poll_delay=0.1,
        health_check_interval=BEAT_SECONDS,
        health_check_key=presence_key("worker"),
        job_serializer=pack,
        job_deserializer=unpack,
        timezone=cast("timezone", SHANGHAI),  # any tzinfo will do
        ctx={"lanes": lanes},
    )
    running = asyncio.create_task(worker.async_run())
    try:
        await asyncio.wait([running])
    finally:
        worker.allow_pick_jobs = False
        await _ended(running)
        if worker.tasks:
            await asyncio.wait(worker.tasks.values(), timeout=JOB_GOODBYE)
        with suppress(RedisError, OSError, asyncio.CancelledError):
            await worker.close()
    running.result()


async def _ended(task: "asyncio.Task[None]") -> None:
    """Cancel a task until it ends: arq's loop loses a cancellation that meets it unawares."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN)


def quiet_libraries() -> None:
    """Arq announces every job at INFO: a line each second that says nothing."""
    logging.getLogger("arq").setLevel(logging.WARNING)
