"""The regular jobs. arq runs each of them in one worker at a time, by the halls' clock."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import structlog
from arq.cron import CronJob, cron
from arq.typing import WorkerCoroutine

from services import appointments, audit, identity, notices, partners, queue, ratings
from services.kernel import outbox
from services.kernel.actor import SYSTEM
from services.kernel.clock import SystemClock
from workers import doorbell

log = structlog.get_logger(__name__)
clock = SystemClock()

Context = dict[Any, Any]


async def drain_outbox(context: Context) -> None:
    """Somebody rang: let every lane look."""
    await doorbell.answer(context["redis"])
    for lane in context["lanes"]:
        lane.wake()


async def seal_audit(_context: Context) -> None:
    """Seal what was recorded since; the chain's head goes into the log, out of anyone's reach."""
    sealed = 0
    while count := await audit.seal(clock.now()):
        sealed += count
    if sealed:
        head = await audit.head()
        if head:
            log.info("audit_sealed", records=sealed, position=head.position, digest=head.digest)


async def check_audit(_context: Context) -> None:
    """Walk the whole chain and keep what was found."""
    check = await audit.check(SYSTEM, clock.now())
    if check.finding:
        log.error("audit_broken", kind=check.finding.kind, position=check.finding.position)


async def release_expired_holds(_context: Context) -> None:
    """Give back the seats of those who did not go on."""
    await appointments.release_expired_holds(clock.now())


async def forget_drafts(_context: Context) -> None:
    """Throw away the lists of firms' people that were not confirmed in time."""
    await appointments.forget_drafts(clock.now())


async def offer_seats(_context: Context) -> None:
    """Offer the seats that are back, and end the offers that were not taken."""
    made = await appointments.offer_seats(clock.now())
    if made:
        log.info("seats_offered", seats=made)


async def remind(_context: Context) -> None:
    """Remind of what lies ahead."""
    given = await appointments.remind(clock.now())
    if given:
        log.info("reminders_due", reminders=given)


async def generate_slots(_context: Context) -> None:
    """Make the slots of the days that come into reach."""
    made = await appointments.generate_slots(clock.now())
    log.info("slots_generated", slots=made)


async def close_days(_context: Context) -> None:
    """End what the halls left open on earlier days; who never came has missed it."""
    closed = await queue.close_days(clock.now())
    missed = await appointments.close_days(clock.now())
    if closed or missed:
        log.info("days_closed", tickets=closed, no_shows=missed)


async def send_nudges(_context: Context) -> None:
    """Tell whose turn is near."""
    await queue.send_nudges(clock.now())


async def sweep_complaints(_context: Context) -> None:
    """Mark what is overdue; close what nobody appealed in time."""
    swept = await ratings.sweep(clock.now())
    if swept.overdue or swept.closed:
        log.info("complaints_swept", overdue=swept.overdue, closed=swept.closed)


async def purge(_context: Context) -> None:
    """Forget what was done long ago."""
    moment = clock.now()
    log.info(
        "purged",
        events=await outbox.purge(moment),
        notices=await notices.purge(moment),
        sign_ins=await identity.purge(moment),
        deliveries=await partners.purge(moment),
        strikes=await appointments.purge(moment),
    )


def coroutine(job: Callable[[Context], Awaitable[None]]) -> WorkerCoroutine:
    """A job as arq types it: with arguments that ours do without."""
    return cast("WorkerCoroutine", job)


def timetable() -> Sequence[CronJob]:
    """The jobs, each with its time in Asia/Shanghai."""
    return (
        cron(coroutine(seal_audit), second=10),
        cron(coroutine(release_expired_holds), second=40),
        cron(coroutine(forget_drafts), minute={3, 33}, run_at_startup=True),
        cron(coroutine(offer_seats), second={5, 35}),
        cron(coroutine(remind), second=20),
        cron(coroutine(generate_slots), minute=5, run_at_startup=True),
        cron(coroutine(close_days), hour=0, minute=15, run_at_startup=True),
        cron(coroutine(send_nudges), second={5, 20, 35, 50}),
        cron(coroutine(sweep_complaints), minute={10, 40}, run_at_startup=True),
        cron(coroutine(purge), hour=3, minute=20),
        cron(coroutine(check_audit), hour=4, minute=10),
    )
