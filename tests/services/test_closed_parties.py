"""A closure and those who come together: moved together, or asked together."""

from collections.abc import Sequence
from datetime import date, time, timedelta

import pytest

from services import appointments
from services.appointments import (
    Appointment,
    AppointmentStatus,
    AppointmentUnknown,
    ChangeSeats,
    DisplacementStatus,
    NoPriority,
    Treatment,
    VisitDoesNotFit,
)
from services.catalog import Line
from services.kernel import database
from services.kernel.clock import local_date, to_local
from tests.bookings import NOW, OFFICE, TOMORROW, booked, named, open_hall, slots
from tests.closures import NOTE, administrator, applied, closing, outcomes, work_off
from tests.parties import family

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

WEDNESDAY = TOMORROW + timedelta(days=1)
THURSDAY = TOMORROW + timedelta(days=2)
MINUTE = timedelta(minutes=1)


async def now_at(made: Sequence[Appointment]) -> list[tuple[date, int]]:
    """The day and hour at which each of them comes now."""
    found = [await appointments.appointment(one.id) for one in made]
    return [(local_date(one.starts_at), to_local(one.starts_at).hour) for one in found]


async def one_seat_fewer(day: date = TOMORROW) -> None:
    change = ChangeSeats(
        office_code=OFFICE,
        line=Line.HOUSEHOLD,
        first_day=day,
        last_day=day,
        seats_change=-1,
        note=NOTE,
    )
    await applied(await administrator(), change, NOW + 9 * MINUTE)


async def test_a_family_is_moved_to_one_day_without_a_gap_or_not_there() -> None:
    await open_hall()  # 14:00 and 15:00, two seats each
    [two, _] = await slots(TOMORROW)
    made = await (await family()).books(two.id)
    # One seat is left at each time on Wednesday: room for two of the three.
    for slot in await slots(WEDNESDAY):
        await booked(await named(), slot.id)
    await applied(await administrator(), closing())
    assert await work_off() == 2, "all of them in one step, then the end"
    assert await now_at(made) == [(THURSDAY, 14), (THURSDAY, 14), (THURSDAY, 15)]
    assert await outcomes() == [DisplacementStatus.MOVED] * 3
    assert {(await appointments.appointment(one.id)).sequence for one in made} == {1}
    told = "SELECT count(*) FROM outbox_event WHERE topic = 'appointments.moved_by_hall'"
    assert await database.fetchval(told) == 3


async def test_who_loses_a_seat_joins_the_others_of_the_family_where_there_is_room() -> None:
    await open_hall(ends=time(17), seats=3)
    [two, _, _] = await slots(TOMORROW)
    made = await (await family()).books(two.id)
    await one_seat_fewer()
    await work_off(NOW + 9 * MINUTE)
    assert sorted(await now_at(made)) == [(TOMORROW, 14), (TOMORROW, 14), (TOMORROW, 15)]
    assert await outcomes() == [DisplacementStatus.MOVED]


async def test_the_family_comes_along_where_there_is_none_beside_it() -> None:
    await open_hall(ends=time(17), seats=3)
    [two, three, four] = await slots(TOMORROW)
    made = await (await family()).books(two.id)
    for _ in range(3):
        await booked(await named(), three.id)
    assert four.left == 3, "an hour later there is room, but with a gap"
    await one_seat_fewer()
    await work_off(NOW + 9 * MINUTE)
    # Whoever had booked last at three o'clock has lost a seat, too, and was moved to four.
    assert sorted(await now_at(made)) == [(WEDNESDAY, 14)] * 3
    rows = await database.fetch(
        "SELECT d.status FROM displacement d JOIN appointment a ON a.id = d.appointment_id"
        " WHERE a.party_id IS NOT NULL"
    )
    assert [row["status"] for row in rows] == ["moved"] * 3
    left = {one.id: one.left for one in await slots(TOMORROW, now=NOW + 9 * MINUTE)}
    assert left[two.id] == 2, "what they have left is free again, but for the seat that went"


async def test_without_room_they_are_cancelled_together_and_choose_together() -> None:
    await open_hall(seats=3)
    [two, _] = await slots(TOMORROW)
    people = await family()
    made = await people.books(two.id)
    for slot in await slots(WEDNESDAY):
        for _ in range(2):
            await booked(await named(), slot.id)
    await applied(await administrator(), closing(), within_days=1)
    await work_off()
    assert await outcomes() == [DisplacementStatus.CANCELLED] * 3
    for one in made:
        told = await appointments.displacement(one.id)
        assert told is not None
        assert told.priority_until == NOW + timedelta(days=14)

    organiser, reference = people.organiser, made[1].reference
    asked = await appointments.choosing(organiser, reference, NOW)
    assert [one.id for one in asked.appointments] == [one.id for one in made]
    alone = await appointments.choosing(organiser, reference, NOW, alone=True)
    assert [one.id for one in alone.appointments] == [made[1].id]
    [first, *_] = await appointments.open_to_choice(asked, NOW)
    assert local_date(first.starts_at) == THURSDAY, "two seats a time are left on Wednesday"
    [free, *_] = await appointments.open_to_choice(alone, NOW)
    assert local_date(free.starts_at) == WEDNESDAY
    with pytest.raises(VisitDoesNotFit):
        await appointments.choose_anew(organiser, reference, free.id, NOW)
    chosen = await appointments.choose_anew(organiser, reference, first.id, NOW)
    assert {one.status for one in chosen} == {AppointmentStatus.BOOKED}
    assert await now_at(made) == [(THURSDAY, 14)] * 3
    assert {one.sequence for one in chosen} == {2}
    with pytest.raises(NoPriority):
        await appointments.choosing(organiser, reference, NOW)


async def test_one_of_them_may_be_chosen_for_alone() -> None:
    await open_hall(seats=3)
    [two, _] = await slots(TOMORROW)
    people = await family(companions=1)
    made = await people.books(two.id)
    await applied(await administrator(), closing(), treatment=Treatment.NOTIFY)
    await work_off()
    alone = await appointments.choosing(people.organiser, made[1].reference, NOW, alone=True)
    [first, *_] = await appointments.open_to_choice(alone, NOW)
    arguments = (people.organiser, made[1].reference, first.id, NOW)
    [chosen] = await appointments.choose_anew(*arguments, alone=True)
    assert chosen.person_id == people.people[0]
    left = await appointments.choosing(people.organiser, made[0].reference, NOW)
    assert [one.id for one in left.appointments] == [made[0].id]
    with pytest.raises(AppointmentUnknown):
        await appointments.choosing(await named(), made[0].reference, NOW)


async def test_who_has_left_the_family_by_then_is_not_moved_with_it() -> None:
    await open_hall(seats=3)
    [two, _] = await slots(TOMORROW)
    people = await family()
    made = await people.books(two.id)
    await applied(await administrator(), closing())
    await appointments.cancel(people.organiser, made[1].reference, NOW)
    await work_off()
    assert await outcomes() == [
        DisplacementStatus.MOVED,
        DisplacementStatus.SETTLED,
        DisplacementStatus.MOVED,
    ]
