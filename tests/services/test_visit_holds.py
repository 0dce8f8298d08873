"""All the seats of a visit are kept together, and it is just these that are booked."""

from datetime import time, timedelta
from uuid import UUID

import pytest

from services import appointments, identity
from services.appointments import (
    Book,
    BookVisit,
    HeldForOthers,
    HeldSeat,
    HoldExpired,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    HoldVisit,
    SomebodyBooked,
    VisitDoesNotFit,
)
from services.identity import RealName
from services.kernel import database
from services.kernel.actor import Actor
from tests.bookings import (
    ITEM,
    NOW,
    OTHER_ITEM,
    TOMORROW,
    booked,
    held,
    named,
    open_hall,
    seat_states,
    slots,
    waits,
)
from tests.people import new_resident_id

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

AFTER = TOMORROW + timedelta(days=1)
LONG_ITEM = "move-in"
MINUTES = timedelta(minutes=10)


async def family(size: int = 2) -> tuple[Actor, tuple[UUID, ...]]:
    """A citizen with so many companions."""
    citizen = await named()
    people = []
    for _ in range(size):
        details = RealName(name="张小宝", id_type="resident_id", id_number=new_resident_id())
        people.append(await identity.add_companion(citizen, details, NOW))
    return citizen, tuple(people)


async def kept_for(
    citizen: Actor, people: tuple[UUID, ...], slot_id: UUID, *further: str
) -> HeldSeat:
    command = HoldVisit(slot_id=slot_id, item_code=ITEM, further_items=further, people=people)
    return await appointments.hold_visit(citizen, command, NOW)


async def test_everybodys_seat_for_as_long_as_one() -> None:
    await open_hall(seats=2)
    [first, second] = await slots()
    citizen, people = await family()
    kept = await kept_for(citizen, people, first.id)
    assert kept.expires_at == NOW + MINUTES
    assert kept.begins == (first.starts_at, first.starts_at, second.starts_at)
    assert (kept.ends_at, kept.people) == (second.ends_at, 3)
    assert await seat_states(first.id) == ["held", "held"]
    assert await seat_states(second.id) == ["held", "free"]
    assert await kept_for(citizen, people, first.id) == kept
    with pytest.raises(VisitDoesNotFit):
        await kept_for(*await family(), first.id)


async def test_just_these_seats_are_booked() -> None:
    await open_hall(seats=2)
    [first, second] = await slots()
    citizen, people = await family()
    kept = await kept_for(citizen, people, first.id)
    seats = await database.fetch("SELECT id FROM seat WHERE state = 'held'")
    command = BookVisit(item_code=ITEM, hold_id=kept.id, people=people)
    made = await appointments.book_visit(citizen, command, NOW)
    assert [one.person_id for one in made] == [citizen.id, *people]
    assert tuple(one.starts_at for one in made) == kept.begins
    taken = await database.fetch("SELECT seat_id FROM appointment")
    assert {row["seat_id"] for row in taken} == {row["id"] for row in seats}
    assert not await database.fetchval("SELECT count(*) FROM hold WHERE status <> 'used'")
    with pytest.raises(HoldUsed) as again:
        await appointments.book_visit(citizen, command, NOW)
    assert again.value.reference == made[0].reference
    assert await seat_states(second.id) == ["booked", "free"]


async def test_the_second_tab_of_a_parent_who_does_not_come() -> None:
    """What was booked with the hold is the child's, and the parent is led to it."""
    await open_hall(seats=2)
    [first, _] = await slots()
    citizen, people = await family(1)
    hold = HoldVisit(slot_id=first.id, item_code=ITEM, people=people, myself=False)
    kept = await appointments.hold_visit(citizen, hold, NOW)
    assert await seat_states(first.id) == ["held", "free"]
    command = BookVisit(item_code=ITEM, hold_id=kept.id, people=people, myself=False)
    [made] = await appointments.book_visit(citizen, command, NOW)
    with pytest.raises(HoldUsed) as again:
        await appointments.book_visit(citizen, command, NOW)
    assert (made.person_id, again.value.reference) == (people[0], made.reference)


async def test_for_others_or_for_something_else_it_is_not_booked() -> None:
    await open_hall(seats=4)
    [first, _] = await slots()
    citizen, people = await family()
    kept = await kept_for(citizen, people, first.id)
    for command in (
        BookVisit(item_code=ITEM, hold_id=kept.id, people=people[:1]),
        BookVisit(item_code=ITEM, hold_id=kept.id, people=people, further_items=(OTHER_ITEM,)),
    ):
        with pytest.raises(HeldForOthers):
            await appointments.book_visit(citizen, command, NOW)
    with pytest.raises(HeldForOthers):
        await appointments.book(citizen, Book(item_code=ITEM, hold_id=kept.id), NOW)
    with pytest.raises(HoldUnknown):
        await appointments.book_visit(
            await named(), BookVisit(item_code=ITEM, hold_id=kept.id), NOW
        )
    assert await seat_states(first.id) == ["held"] * 3 + ["free"]


async def test_one_at_a_time_for_each_item() -> None:
    """Another time, another shape or the person alone: what was kept is given up for it."""
    await open_hall(seats=4)
    [first, second] = await slots()
    citizen, people = await family()
    before = await kept_for(citizen, people, first.id)
    after = await kept_for(citizen, people[:1], first.id, OTHER_ITEM)
    assert await seat_states(first.id) == ["held", "held", "free", "free"]
    with pytest.raises(HoldReleased):
        await appointments.held_seat(citizen, before.id, NOW)
    alone = await held(citizen, second.id)
    assert await seat_states(first.id) == ["free"] * 4
    with pytest.raises(HoldExpired):
        await appointments.held_seat(citizen, after.id, NOW)
    again = await kept_for(citizen, people, second.id)
    assert again.id != alone.id
    assert await seat_states(second.id) == ["held"] * 3 + ["free"]


async def test_booked_at_once_instead_it_is_given_up() -> None:
    await open_hall(seats=3)
    [first, second] = await slots()
    citizen, people = await family()
    await kept_for(citizen, people, first.id)
    visit = BookVisit(item_code=ITEM, slot_id=first.id, people=people)
    made = await appointments.book_visit(citizen, visit, NOW)
    assert {one.slot_id for one in made} == {first.id}
    other, companions = await family(1)
    await kept_for(other, companions, second.id)
    await booked(other, second.id)
    assert await seat_states(second.id) == ["free", "free", "booked"]


async def test_extended_together_and_only_once() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    citizen, people = await family()
    kept = await kept_for(citizen, people, first.id)
    longer = await appointments.extend_hold(citizen, kept.id, NOW + MINUTES / 2)
    assert (longer.expires_at, longer.extensions_left) == (NOW + 2 * MINUTES, 0)
    [until] = await database.fetch(
        "SELECT DISTINCT held_until, expires_at FROM seat JOIN hold ON hold.seat_id = seat.id"
    )
    assert set(until) == {NOW + 2 * MINUTES}
    with pytest.raises(appointments.HoldLongEnough):
        await appointments.extend_hold(citizen, kept.id, NOW + MINUTES / 2)


async def test_given_back_together_and_to_who_waits_first() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    citizen, people = await family()
    kept = await kept_for(citizen, people, first.id)
    waiting = await waits(await named())
    await appointments.release_hold(citizen, kept.id, NOW)
    assert await appointments.offer_seats(NOW) == 1
    entry = await database.fetchval("SELECT status FROM waitlist_entry WHERE id = $1", waiting)
    assert entry == "offered"
    assert await seat_states(first.id) == ["held", "free", "free"]


async def test_what_lapses_is_offered_and_then_everybodys() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    citizen, people = await family()
    await waits(await named())
    kept = await kept_for(citizen, people, first.id)
    assert await appointments.offer_seats(kept.expires_at - timedelta(seconds=1)) == 0
    assert await appointments.offer_seats(kept.expires_at) == 1
    late = BookVisit(item_code=ITEM, hold_id=kept.id, people=people)
    with pytest.raises(HoldExpired):
        await appointments.book_visit(citizen, late, kept.expires_at)
    await appointments.release_expired_holds(kept.expires_at + timedelta(minutes=1))
    assert sorted(await seat_states(first.id)) == ["free", "free", "held"]


async def test_one_seat_that_is_lost_ends_all_of_it() -> None:
    """Somebody by whose clock the time was up has one of the seats: there is no visit with less."""
    await open_hall(seats=3)
    [first, _] = await slots()
    citizen, people = await family()
    kept = await kept_for(citizen, people, first.id)
    await booked(await named(), first.id, now=kept.expires_at)
    command = BookVisit(item_code=ITEM, hold_id=kept.id, people=people)
    just_in_time = kept.expires_at - timedelta(seconds=1)
    with pytest.raises(HoldExpired):
        await appointments.book_visit(citizen, command, just_in_time)
    with pytest.raises(HoldExpired):
        await appointments.held_seat(citizen, kept.id, just_in_time)


async def test_a_long_item_of_one_person() -> None:
    await open_hall(starts=time(14), ends=time(15), slot_minutes=20, seats=1)
    [first, second, _] = await slots()
    citizen = await named()
    kept = await held(citizen, first.id, item_code=LONG_ITEM)
    assert (kept.starts_at, kept.ends_at) == (first.starts_at, second.ends_at)
    made = await appointments.book(citizen, Book(item_code=LONG_ITEM, hold_id=kept.id), NOW)
    assert (made.starts_at, made.ends_at) == (first.starts_at, second.ends_at)
    assert await seat_states(first.id) + await seat_states(second.id) == ["booked"] * 2


async def test_who_is_booked_already_is_told_before_the_form_is_filled_in() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    [there, _] = await slots(AFTER)
    citizen, people = await family()
    alone = BookVisit(item_code=ITEM, slot_id=there.id, people=people[:1], myself=False)
    await appointments.book_visit(citizen, alone, NOW)
    with pytest.raises(SomebodyBooked):
        await kept_for(citizen, people, first.id)
    assert await seat_states(first.id) == ["free"] * 3
