"""What is told about the wait, from a hall's own records."""

from datetime import timedelta

import pytest

from services import queue
from services.kernel.actor import Actor
from services.queue import Estimate, PauseReason, Unknown
from tests.queues import MORNING, clerk, later, open_morning, seated, walk_in, windows

pytestmark = pytest.mark.usefixtures("database", "redis")

VISITS = 12
MINUTES_EACH = 5


@pytest.fixture(autouse=True)
async def hall(database: object, redis: object) -> None:
    del database, redis
    await open_morning()


async def told(actor: Actor, *, ahead: int) -> Estimate:
    """What the last of some people who have just come is told."""
    for _ in range(ahead):
        await walk_in(actor, later(0))
    last = await walk_in(actor, later(0))
    return (await queue.estimates(last.office_code, later(0)))[last.id]


async def yesterday(actor: Actor) -> None:
    """A day on which each visit took the same time."""
    start = MORNING - timedelta(days=1)
    for visit in range(VISITS):
        moment = start + timedelta(minutes=MINUTES_EACH * visit)
        ticket = await walk_in(actor, moment)
        window = (await windows())[0]
        await queue.call_next(actor, window.id, moment)
        await queue.start(actor, ticket.id, moment)
        await queue.finish(actor, ticket.id, moment + timedelta(minutes=MINUTES_EACH))


async def test_without_history_or_window_it_says_why() -> None:
    assert (await told(await clerk(), ahead=0)).unknown is Unknown.NO_WINDOW
    actor = await seated((await windows())[0])
    assert (await told(actor, ahead=0)).unknown is Unknown.TOO_LITTLE_DATA


async def test_it_follows_from_what_this_hall_took_and_leaves_paused_windows_out() -> None:
    window = (await windows())[0]
    actor = await seated(window, now=MORNING - timedelta(days=1))
    await yesterday(actor)
    found = await told(actor, ahead=4)
    assert found.minutes == 4 * MINUTES_EACH
    ten = timedelta(minutes=10)
    pause = queue.TakeBreak(window_id=window.id, reason=PauseReason.REST, length=ten)
    await queue.take_break(actor, pause, later(0))
    assert (await told(actor, ahead=0)).unknown is Unknown.NO_WINDOW
