"""Everybody who comes together is moved in one act, or nobody is."""

from datetime import time, timedelta
from uuid import UUID

import pytest

from services import appointments, audit, identity
from services.appointments import (
    Appointment,
    AppointmentSettled,
    BookVisit,
    GroupUnknown,
    MoveParty,
    SameSlot,
    SomebodyBooked,
    TooLateToChange,
    VisitDoesNotFit,
)
from services.identity import RealName
from services.kernel import database
from services.kernel.actor import Actor
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OTHER_ITEM,
    TOMORROW,
    booked,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.people import citizen_actor, new_resident_id

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

AFTER = TOMORROW + timedelta(days=1)


async def family(size: int = 2) -> tuple[Actor, tuple[UUID, ...]]:
    """A citizen with so many companions."""
    citizen = await named()
    people = []
    for _ in range(size):
        details = RealName(name="张小宝", id_type="resident_id", id_number=new_resident_id())
        people.append(await identity.add_companion(citizen, details, NOW))
    return citizen, tuple(people)


async def together(
    citizen: Actor, people: tuple[UUID, ...], slot_id: UUID
) -> tuple[list[Appointment], UUID]:
    """Their visit, and the party that they are."""
    command = BookVisit(item_code=ITEM, slot_id=slot_id, people=people)
    made = await appointments.book_visit(citizen, command, NOW)
    party_id = made[0].party_id
    assert party_id is not None
    return made, party_id


async def test_all_of_them_with_one_notice_and_one_step_each() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    [there, _] = await slots(AFTER)
    citizen, people = await family()
    made, party_id = await together(citizen, people, first.id)
    command = MoveParty(party_id=party_id, slot_id=there.id)
    moved = await appointments.move_party(citizen, command, NOW)
    assert [one.reference for one in moved] == [one.reference for one in made]
    assert {(one.slot_id, one.sequence) for one in moved} == {(there.id, 1)}
    assert await seat_states(first.id) == ["free"] * 3
    assert await seat_states(there.id) == ["booked"] * 3
    told = await database.fetchval(
        "SELECT count(*) FROM outbox_event WHERE topic = $1", appointments.RESCHEDULED
    )
    assert told == len(moved)
    for one in moved:
        assert "appointment.rescheduled" in {
            entry.action for entry in await audit.about("appointment", one.id)
        }
    with pytest.raises(SameSlot):
        await appointments.move_party(citizen, command, NOW)


async def test_nobody_where_there_is_no_room_for_all() -> None:
    await open_hall(seats=3)
    [first, second] = await slots()
    citizen, people = await family()
    made, party_id = await together(citizen, people, first.id)
    await booked(await named(), second.id)
    with pytest.raises(VisitDoesNotFit):
        await appointments.move_party(citizen, MoveParty(party_id=party_id, slot_id=second.id), NOW)
    party = await appointments.party(citizen, party_id)
    assert party.appointments == tuple(sorted(made, key=lambda one: one.id))
    assert await seat_states(first.id) == ["booked"] * 3


async def test_every_seat_of_a_long_visit() -> None:
    """Two people, two slots each: eight seats change hands."""
    await open_hall(starts=time(14), ends=time(15), slot_minutes=20, seats=2)
    citizen, people = await family(1)
    [first, second, _] = await slots()
    command = BookVisit(
        item_code=ITEM, further_items=(OTHER_ITEM,), slot_id=first.id, people=people
    )
    made = await appointments.book_visit(citizen, command, NOW)
    party_id = made[0].party_id
    assert party_id is not None
    [there, after, _] = await slots(AFTER)
    moved = await appointments.move_party(
        citizen, MoveParty(party_id=party_id, slot_id=there.id), NOW
    )
    assert {(one.starts_at, one.ends_at) for one in moved} == {(there.starts_at, after.ends_at)}
    assert await seat_states(first.id) + await seat_states(second.id) == ["free"] * 4
    assert await seat_states(there.id) + await seat_states(after.id) == ["booked"] * 4


async def test_who_is_cancelled_stays_behind() -> None:
    await open_hall(seats=3)
    [first, second] = await slots()
    citizen, people = await family()
    made, party_id = await together(citizen, people, first.id)
    await appointments.cancel(citizen, made[1].reference, NOW)
    command = MoveParty(party_id=party_id, slot_id=second.id)
    moved = await appointments.move_party(citizen, command, NOW)
    assert {one.id for one in moved} == {made[0].id, made[2].id}
    await appointments.cancel_party(citizen, party_id, NOW)
    with pytest.raises(AppointmentSettled):
        await appointments.move_party(citizen, command, NOW)


async def test_the_deadline_and_the_day_of_one_bind_all() -> None:
    await open_hall(seats=3)
    [first, second] = await slots()
    [there, _] = await slots(AFTER)
    citizen, people = await family()
    made, party_id = await together(citizen, people, first.id)
    child = citizen_actor(people[0])
    await booked(child, there.id, item_code=OTHER_ITEM)
    with pytest.raises(SomebodyBooked):
        await appointments.move_party(citizen, MoveParty(party_id=party_id, slot_id=there.id), NOW)
    late = first.starts_at - timedelta(minutes=90)
    with pytest.raises(TooLateToChange):
        await appointments.move_party(
            citizen, MoveParty(party_id=party_id, slot_id=second.id), late
        )
    [one] = {found.slot_id for found in (await appointments.party(citizen, party_id)).booked}
    assert one == made[0].slot_id


async def test_only_the_organiser_and_the_halls_staff() -> None:
    await open_hall(seats=3)
    [first, second] = await slots()
    citizen, people = await family()
    _, party_id = await together(citizen, people, first.id)
    command = MoveParty(party_id=party_id, slot_id=second.id)
    for stranger in (await named(), citizen_actor(people[0])):
        with pytest.raises(GroupUnknown):
            await appointments.move_party(stranger, command, NOW)
    moved = await appointments.move_party(CLERK, command, NOW)
    assert {one.slot_id for one in moved} == {second.id}
    assert await seat_states(first.id) == ["free"] * 3
