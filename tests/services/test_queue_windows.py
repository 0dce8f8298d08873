"""Breaks, closed windows, and windows that a supervisor moves between lines."""

from datetime import timedelta

import pytest

from services import queue
from services.catalog import Line, Window
from services.kernel.actor import Actor
from services.kernel.errors import Forbidden
from services.queue import MoveWindow, PauseReason, TakeBreak, Until
from tests.queues import MORNING, clerk, later, open_morning, seated, walk_in, windows

pytestmark = pytest.mark.usefixtures("database", "redis")
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
async def hall(database: None) -> None:
    """A hall that is open."""
    del database
    await open_morning()


async def supervisor() -> Actor:
    return await clerk(role="supervisor")


def rest(window: Window, length: timedelta = TEN_MINUTES) -> TakeBreak:
    return TakeBreak(window_id=window.id, reason=PauseReason.REST, length=length)


async def test_a_window_on_a_break_calls_nobody() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    pause = await queue.take_break(actor, rest(window), later(1))
    assert pause.until == later(11)
    assert (await queue.pauses(window.office_code))[window.id] == pause
    with pytest.raises(queue.WindowPaused):
        await queue.call_next(actor, window.id, later(2))
    with pytest.raises(queue.WindowPausedAlready):
        await queue.take_break(actor, rest(window), later(2))
    await queue.go_on(actor, window.id, later(12))
    with pytest.raises(queue.NotPaused):
        await queue.go_on(actor, window.id, later(12))
    called = await queue.call_next(actor, window.id, later(12))
    assert called is not None
    assert called.id == ticket.id
    with pytest.raises(queue.WindowBusy):
        await queue.take_break(actor, rest(window), later(13))


@pytest.mark.parametrize("minutes", [0, -5, 121])
async def test_a_break_has_an_end_within_reason(minutes: int) -> None:
    window = (await windows())[0]
    actor = await seated(window)
    with pytest.raises(queue.BreakTooLong):
        await queue.take_break(actor, rest(window, timedelta(minutes=minutes)), later(1))


async def test_a_break_ends_with_the_sitting() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    await queue.take_break(actor, rest(window), later(1))
    await queue.leave(actor, window.id, later(2))
    assert await queue.pauses(window.office_code) == {}


async def test_a_closed_window_stays_closed_until_a_supervisor_opens_it() -> None:
    window = (await windows())[0]
    actor, boss = await seated(window), await supervisor()
    with pytest.raises(Forbidden):
        await queue.close_window(actor, window.id, later(1))
    await queue.close_window(boss, window.id, later(1))
    with pytest.raises(queue.WindowClosed):
        await queue.sit_down(actor, window.id, later(2))
    with pytest.raises(queue.NotAtWindow):
        await queue.go_on(actor, window.id, later(2))
    await queue.go_on(boss, window.id, later(3))
    await queue.sit_down(actor, window.id, later(4))


async def test_a_moved_window_calls_from_its_new_lines() -> None:
    window = next(one for one in await windows() if Line.VEHICLE not in one.lines)
    actor, boss = await seated(window), await supervisor()
    car = await walk_in(actor, line=Line.VEHICLE)
    assert await queue.call_next(actor, window.id, later(1)) is None
    command = MoveWindow(window_id=window.id, lines=(Line.VEHICLE,))
    assert (await queue.move_window(boss, command, later(1))).lines == (Line.VEHICLE,)
    called = await queue.call_next(actor, window.id, later(2))
    assert called is not None
    assert called.id == car.id
    tomorrow = later(24 * 60)
    assert await queue.moved_windows(window.office_code, tomorrow) == {}
    await queue.move_window(
        boss, MoveWindow(window_id=window.id, lines=(Line.FIRM,), until=Until.CHANGED), later(3)
    )
    assert (await queue.moved_windows(window.office_code, tomorrow))[window.id].lines == (
        Line.FIRM,
    )
    back = MoveWindow(window_id=window.id, lines=())
    assert (await queue.move_window(boss, back, later(4))).lines == window.lines


async def test_no_line_with_people_in_it_is_left_without_a_window() -> None:
    boss = await supervisor()
    household = await windows()
    await walk_in(boss)
    for window in household[:-1]:
        command = MoveWindow(window_id=window.id, lines=(Line.VEHICLE,))
        await queue.move_window(boss, command, MORNING)
    last = MoveWindow(window_id=household[-1].id, lines=(Line.VEHICLE,))
    with pytest.raises(queue.LineLeftAlone):
        await queue.move_window(boss, last, MORNING)


async def test_only_a_supervisor_moves_windows() -> None:
    window = (await windows())[0]
    with pytest.raises(Forbidden):
        await queue.move_window(
            await seated(window), MoveWindow(window_id=window.id, lines=(Line.FIRM,)), MORNING
        )
