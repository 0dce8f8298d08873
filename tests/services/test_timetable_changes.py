"""Changing schedules and exceptions: the preview, what it promises, and doing exactly that."""

from datetime import date, time, timedelta

import pytest

from services import appointments, catalog
from services.appointments import (
    AddSchedule,
    ApplyChange,
    CannotKeep,
    ChangeSchedule,
    ChangeSeats,
    CopySchedules,
    EndSchedule,
    PreviewOutdated,
    ScheduleOverlaps,
    ScheduleUnknown,
    ScheduleWrong,
    SpecialHours,
    Treatment,
)
from services.catalog import Line
from services.kernel import database
from services.kernel.clock import to_local
from services.kernel.errors import Forbidden, InvalidInput
from tests.bookings import (
    NOW,
    OFFICE,
    TODAY,
    TOMORROW,
    booked,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.closures import NOTE, administrator, applied, closing, outcomes, supervisor, work_off
from tests.harness.digest import digest

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

TUESDAY = 2


async def tuesdays() -> appointments.Schedule:
    found = await appointments.schedules_of(OFFICE, TODAY)
    return next(one for one in found if one.weekday == TUESDAY)


async def fewer_seats(seats: int) -> ChangeSchedule:
    one = await tuesdays()
    return ChangeSchedule(
        office_code=OFFICE,
        schedule_id=one.id,
        from_day=TODAY,
        starts=one.starts,
        ends=one.ends,
        slot_minutes=one.slot_minutes,
        seats=seats,
    )


async def hours(day: date = TOMORROW) -> list[tuple[time, int]]:
    return [(to_local(one.starts_at).time(), one.capacity) for one in await slots(day)]


async def test_a_preview_leaves_nothing_behind() -> None:
    await open_hall()
    admin = await administrator()
    before = await digest()
    shown = await appointments.preview_change(admin, closing(), NOW)
    assert [one.slots_closed for one in shown.effects] == [2]
    assert await digest() == before


async def test_what_was_not_shown_is_not_done() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    admin = await administrator()
    shown = await appointments.preview_change(admin, closing(), NOW)
    await booked(await named(), two.id)
    command = ApplyChange(change=closing(), digest=shown.digest)
    with pytest.raises(PreviewOutdated):
        await appointments.apply_change(admin, command, NOW)
    assert len(await slots(TOMORROW)) == 2
    again = await appointments.preview_change(admin, closing(), NOW)
    assert len(again.hits) == 1
    await appointments.apply_change(admin, ApplyChange(change=closing(), digest=again.digest), NOW)
    assert await slots(TOMORROW) == []


async def test_fewer_seats_take_free_ones_first() -> None:
    await open_hall(seats=3)
    [two, _] = await slots(TOMORROW)
    await booked(await named(), two.id)
    shown = await applied(await administrator(), await fewer_seats(1))
    assert shown.hits == ()
    assert {one.seats_removed for one in shown.effects} == {4}
    assert await hours() == [(time(14), 1), (time(15), 1)]
    assert sorted(await seat_states(two.id)) == ["booked", "withdrawn", "withdrawn"]


async def test_who_is_to_keep_their_seat_keeps_it_and_nobody_gets_it_after_them() -> None:
    await open_hall(seats=3)
    [two, _] = await slots(TOMORROW)
    people = [await named() for _ in range(3)]
    made = [
        await booked(one, two.id, now=NOW + timedelta(minutes=n)) for n, one in enumerate(people)
    ]
    admin = await administrator()
    later = NOW + timedelta(minutes=9)
    shown = await applied(admin, await fewer_seats(1), later, Treatment.KEEP)
    assert [hit.reference for hit in shown.hits] == [one.reference for one in made[1:]]
    assert shown.keepable
    assert await outcomes() == []
    assert await hours() == [(time(14), 3), (time(15), 1)]
    # The next generation asks nobody again.
    await appointments.generate_slots(later)
    assert await outcomes() == []
    await appointments.cancel(people[2], made[2].reference, later)
    assert await hours() == [(time(14), 2), (time(15), 1)]
    # More seats again: whoever was to leave may stay.
    await applied(admin, await fewer_seats(2), later)
    assert (await seat_states(two.id)).count("booked") == 2


async def test_nobody_keeps_a_time_at_closed_doors() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await booked(await named(), two.id)
    with pytest.raises(CannotKeep):
        await applied(await administrator(), closing(), treatment=Treatment.KEEP)
    assert len(await slots(TOMORROW)) == 2


async def test_other_slots_take_the_place_of_the_old_ones() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await booked(await named(), two.id)
    one = await tuesdays()
    command = ChangeSchedule(
        office_code=OFFICE,
        schedule_id=one.id,
        from_day=TOMORROW,
        starts=time(13, 30),
        ends=time(16),
        slot_minutes=30,
        seats=1,
    )
    await applied(await administrator(), command)
    assert [found for found, _ in await hours()] == [
        time(13, 30),
        time(14),
        time(14, 30),
        time(15),
        time(15, 30),
    ]
    await work_off()
    [row] = await database.fetch("SELECT starts_at FROM appointment")
    assert to_local(row["starts_at"]).time() == time(14)


async def test_a_change_keeps_what_held_before_it() -> None:
    await open_hall()
    next_week = TOMORROW + timedelta(days=7)
    old = await tuesdays()
    command = await fewer_seats(1)
    changed = ChangeSchedule(
        **{name: getattr(command, name) for name in command.__struct_fields__}
        | {"from_day": next_week}
    )
    await applied(await administrator(), changed)
    found = [
        one for one in await appointments.schedules_of(OFFICE, TODAY) if one.weekday == TUESDAY
    ]
    assert [(one.valid_from, one.valid_until, one.seats) for one in found] == [
        (old.valid_from, next_week - timedelta(days=1), 2),
        (next_week, None, 1),
    ]


async def test_ending_and_taking_back() -> None:
    await open_hall()
    admin, one = await administrator(), await tuesdays()
    end = EndSchedule(office_code=OFFICE, schedule_id=one.id, last_day=TODAY)
    shown = await applied(admin, end)
    assert {effect.slots_closed for effect in shown.effects} == {2}
    assert await hours() == []
    never = EndSchedule(office_code=OFFICE, schedule_id=one.id, last_day=date(2020, 1, 1))
    await applied(admin, never)
    with pytest.raises(ScheduleUnknown):
        await appointments.schedule(OFFICE, one.id)


async def test_copying_to_other_weekdays_lines_and_halls() -> None:
    await open_hall()
    admin = await administrator()
    copy = CopySchedules(
        office_code=OFFICE,
        line=Line.HOUSEHOLD,
        weekday=TUESDAY,
        valid_from=TODAY,
        to_offices=(OFFICE, "donge"),
        to_lines=(Line.HOUSEHOLD, Line.VEHICLE),
        to_weekdays=(2, 3),
    )
    shown = await applied(admin, copy)
    assert {one.office_code for one in shown.effects} == {OFFICE, "donge"}
    theirs = await appointments.schedules_of("donge", TODAY)
    assert {(one.line, one.weekday, one.seats) for one in theirs} == {
        (line, weekday, 2) for line in (Line.HOUSEHOLD, Line.VEHICLE) for weekday in (2, 3)
    }
    with pytest.raises(Forbidden):
        await appointments.preview_change(await supervisor(), copy, NOW)


async def test_more_seats_and_special_hours_for_a_day() -> None:
    await open_hall()
    admin = await administrator()
    more = ChangeSeats(
        office_code=OFFICE,
        line=Line.HOUSEHOLD,
        first_day=TOMORROW,
        last_day=TOMORROW,
        ends=time(15),
        seats_change=3,
        note=NOTE,
    )
    shown = await applied(admin, more)
    assert [one.seats_added for one in shown.effects] == [3]
    assert await hours() == [(time(14), 5), (time(15), 2)]
    saturday = date(2025, 7, 12)
    special = SpecialHours(
        office_code=OFFICE,
        line=Line.HOUSEHOLD,
        first_day=saturday,
        last_day=saturday,
        starts=time(13),
        ends=time(15),
        slot_minutes=60,
        seats=4,
        note=NOTE,
        open_doors=True,
    )
    await applied(admin, special)
    assert await hours(saturday) == [(time(13), 4), (time(14), 4)]
    assert await catalog.opening_periods(OFFICE, saturday) == (
        catalog.Period(time(9), time(12)),
        catalog.Period(time(13), time(15)),
    )
    [found, _] = await appointments.exceptions_between(OFFICE, TODAY, saturday)
    await applied(admin, appointments.Reopen(office_code=OFFICE, exception_id=found.id))
    assert await hours() == [(time(14), 2), (time(15), 2)]


async def test_refusals_are_those_of_the_change() -> None:
    await open_hall()
    admin = await administrator()
    overlapping = AddSchedule(
        office_code=OFFICE,
        line=Line.HOUSEHOLD,
        weekday=TUESDAY,
        starts=time(15, 30),
        ends=time(17),
        slot_minutes=30,
        seats=1,
        valid_from=TODAY,
    )
    with pytest.raises(ScheduleOverlaps):
        await appointments.preview_change(admin, overlapping, NOW)
    with pytest.raises(ScheduleWrong):
        await appointments.preview_change(admin, await fewer_seats(0), NOW)
    backwards = closing()
    wrong = appointments.Close(
        office_code=OFFICE, first_day=TOMORROW, last_day=TODAY, note=backwards.note
    )
    with pytest.raises(InvalidInput):
        await appointments.preview_change(admin, wrong, NOW)


async def test_a_holiday_for_the_whole_city() -> None:
    await open_hall()
    await open_hall(office_code="donge")
    command = catalog.SetCalendarDay(day=TOMORROW, working=False, note="国办发明电")
    shown = await applied(await administrator(), command)
    closed = {(one.office_code, one.slots_closed) for one in shown.effects if one.day == TOMORROW}
    assert closed == {(OFFICE, 2), ("donge", 2)}
    assert await hours() == []


async def test_slots_into_which_nothing_fits_are_warned_of_and_may_be_made() -> None:
    await open_hall()
    admin = await administrator()
    one = await tuesdays()
    short = ChangeSchedule(
        office_code=OFFICE,
        schedule_id=one.id,
        from_day=TODAY,
        starts=one.starts,
        ends=one.ends,
        slot_minutes=5,
        seats=2,
    )
    quickest = min(
        (item for item in await catalog.items() if item.line is one.line and item.bookable),
        key=lambda item: item.minutes,
    )
    assert (await appointments.preview_change(admin, await fewer_seats(1), NOW)).short == ()
    shown = await applied(admin, short)
    [warned] = shown.short
    assert (warned.line, warned.slot_minutes) == (one.line, 5)
    assert warned.quickest.minutes == quickest.minutes > 5
    copied = CopySchedules(
        office_code=OFFICE,
        line=one.line,
        weekday=TUESDAY,
        valid_from=TODAY,
        to_offices=(OFFICE,),
        to_lines=(Line.VEHICLE,),
        to_weekdays=(1,),
    )
    shown = await appointments.preview_change(admin, copied, NOW)
    assert {(each.line, each.slot_minutes) for each in shown.short} == {(Line.VEHICLE, 5)}
