"""Closing, and what becomes of those who had booked."""

from datetime import time, timedelta

import pytest

from services import appointments, catalog
from services.appointments import (
    AppointmentStatus,
    ClosureStatus,
    ClosureUnknown,
    DisplacementStatus,
    SlotClosed,
    TooLateToChange,
    Treatment,
)
from services.catalog import Line
from services.kernel import database, leases
from services.kernel.clock import local_date, local_moment, to_local
from services.kernel.errors import Forbidden
from tests.bookings import (
    CLERK,
    NOW,
    OFFICE,
    TODAY,
    TOMORROW,
    VEHICLE_ITEM,
    booked,
    held,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.closures import (
    NOTE,
    administrator,
    applied,
    closing,
    outcomes,
    supervisor,
    work_off,
)

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

WEDNESDAY = TOMORROW + timedelta(days=1)
MINUTE = timedelta(minutes=1)
HIGHEST = 2**31 - 1


async def topics(like: str = "appointments.%by_hall") -> list[str]:
    rows = await database.fetch(
        "SELECT topic FROM outbox_event WHERE topic LIKE $1 ORDER BY id", like
    )
    return [row["topic"] for row in rows]


async def test_everybody_gets_the_same_time_on_the_next_day_in_the_order_of_booking() -> None:
    await open_hall()  # 14:00 and 15:00, two seats each
    [two, _] = await slots(TOMORROW)
    [_, three] = await slots(WEDNESDAY)
    people = [await named() for _ in range(4)]
    await booked(people[0], three.id, now=NOW)
    last, first = [
        await booked(people[number], two.id, now=NOW + minutes * MINUTE)
        for number, minutes in ((1, 5), (2, 3))
    ]
    [early, _] = await slots(WEDNESDAY)
    await booked(people[3], early.id, now=NOW)

    shown = await applied(await administrator(), closing(), NOW + 9 * MINUTE)
    assert [hit.reference for hit in shown.hits] == [first.reference, last.reference]
    assert {(one.day, one.slots_closed, one.seats_removed) for one in shown.effects} == {
        (TOMORROW, 2, 4)
    }
    assert await slots(TOMORROW) == []
    assert await seat_states(two.id) == ["booked", "booked"]

    assert await work_off(NOW + 9 * MINUTE) == 3
    moved = [await appointments.appointment(one.id) for one in (first, last)]
    # One seat was left at two o'clock on Wednesday: whoever booked first has it.
    assert [(to_local(one.starts_at).hour, local_date(one.starts_at)) for one in moved] == [
        (14, WEDNESDAY),
        (15, WEDNESDAY),
    ]
    assert [one.sequence for one in moved] == [1, 1]
    assert await seat_states(two.id) == ["withdrawn", "withdrawn"]
    assert await topics() == [appointments.MOVED_BY_HALL] * 2
    assert await work_off(NOW + 9 * MINUTE) == 0


async def test_without_room_it_is_cancelled_and_another_time_may_be_chosen() -> None:
    await open_hall(seats=1)
    [two, _] = await slots(TOMORROW)
    made = await booked(await named(), two.id)
    await applied(await administrator(), closing(), treatment=Treatment.NOTIFY)
    await work_off()
    found = await appointments.appointment(made.id)
    assert found.status is AppointmentStatus.CANCELLED
    assert await topics() == [appointments.CANCELLED_BY_HALL]
    told = await appointments.displacement(made.id)
    assert told is not None
    assert told.note == NOTE
    assert told.priority_until == NOW + timedelta(days=14)


async def test_whoever_acted_meanwhile_is_left_alone() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    [_, later] = await slots(WEDNESDAY)
    cancels, moves = await named(), await named()
    gone = await booked(cancels, two.id)
    moved = await booked(moves, two.id)
    await applied(await administrator(), closing())
    await appointments.cancel(cancels, gone.reference, NOW)
    await appointments.reschedule(moves, moved.reference, later.id, NOW)
    await work_off()
    assert await outcomes() == [DisplacementStatus.SETTLED] * 2
    assert (await appointments.appointment(moved.id)).slot_id == later.id
    assert await topics() == []
    assert await seat_states(two.id) == ["withdrawn", "withdrawn"]


async def test_nobody_is_bound_to_a_time_that_they_did_not_choose() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    citizen = await named()
    made = await booked(citizen, two.id)
    await applied(await administrator(), closing())
    await work_off()
    moved = await appointments.appointment(made.id)
    assert await appointments.change_until(moved) == moved.starts_at
    shortly_before = moved.starts_at - MINUTE
    next_day = local_date(moved.starts_at) + timedelta(days=1)
    [_, next_] = await slots(next_day, now=shortly_before)
    again = await appointments.reschedule(citizen, moved.reference, next_.id, shortly_before)
    # What they have chosen themselves binds them as ever.
    with pytest.raises(TooLateToChange):
        await appointments.cancel(citizen, again.reference, again.starts_at - MINUTE)


async def test_one_that_breaks_is_left_to_a_person_and_the_others_go_on() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    broken, fine = [await booked(await named(), two.id) for _ in range(2)]
    # Its count of changes cannot grow, so that no move can be written.
    await database.fetchval(
        "UPDATE appointment SET sequence = $2 WHERE id = $1", broken.id, HIGHEST
    )
    admin = await administrator()
    await applied(admin, closing())
    await work_off()
    assert sorted(await outcomes()) == [DisplacementStatus.MOVED, DisplacementStatus.STUCK]
    [found] = await appointments.closures_at(admin, OFFICE)
    assert found.status is ClosureStatus.DONE
    assert found.counts[DisplacementStatus.STUCK] == 1
    assert (await appointments.appointment(broken.id)).slot_id == two.id
    assert (await appointments.appointment(fine.id)).slot_id != two.id
    assert await topics() == [appointments.MOVED_BY_HALL]


async def test_a_failed_try_says_when_the_next_is() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await booked(await named(), two.id)
    admin = await administrator()
    await applied(admin, closing())
    [found] = await appointments.closures_at(admin, OFFICE)
    assert await appointments.next_try(admin, found.id) is None
    [event] = await leases.claim([appointments.CLOSURE_DUE], NOW, 1)
    await leases.fail(event, "unavailable", NOW)
    assert await appointments.next_try(admin, found.id) == NOW + leases.FIRST_RETRY


async def test_a_part_of_the_day() -> None:
    await open_hall()
    [two, three] = await slots(TOMORROW)
    stays, goes = await named(), await named()
    await booked(stays, two.id)
    await booked(goes, three.id)
    shown = await applied(await administrator(), closing(starts=time(15), ends=time(17)))
    assert len(shown.hits) == 1
    assert [one.id for one in await slots(TOMORROW)] == [two.id]
    assert (await catalog.opening_periods(OFFICE, TOMORROW))[-1].closes == time(15)
    await work_off()
    assert await outcomes() == [DisplacementStatus.MOVED]


async def test_holds_end_and_say_why() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    citizen = await named()
    kept = await held(citizen, two.id)
    await applied(await administrator(), closing())
    with pytest.raises(SlotClosed):
        await appointments.held_seat(citizen, kept.id, NOW)
    with pytest.raises(SlotClosed):
        await booked(await named(), two.id)
    assert await seat_states(two.id) == ["withdrawn", "withdrawn"]


async def test_one_line_and_one_windows_share() -> None:
    await open_hall(seats=6)
    await open_hall(line=Line.VEHICLE)
    household = [
        window for window in await catalog.office_windows(OFFICE) if Line.HOUSEHOLD in window.lines
    ]
    day = {"office_code": OFFICE, "first_day": TOMORROW, "last_day": TOMORROW, "note": NOTE}
    admin = await administrator()
    share = appointments.Close(**day, window_id=household[0].id)  # type: ignore[arg-type]  # by name
    await applied(admin, share)
    left = 6 * (len(household) - 1) // len(household)
    assert [one.capacity for one in await slots(TOMORROW)] == [left, left]
    line = appointments.Close(**day, line=Line.VEHICLE)  # type: ignore[arg-type]  # by name
    await applied(admin, line)
    assert await slots(TOMORROW, item_code=VEHICLE_ITEM) == []
    assert len(await slots(TOMORROW)) == 2
    with pytest.raises(appointments.ExceptionOverlaps):
        await appointments.preview_change(admin, line, NOW)


async def test_a_day_that_opens_again_keeps_those_who_are_still_there() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    made = await booked(await named(), two.id)
    admin = await administrator()
    await applied(admin, closing())
    again = appointments.Reopen(office_code=OFFICE, day=TOMORROW)
    shown = await applied(admin, again)
    assert shown.hits == ()
    assert [one.left for one in await slots(TOMORROW)] == [1, 2]
    await work_off()
    assert await outcomes() == [DisplacementStatus.SETTLED]
    assert (await appointments.appointment(made.id)).slot_id == two.id


async def test_supervisors_close_their_own_hall_and_no_other() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await booked(await named(), two.id)
    with pytest.raises(Forbidden):
        await appointments.preview_change(await supervisor("donge"), closing(), NOW)
    with pytest.raises(Forbidden):
        await appointments.preview_change(CLERK, closing(), NOW)
    own = await supervisor()
    await applied(own, closing())
    [found] = await appointments.closures_at(own, OFFICE)
    assert (found.total, found.handled, found.note) == (1, 0, NOTE)
    await work_off()
    found = await appointments.closure(own, found.id)
    assert (found.handled, found.status) == (1, ClosureStatus.DONE)
    [case] = await appointments.cases(own, found.id)
    assert case.to_starts_at == local_moment(TOMORROW, time(14)) + timedelta(days=1)
    with pytest.raises(ClosureUnknown):
        await appointments.closure(await supervisor("donge"), found.id)


async def test_a_day_closed_on_the_command_line_rebooks_as_well() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    made = await booked(await named(), two.id)
    await catalog.set_calendar_day(
        await administrator(), catalog.SetCalendarDay(day=TOMORROW, working=False, note="放假"), NOW
    )
    await appointments.generate_slots(NOW)
    await work_off()
    assert local_date((await appointments.appointment(made.id)).starts_at) == WEDNESDAY
    assert TODAY < TOMORROW


async def test_whoever_was_cancelled_chooses_before_everybody_else_and_once() -> None:
    await open_hall(seats=1)
    [two, _] = await slots(TOMORROW)
    citizen = await named()
    made = await booked(citizen, two.id)
    with pytest.raises(appointments.NoPriority):
        await appointments.choosing(citizen, made.reference, NOW)
    await applied(await administrator(), closing(), treatment=Treatment.NOTIFY)
    await work_off()
    asked = await appointments.choosing(citizen, made.reference, NOW)
    offered = await appointments.open_to_choice(asked, NOW)
    not_released = next(one for one in offered if one.released_at > NOW)
    with pytest.raises(appointments.NotReleased):
        await booked(await named(), not_released.id)
    [chosen] = await appointments.choose_anew(citizen, made.reference, not_released.id, NOW)
    assert (chosen.status, chosen.slot_id) == (AppointmentStatus.BOOKED, not_released.id)
    assert (chosen.reference, chosen.sequence) == (made.reference, 2)
    assert await topics("appointments.rescheduled") == [appointments.RESCHEDULED]
    await appointments.cancel(citizen, made.reference, NOW)
    with pytest.raises(appointments.NoPriority):
        await appointments.choose_anew(citizen, made.reference, offered[0].id, NOW)


async def test_another_hall_has_room_by_its_own_rules_and_only_if_one_wants_to() -> None:
    await open_hall(seats=1)
    await open_hall(office_code="donge", seats=1)
    await open_hall(office_code="shenxian", seats=1)
    [two, _] = await slots(TOMORROW)
    citizen = await named()
    made = await booked(citizen, two.id)
    await applied(await administrator(), closing(), treatment=Treatment.NOTIFY)
    await work_off()
    asked = await appointments.choosing(citizen, made.reference, NOW)
    [near, far] = await appointments.halls_with_room(asked, NOW)
    assert near.kilometres is not None
    assert far.kilometres is not None
    assert 0 < near.kilometres < far.kilometres
    assert {near.office.code, far.office.code} == {"donge", "shenxian"}
    cancelled = await appointments.appointment(made.id)
    assert await appointments.halls_instead(cancelled, made.person_id, NOW, 3) == []
    await close_for_good()
    instead = await appointments.halls_instead(cancelled, made.person_id, NOW, 3)
    assert [one.office.code for one in instead] == [near.office.code, far.office.code]

    there = await appointments.open_to_choice(asked, NOW, near.office.code)
    assert there[0].id == near.first.id
    assert all(one.released_at <= NOW for one in there)
    late = await slots(local_date(there[-1].starts_at) + timedelta(days=1), office_code="donge")
    for refused in (one.id for one in late):
        with pytest.raises(appointments.NotReleased):
            await appointments.choose_anew(citizen, made.reference, refused, NOW)
    [chosen] = await appointments.choose_anew(citizen, made.reference, there[0].id, NOW)
    assert (chosen.office_code, chosen.status) == (near.office.code, AppointmentStatus.BOOKED)
    assert (chosen.reference, chosen.sequence) == (made.reference, 2)
    with pytest.raises(appointments.NoPriority):
        await appointments.choosing(citizen, made.reference, NOW)


async def close_for_good() -> None:
    """Leave no time at the hall."""
    await database.fetch("UPDATE slot SET closed_at = $1 WHERE office_code = $2", NOW, OFFICE)


async def test_a_stuck_case_says_why_and_is_tried_again_once() -> None:
    await open_hall()
    [two, _] = await slots(TOMORROW)
    broken = await booked(await named(), two.id)
    await database.fetch("UPDATE appointment SET sequence = $1", HIGHEST)
    admin = await supervisor()
    await applied(admin, closing())
    await work_off()
    [found] = await appointments.closures_at(admin, OFFICE)
    [case] = await appointments.cases(admin, found.id)
    assert (case.status, case.reason, case.handled_at) == (DisplacementStatus.STUCK, "fault", NOW)
    # It is a person's now: the hourly run asks nobody again.
    await appointments.generate_slots(NOW)
    assert len(await appointments.closures_at(admin, OFFICE)) == 1

    await database.fetch("UPDATE appointment SET sequence = 0")
    later = NOW + MINUTE
    for stranger in (await supervisor("donge"), CLERK):
        with pytest.raises(ClosureUnknown):
            await appointments.try_again(stranger, case.id, later)
    for _ in range(2):
        assert await appointments.try_again(admin, case.id, later) == found.id
    assert (await appointments.closure(admin, found.id)).status is ClosureStatus.RUNNING
    assert await topics("appointments.closure_due") == [appointments.CLOSURE_DUE] * 3
    assert await work_off(later) == 2
    assert await outcomes() == [DisplacementStatus.MOVED]
    assert (await appointments.closure(admin, found.id)).done_at == later
    assert await appointments.try_again(admin, case.id, later) == found.id
    assert await work_off(later) == 0
    assert (await appointments.appointment(broken.id)).slot_id != two.id
    tried = "SELECT count(*) FROM audit_record WHERE action = 'appointment.closure_retried'"
    assert await database.fetchval(tried) == 1
