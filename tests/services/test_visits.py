"""Several people, several items, and more minutes than one slot has: all or nothing."""

from datetime import time, timedelta
from uuid import UUID

import pytest

from services import appointments, audit, identity
from services.appointments import (
    AlreadyBooked,
    AppointmentStatus,
    AppointmentUnknown,
    Book,
    BookVisit,
    ItemsOfOtherLines,
    Need,
    PartyKind,
    SomebodyBooked,
    TooManyItems,
    VisitDoesNotFit,
    VisitShape,
    wishes_from,
)
from services.identity import CompanionRefused, CompanionUnknown, RealName, TooManyCompanions
from services.kernel import database
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.clock import local_date
from services.kernel.errors import Forbidden, InvalidInput
from services.kernel.ids import new_id
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TOMORROW,
    VEHICLE_ITEM,
    booked,
    held,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.closures import administrator, applied, closing, work_off
from tests.people import new_resident_id

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

AFTER = TOMORROW + timedelta(days=1)
# 25 minutes, while ITEM takes 10.
LONG_ITEM = "move-in"
# When the second of three slots of twenty minutes begins.
MIDDLE = 20


async def companion(citizen: Actor, name: str = "张小宝") -> UUID:
    details = RealName(name=name, id_type="resident_id", id_number=new_resident_id())
    return await identity.add_companion(citizen, details, NOW)


async def family(size: int) -> tuple[Actor, tuple[UUID, ...]]:
    """A citizen with so many companions."""
    citizen = await named()
    return citizen, tuple([await companion(citizen) for _ in range(size)])


async def short_slots() -> None:
    """From 14:00 to 15:00, slots of twenty minutes with one seat."""
    await open_hall(starts=time(14), ends=time(15), slot_minutes=20, seats=1)


class TestFamilies:
    async def test_everybody_gets_a_seat_in_one_party(self) -> None:
        await open_hall(seats=3)
        [first, _] = await slots()
        citizen, people = await family(2)
        made = await appointments.book_visit(
            citizen, BookVisit(item_code=ITEM, slot_id=first.id, people=people), NOW
        )
        assert [one.person_id for one in made] == [citizen.id, *people]
        assert await seat_states(first.id) == ["booked"] * 3
        [party_id] = {one.party_id for one in made}
        assert party_id is not None
        found = await appointments.party(citizen, party_id)
        assert (found.kind, found.size) == (PartyKind.FAMILY, 3)
        assert {one.reference for one in await appointments.coming(citizen, NOW)} == {
            one.reference for one in made
        }

    async def test_who_has_no_room_comes_right_after(self) -> None:
        await open_hall(seats=2)
        [first, second] = await slots()
        citizen, people = await family(2)
        command = BookVisit(item_code=ITEM, slot_id=first.id, people=people, myself=False)
        await booked(await named(), first.id)
        made = await appointments.book_visit(citizen, command, NOW)
        assert [one.slot_id for one in made] == [first.id, second.id]

    async def test_nobody_is_booked_where_not_everybody_fits(self) -> None:
        await open_hall(seats=2)
        [_, second] = await slots()
        citizen, people = await family(2)
        command = BookVisit(item_code=ITEM, slot_id=second.id, people=people)
        with pytest.raises(VisitDoesNotFit):
            await appointments.book_visit(citizen, command, NOW)
        assert await seat_states(second.id) == ["free", "free"]
        assert not await database.fetchval("SELECT count(*) FROM party")

    async def test_somebody_who_is_booked_already_stops_all(self) -> None:
        await open_hall(seats=3)
        [first, second] = await slots()
        citizen, people = await family(1)
        alone = BookVisit(item_code=ITEM, slot_id=first.id, people=people, myself=False)
        [before] = await appointments.book_visit(citizen, alone, NOW)
        both = BookVisit(item_code=ITEM, slot_id=second.id, people=people)
        with pytest.raises(SomebodyBooked) as refused:
            await appointments.book_visit(citizen, both, NOW)
        assert refused.value.data == {"reference": before.reference}
        assert await seat_states(second.id) == ["free"] * 3

    async def test_only_ones_own_people(self) -> None:
        await open_hall()
        [first, _] = await slots()
        _, people = await family(1)
        with pytest.raises(CompanionUnknown):
            await appointments.book_visit(
                await named(), BookVisit(item_code=ITEM, slot_id=first.id, people=people), NOW
            )

    async def test_one_is_cancelled_alone_or_all_together(self) -> None:
        await open_hall(seats=3)
        [first, _] = await slots()
        citizen, people = await family(2)
        made = await appointments.book_visit(
            citizen, BookVisit(item_code=ITEM, slot_id=first.id, people=people), NOW
        )
        await appointments.cancel(citizen, made[1].reference, NOW)
        party_id = made[0].party_id
        assert party_id is not None
        assert len((await appointments.party(citizen, party_id)).booked) == 2
        with pytest.raises(AppointmentUnknown):
            await appointments.cancel(await named(), made[2].reference, NOW)
        await appointments.cancel_party(citizen, party_id, NOW)
        found = await appointments.party(citizen, party_id)
        assert {one.status for one in found.appointments} == {AppointmentStatus.CANCELLED}
        assert await seat_states(first.id) == ["free"] * 3

    async def test_the_organiser_moves_a_companion(self) -> None:
        await open_hall(seats=2)
        [first, second] = await slots()
        citizen, people = await family(1)
        made = await appointments.book_visit(
            citizen, BookVisit(item_code=ITEM, slot_id=first.id, people=people), NOW
        )
        moved = await appointments.reschedule(citizen, made[1].reference, second.id, NOW)
        assert (moved.slot_id, moved.person_id) == (second.id, people[0])

    async def test_five_people_at_most_and_no_name_but_the_right_one(self) -> None:
        citizen, _ = await family(5)
        with pytest.raises(TooManyCompanions):
            await companion(citizen)
        number = new_resident_id()
        details = RealName(name="李四", id_type="resident_id", id_number=number)
        first = await identity.add_companion(await named(), details, NOW)
        assert await identity.add_companion(await named(), details, NOW) == first
        wrong = RealName(name="王五", id_type="resident_id", id_number=number)
        with pytest.raises(CompanionRefused):
            await identity.add_companion(await named(), wrong, NOW)


class TestLongVisits:
    async def test_a_long_item_takes_adjoining_slots(self) -> None:
        await short_slots()
        [first, second, third] = await slots()
        citizen = await named()
        made = await appointments.book(citizen, Book(item_code=LONG_ITEM, slot_id=first.id), NOW)
        assert (made.starts_at, made.ends_at) == (first.starts_at, second.ends_at)
        assert [await seat_states(one.id) for one in (first, second, third)] == [
            ["booked"],
            ["booked"],
            ["free"],
        ]

    async def test_a_day_counts_the_times_in_which_it_can_begin(self) -> None:
        await short_slots()
        [_, second, _] = await slots(TOMORROW)
        before = await appointments.days(LONG_ITEM, TOMORROW, AFTER, NOW)
        await booked(await named(), second.id)
        after = await appointments.days(LONG_ITEM, TOMORROW, AFTER, NOW)
        assert [(one.day, one.left) for one in before] == [(TOMORROW, 2), (AFTER, 2)]
        assert [(one.day, one.left) for one in after] == [(TOMORROW, 0), (AFTER, 2)]
        [first] = (await appointments.next_free(LONG_ITEM, NOW)).values()
        assert local_date(first.starts_at) == AFTER

    async def test_it_needs_room_in_each(self) -> None:
        await short_slots()
        [first, second, _] = await slots()
        await booked(await named(), second.id)
        with pytest.raises(VisitDoesNotFit):
            await booked(await named(), first.id, item_code=LONG_ITEM)
        assert await seat_states(first.id) == ["free"]
        left = {one.id: one.left for one in await slots(item_code=LONG_ITEM)}
        assert not left[first.id]
        with pytest.raises(VisitDoesNotFit):
            await held(await named(), first.id, item_code=LONG_ITEM)

    async def test_cancelling_gives_every_seat_back_and_moving_moves_them(self) -> None:
        await short_slots()
        [first, second, third] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id, item_code=LONG_ITEM)
        with pytest.raises(VisitDoesNotFit):
            await appointments.reschedule(citizen, made.reference, third.id, NOW)
        await appointments.cancel(citizen, made.reference, NOW)
        assert await seat_states(first.id) + await seat_states(second.id) == ["free", "free"]
        await database.fetchval("UPDATE seat SET returns_at = NULL RETURNING id")
        again = await booked(citizen, first.id, item_code=LONG_ITEM)
        [there, after, _] = await slots(AFTER)
        moved = await appointments.reschedule(citizen, again.reference, there.id, NOW)
        assert (moved.starts_at, moved.ends_at) == (there.starts_at, after.ends_at)
        assert await seat_states(there.id) + await seat_states(after.id) == ["booked", "booked"]
        assert await seat_states(first.id) + await seat_states(second.id) == ["free", "free"]

    async def test_a_closure_moves_all_of_it_or_none(self) -> None:
        await short_slots()
        [first, _, _] = await slots()
        made = await booked(await named(), first.id, item_code=LONG_ITEM)
        # From the second of its slots on: the first stays open.
        shown = await applied(
            await administrator(), closing(starts=time(14, 20), ends=time(15)), NOW
        )
        assert {hit.reference for hit in shown.hits} == {made.reference}
        await work_off()
        moved = await appointments.appointment(made.id)
        [there, after, _] = await slots(AFTER)
        assert (moved.starts_at, moved.ends_at) == (there.starts_at, after.ends_at)
        assert await seat_states(there.id) + await seat_states(after.id) == ["booked", "booked"]
        assert await seat_states(first.id) == ["free"]

    async def test_a_closure_cancels_what_fits_nowhere(self) -> None:
        await short_slots()
        [first, _, _] = await slots()
        made = await booked(await named(), first.id, item_code=LONG_ITEM)
        await applied(await administrator(), closing(), NOW)
        await database.fetchval(
            "UPDATE seat SET state = 'withdrawn' FROM slot WHERE slot.id = seat.slot_id"
            " AND seat.state = 'free' AND extract(minute FROM slot.starts_at) = $1",
            MIDDLE,
        )
        await work_off()
        assert (await appointments.appointment(made.id)).status is AppointmentStatus.CANCELLED


class TestItems:
    async def test_several_in_one_visit_are_one_appointment(self) -> None:
        await open_hall()
        [first, _] = await slots()
        [later, _] = await slots(AFTER)
        citizen = await named()
        command = BookVisit(item_code=ITEM, further_items=(OTHER_ITEM,), slot_id=first.id)
        [made] = await appointments.book_visit(citizen, command, NOW)
        assert made.further_items == (OTHER_ITEM,)
        assert made.party_id is None
        with pytest.raises(AlreadyBooked):
            again = BookVisit(item_code=OTHER_ITEM, wishes=wishes_from(["seat"]), slot_id=later.id)
            await appointments.book_visit(citizen, again, NOW)

    async def test_of_one_line_and_not_too_many(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        for further, error in (
            ((VEHICLE_ITEM,), ItemsOfOtherLines),
            ((ITEM,), TooManyItems),
            (("a", "b", "c", "d", "e"), TooManyItems),
        ):
            command = BookVisit(item_code=ITEM, further_items=further, slot_id=first.id)
            with pytest.raises(error):
                await appointments.book_visit(citizen, command, NOW)

    async def test_the_timetable_shows_where_all_of_it_fits(self) -> None:
        await short_slots()
        shape = VisitShape(further_items=(OTHER_ITEM,), people=1)
        found = await appointments.availability(OFFICE, ITEM, TOMORROW, TOMORROW, NOW, shape=shape)
        assert [one.left for one in found] == [1, 1, 0]


class TestWishes:
    async def test_sealed_and_for_the_offices_clerks(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        kept = await held(citizen, first.id)
        wishes = wishes_from(["interpreter", "wheelchair"], "ja")
        command = BookVisit(item_code=ITEM, hold_id=kept.id, wishes=wishes)
        [made] = await appointments.book_visit(citizen, command, NOW)
        sealed = await database.fetchval("SELECT wishes FROM appointment WHERE id = $1", made.id)
        assert b"wheelchair" not in sealed
        found = (await appointments.remarks(CLERK, OFFICE, [made.id]))[made.id]
        assert found.wishes.needs == (Need.WHEELCHAIR, Need.INTERPRETER)
        assert found.wishes.language == "ja"
        elsewhere = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("clerk", "yanggu"),))
        with pytest.raises(Forbidden):
            await appointments.remarks(elsewhere, OFFICE, [made.id])
        [entry] = await audit.about("appointment", made.id)
        assert "wheelchair" not in str(entry.data)
        assert await seat_states(first.id) == ["booked", "free"]

    def test_only_what_is_on_the_list(self) -> None:
        with pytest.raises(InvalidInput):
            wishes_from(["coffee"])
        with pytest.raises(InvalidInput):
            wishes_from(["interpreter"])
        assert wishes_from(["seat"], "ja").language == ""
