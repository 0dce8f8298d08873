"""The supervisor's overview: who may see and change it, and what its forms do."""

import httpx
import pytest

from services import queue
from services.catalog import Line
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from tests.bookings import NOW, OFFICE
from tests.people import enrolled_staff, staff_actor
from tests.queues import (
    MORNING,
    OTHER_OFFICE,
    appointment,
    later,
    open_morning,
    seated,
    walk_in,
    windows,
)
from tests.web.visitor import Visitor

OVERVIEW = f"/desk/{OFFICE}/overview"


@pytest.fixture
async def visitor(
    client: httpx.AsyncClient, clock: FixedClock, request: pytest.FixtureRequest
) -> Visitor:
    """A supervisor of the office unless the test says otherwise."""
    await open_morning()
    role = getattr(request, "param", "supervisor")
    account = await enrolled_staff(NOW, RoleAt(role, OFFICE))
    clock.moment = MORNING
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


async def test_the_hall_at_one_glance(visitor: Visitor, clock: FixedClock) -> None:
    window, other = (await windows())[:2]
    clerk = await seated(window)
    await walk_in(clerk)
    await walk_in(clerk, priority=queue.Priority.URGENT)
    called = await queue.call_next(clerk, window.id, later(1))
    await appointment(9)
    booked = await appointment(10)
    rest = queue.TakeBreak(
        window_id=other.id, reason=queue.PauseReason.MEAL, length=queue.LONGEST_BREAK
    )
    await queue.take_break(await seated(other), rest, later(1))
    clock.moment = later(90)
    hall = await queue.overview(
        staff_actor(clerk.id or booked.id, RoleAt("supervisor", OFFICE)), OFFICE, later(90)
    )
    states = {one.window.id: one.state for one in hall.windows}
    assert states[window.id] is queue.WindowState.CALLING
    assert states[other.id] is queue.WindowState.PAUSED
    household = next(line for line in hall.lines if line.line is Line.HOUSEHOLD)
    assert (household.count, household.windows) == (1, 1)
    assert len(hall.late) == 1
    assert len(hall.long_waits) == 1
    assert sum(sum(one.people.values()) for one in hall.expected) == 1
    page = await visitor.get(OVERVIEW)
    assert called is not None
    assert called.number in page.text
    assert booked.reference not in page.text, "only who is late is named by reference"


async def test_a_window_is_moved_closed_and_opened_by_forms(visitor: Visitor) -> None:
    await visitor.get(OVERVIEW)
    one = f"{OVERVIEW}/windows/1"
    answer = await visitor.post(f"{one}/lines", lines="vehicle", until="day")
    assert answer.status_code == 303
    (moved,) = (await queue.moved_windows(OFFICE, later(1))).values()
    assert moved.lines == (Line.VEHICLE,)
    assert (await visitor.post(f"{one}/lines")).status_code == 303
    assert not await queue.moved_windows(OFFICE, later(1))
    assert (await visitor.post(f"{one}/close")).status_code == 303
    assert "窗口已关闭" in (await visitor.get(OVERVIEW)).text
    again = await visitor.post(f"{one}/close")
    assert again.status_code == 409
    assert "本窗口已暂停" in again.text.partition('id="said-1"')[2].partition("</div>\n</div>")[0]
    live = await visitor.get(f"{OVERVIEW}/now")
    assert 'id="said-1" hx-preserve="true"' in live.text, "the live refresh wipes nothing"
    assert "hx-preserve" not in again.text
    assert (await visitor.post(f"{one}/go-on")).status_code == 303
    assert (await visitor.post(f"{one}/lines", lines="cooking")).status_code == 422


@pytest.mark.parametrize(
    ("visitor", "reads"), [("administrator", True), ("clerk", False)], indirect=["visitor"]
)
async def test_only_a_supervisor_changes_the_hall(visitor: Visitor, *, reads: bool) -> None:
    page = await visitor.get(OVERVIEW)
    assert page.status_code == (200 if reads else 403)
    assert "/close" not in page.text
    await visitor.get("/staff")
    assert (await visitor.post(f"{OVERVIEW}/windows/1/close")).status_code == 403


async def test_the_overview_of_another_hall_is_not_shown(visitor: Visitor) -> None:
    assert (await visitor.get(f"/desk/{OTHER_OFFICE}/overview")).status_code == 403
