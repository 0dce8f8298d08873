"""Open or closed, worked or not, with what administrators entered."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services import catalog
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.clock import FixedClock, local_moment
from services.kernel.ids import new_id

pytestmark = pytest.mark.usefixtures("catalogue")

ADMINISTRATOR = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("administrator"),))
MORNING = catalog.Period(time(8, 30), time(11, 30))
AFTERNOON = catalog.Period(time(13, 30), time(17))


async def enter(day: date, clock: FixedClock, *, working: bool | None) -> None:
    command = catalog.SetCalendarDay(day=day, working=working, note="国办发明电")
    await catalog.set_calendar_day(ADMINISTRATOR, command, clock.now())


async def test_a_working_day_has_a_lunch_break() -> None:
    assert await catalog.opening_periods("donge", date(2025, 7, 7)) == (MORNING, AFTERNOON)


async def test_weekends_and_holidays() -> None:
    saturday = catalog.Period(time(9), time(12))
    assert await catalog.opening_periods("dongchangfu", date(2025, 7, 12)) == (saturday,)
    assert await catalog.opening_periods("donge", date(2025, 7, 12)) == ()
    assert await catalog.opening_periods("dongchangfu", date(2025, 10, 1)) == ()
    assert await catalog.opening_periods("donge", date(2025, 10, 11)) == (MORNING, AFTERNOON)


async def test_an_exception_of_the_files() -> None:
    assert await catalog.opening_periods("donge", date(2026, 12, 31)) == (MORNING,)


async def test_an_administrators_day_changes_hours_and_limits(clock: FixedClock) -> None:
    monday, tuesday = date(2025, 7, 14), date(2025, 7, 15)
    assert await catalog.add_working_days(date(2025, 7, 11), 1) == monday
    await enter(monday, clock, working=False)
    assert not await catalog.working_day(monday)
    assert await catalog.opening_periods("donge", monday) == ()
    assert await catalog.add_working_days(date(2025, 7, 11), 1) == tuesday
    assert (await catalog.working_days_ahead(date(2025, 7, 11), 3))[0] == tuesday
    await enter(monday, clock, working=None)
    assert await catalog.working_day(monday)


async def test_an_entered_make_up_day_opens_the_doors(clock: FixedClock) -> None:
    sunday = date(2025, 7, 13)
    await enter(sunday, clock, working=True)
    assert await catalog.opening_periods("donge", sunday) == (MORNING, AFTERNOON)


async def test_all_offices_at_one_moment() -> None:
    noon = datetime(2025, 7, 7, 12, 15, tzinfo=UTC) - timedelta(hours=8)
    openings = await catalog.openings(noon)
    assert len(openings) == 8
    assert openings["donge"].opens_at == local_moment(date(2025, 7, 7), time(13, 30))
    early = await catalog.openings(noon - timedelta(hours=2))
    assert early["dongchangfu"].closes_at == time(12)


async def test_a_closed_office_says_when_it_opens_again() -> None:
    before_the_national_holiday = local_moment(date(2025, 9, 30), time(18))
    openings = await catalog.openings(before_the_national_holiday)
    assert {opening.opens_at for opening in openings.values()} == {
        local_moment(date(2025, 10, 9), time(8, 30))
    }
