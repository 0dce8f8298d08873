"""Slots: made ahead, shown, and kept in step with rules, calendar and hours."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from services import appointments, catalog
from services.appointments import (
    Book,
    Rule,
    ScheduleOverlaps,
    ScheduleWrong,
    Share,
    TooLateToBook,
)
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import SYSTEM, Actor, ActorKind, RoleAt
from services.kernel.clock import to_local
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OFFICE,
    TODAY,
    TOMORROW,
    booked,
    keep_rule,
    named,
    open_hall,
    slots,
)

pytestmark = pytest.mark.usefixtures("catalogue", "redis")


ADMINISTRATOR = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("administrator"),))


async def count() -> int:
    return int(await database.fetchval("SELECT count(*) FROM slot"))


async def close(day: date) -> None:
    await catalog.set_opening_exception(
        ADMINISTRATOR,
        catalog.SetOpeningException(
            office_code=OFFICE, day=day, note=catalog.Text("停电", "Power cut"), periods=()
        ),
        NOW,
    )


class TestGeneration:
    async def test_local_times_become_moments(self) -> None:
        await open_hall()
        first, second = await slots(TOMORROW)
        assert first.starts_at == datetime(2025, 7, 8, 6, tzinfo=UTC)
        assert first.ends_at == second.starts_at == datetime(2025, 7, 8, 7, tzinfo=UTC)
        assert (first.capacity, first.left) == (2, 2)

    async def test_as_often_as_one_likes(self) -> None:
        await open_hall()
        before = await count()
        assert await appointments.generate_slots(NOW) == 0
        assert await count() == before
        made_next_day = await appointments.generate_slots(NOW + timedelta(days=1))
        assert made_next_day == 2

    async def test_five_working_days_are_released_and_two_more_shown(self) -> None:
        await open_hall()
        shown = await appointments.availability(OFFICE, ITEM, TODAY, date(2025, 8, 1), NOW)
        released = {to_local(one.starts_at).date() for one in shown if one.released_at <= NOW}
        waiting = {to_local(one.starts_at).date() for one in shown if one.released_at > NOW}
        assert max(released) == date(2025, 7, 14)
        assert waiting == {date(2025, 7, 15), date(2025, 7, 16)}
        assert {to_local(one.released_at) for one in shown if one.starts_at.day == 15} == {
            to_local(datetime(2025, 7, 8, 0, tzinfo=UTC))
        }

    async def test_nothing_in_the_lunch_break_or_on_closed_days(self) -> None:
        await open_hall(starts=time(8), ends=time(18))
        found = await slots(TOMORROW)
        hours = {to_local(one.starts_at).hour for one in found}
        assert hours == {9, 10, 11, 13, 14, 15, 16}
        assert await slots(date(2025, 7, 12)) == []

    async def test_a_worked_saturday_keeps_mondays_schedule(self) -> None:
        now = datetime(2025, 10, 9, 1, tzinfo=UTC)
        await open_hall(now, office_code="donge")
        made_up = await slots(date(2025, 10, 11), now=now, office_code="donge")
        assert len(made_up) == 2

    async def test_a_day_that_closes_later_takes_its_slots_along_and_back(self) -> None:
        await open_hall()
        await close(TOMORROW)
        await appointments.generate_slots(NOW)
        assert await slots(TOMORROW) == []
        async with unit_of_work() as uow:
            await uow.execute("DELETE FROM exception_period")
            await uow.execute("DELETE FROM opening_exception WHERE day = $1", TOMORROW)
        await appointments.generate_slots(NOW)
        assert len(await slots(TOMORROW)) == 2

    async def test_the_release_follows_a_changed_rule(self) -> None:
        await open_hall()
        await keep_rule(Rule(days_ahead=1, release_at=time(12)), office_code=OFFICE)
        await appointments.generate_slots(NOW)
        [first, _] = await slots(TOMORROW)
        assert to_local(first.released_at) == to_local(datetime(2025, 7, 7, 4, tzinfo=UTC))

    async def test_a_changed_schedule_adds_no_capacity_beside_a_slot(self) -> None:
        await open_hall()
        async with unit_of_work() as uow:
            await uow.execute("UPDATE schedule SET starts = '14:30', slot_minutes = 60")
        await appointments.generate_slots(NOW)
        assert [to_local(one.starts_at).time() for one in await slots(TOMORROW)] == [time(14, 30)]


class TestAvailability:
    async def test_kept_seats_are_for_those_they_are_kept_for(self) -> None:
        await open_hall(seats=5, kept_telephone=1, kept_green_channel=1, kept_on_site=1)
        [online, _] = await slots()
        assert (online.capacity, online.left) == (2, 2)
        [by_telephone, _] = await appointments.availability(
            OFFICE, ITEM, TOMORROW, TOMORROW, NOW, share=Share.TELEPHONE
        )
        assert (by_telephone.capacity, by_telephone.left) == (3, 3)

    async def test_what_has_begun_is_gone(self) -> None:
        await open_hall()
        await keep_rule(Rule(days_before=0))
        later = datetime(2025, 7, 8, 6, tzinfo=UTC)
        assert len(await slots(TOMORROW, now=later)) == 1

    async def test_the_day_itself_is_for_the_halls_staff(self) -> None:
        await open_hall(kept_telephone=1)
        assert await slots(TODAY) == []
        assert len(await slots(TOMORROW)) == 2
        by_telephone = await appointments.availability(
            OFFICE, ITEM, TODAY, TODAY, NOW, share=Share.TELEPHONE
        )
        assert [one.left for one in by_telephone] == [2, 2]
        with pytest.raises(TooLateToBook) as refused:
            await booked(await named(), by_telephone[0].id)
        assert refused.value.data == {"first_day": TOMORROW}
        person = await named()
        made = await appointments.book(
            CLERK, Book(item_code=ITEM, slot_id=by_telephone[0].id, person_id=person.id), NOW
        )
        assert made.starts_at.date() == TODAY

    async def test_a_hall_may_take_bookings_for_the_same_day(self) -> None:
        await open_hall()
        await open_hall(office_code="donge")
        await keep_rule(Rule(days_before=0), office_code="donge")
        found = await appointments.next_free(ITEM, NOW)
        assert to_local(found[OFFICE].starts_at).date() == TOMORROW
        assert to_local(found["donge"].starts_at).date() == TODAY

    async def test_the_next_free_time_of_each_office(self) -> None:
        await open_hall()
        await open_hall(office_code="donge", starts=time(9), ends=time(10))
        found = await appointments.next_free(ITEM, NOW)
        assert set(found) == {OFFICE, "donge"}
        assert to_local(found[OFFICE].starts_at) == to_local(datetime(2025, 7, 8, 6, tzinfo=UTC))
        assert to_local(found["donge"].starts_at).date() == TOMORROW

    async def test_unknown_codes(self) -> None:
        with pytest.raises(catalog.ItemUnknown):
            await slots(item_code="nothing")
        with pytest.raises(catalog.OfficeUnknown):
            await slots(office_code="nowhere")


class TestSchedules:
    async def test_two_may_not_overlap(self) -> None:
        await open_hall()
        with pytest.raises(ScheduleOverlaps):
            await open_hall(starts=time(15, 30), ends=time(17))
        await open_hall(starts=time(16), ends=time(17))

    async def test_figures_have_their_ranges(self) -> None:
        for wrong in ({"seats": 0}, {"kept_telephone": 3}, {"slot_minutes": 1}):
            with pytest.raises(ScheduleWrong):
                await open_hall(**wrong)  # type: ignore[arg-type]  # each key is an int option
        with pytest.raises(ScheduleWrong):
            await open_hall(starts=time(16), ends=time(14))

    async def test_the_office_must_serve_the_line(self) -> None:
        async with unit_of_work() as uow:
            await uow.execute("DELETE FROM window_line WHERE line = 'firm'")
        with pytest.raises(ScheduleWrong):
            await open_hall(line=Line.FIRM)

    async def test_clerks_do_not_write_schedules(self) -> None:
        command = appointments.AddSchedule(
            office_code=OFFICE,
            line=Line.HOUSEHOLD,
            weekday=1,
            starts=time(9),
            ends=time(10),
            slot_minutes=30,
            seats=1,
            valid_from=TODAY,
        )
        with pytest.raises(Forbidden):
            await appointments.add_schedule(CLERK, command, NOW)
        await appointments.add_schedule(SYSTEM, command, NOW)
