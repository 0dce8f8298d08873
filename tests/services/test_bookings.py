"""Making an appointment: who may, when, and what stands in the way."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from services import appointments, audit, identity
from services.appointments import (
    AlreadyBooked,
    AppointmentStatus,
    Book,
    BookingBlocked,
    BookingChannel,
    DayTaken,
    HoldUnknown,
    ItemNotBookable,
    NotReleased,
    OtherLine,
    Rule,
    Share,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotUnknown,
    TooFarAhead,
)
from services.catalog import ItemUnknown, Line
from services.identity import RealNameRequired
from services.kernel import database
from services.kernel.actor import ANONYMOUS, Actor, ActorKind, RoleAt
from services.kernel.errors import Forbidden, InvalidInput, NotSignedIn
from services.kernel.ids import new_id, normalise_reference
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TODAY,
    TOMORROW,
    VEHICLE_ITEM,
    booked,
    held,
    keep_rule,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.people import citizen_actor, new_phone, signed_in

pytestmark = pytest.mark.usefixtures("catalogue", "redis")


async def topics() -> list[str]:
    rows = await database.fetch("SELECT topic FROM outbox_event ORDER BY id")
    return [row["topic"] for row in rows]


class TestBooked:
    async def test_a_seat_a_reference_an_event_and_a_record(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        assert normalise_reference(made.reference) == made.reference
        assert made.status is AppointmentStatus.BOOKED
        assert (made.starts_at, made.office_code, made.line) == (
            first.starts_at,
            OFFICE,
            Line.HOUSEHOLD,
        )
        assert (made.sequence, made.share, made.person_id) == (0, Share.ONLINE, citizen.id)
        assert made.channel is BookingChannel.ONLINE
        assert await seat_states(first.id) == ["booked", "free"]
        assert (await topics())[-1] == "appointments.booked"
        [entry] = await audit.about("appointment", made.id)
        assert entry.action == "appointment.booked"
        assert entry.data == {
            "item_code": ITEM,
            "slot_id": str(first.id),
            "share": "online",
        }

    async def test_the_seat_that_was_held(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        kept = await held(citizen, first.id)
        command = Book(item_code=ITEM, hold_id=kept.id)
        await appointments.book(citizen, command, NOW + timedelta(minutes=9))
        assert await seat_states(first.id) == ["booked", "free"]
        with pytest.raises(AlreadyBooked):
            await appointments.book(citizen, command, NOW + timedelta(minutes=9))

    async def test_booking_the_slot_that_is_held_uses_the_held_seat(self) -> None:
        await open_hall(seats=1)
        [first, _] = await slots()
        citizen = await named()
        await held(citizen, first.id)
        await booked(citizen, first.id)
        assert await seat_states(first.id) == ["booked"]

    async def test_booking_elsewhere_lets_the_hold_go(self) -> None:
        await open_hall(seats=1)
        [first, second] = await slots()
        citizen = await named()
        await held(citizen, first.id)
        await booked(citizen, second.id)
        assert await seat_states(first.id) == ["free"]

    async def test_the_last_seat(self) -> None:
        await open_hall()
        [first, _] = await slots()
        await booked(await named(), first.id)
        await booked(await named(), first.id)
        with pytest.raises(SlotFull):
            await booked(await named(), first.id)


class TestTheSlot:
    async def test_unknown(self) -> None:
        with pytest.raises(SlotUnknown):
            await booked(await named(), new_id())

    async def test_before_the_release(self) -> None:
        await open_hall()
        shown = await appointments.availability(
            OFFICE, ITEM, TODAY, TODAY + timedelta(days=14), NOW
        )
        unreleased = shown[-1]
        citizen = await named()
        with pytest.raises(NotReleased) as refused:
            await booked(citizen, unreleased.id)
        assert refused.value.data == {"released_at": unreleased.released_at}
        with pytest.raises(NotReleased):
            await held(citizen, unreleased.id)
        first_seconds = timedelta(seconds=Rule().fair_start_seconds)
        await booked(citizen, unreleased.id, now=unreleased.released_at + first_seconds)

    async def test_begun(self) -> None:
        await open_hall()
        [first, _] = await slots()
        with pytest.raises(SlotPast):
            await booked(await named(), first.id, now=first.starts_at)

    async def test_closed(self) -> None:
        await open_hall()
        [first, _] = await slots()
        async with unit_of_work() as uow:
            await uow.execute("UPDATE slot SET closed_at = $1", NOW)
        with pytest.raises(SlotClosed):
            await booked(await named(), first.id)

    async def test_of_another_line(self) -> None:
        await open_hall()
        [first, _] = await slots()
        with pytest.raises(OtherLine):
            await booked(await named(), first.id, item_code=VEHICLE_ITEM)

    async def test_further_than_a_tightened_rule_allows(self) -> None:
        await open_hall()
        shown = await appointments.availability(
            OFFICE, ITEM, TODAY, TODAY + timedelta(days=14), NOW
        )
        friday = next(one for one in shown if one.starts_at.date() == date(2025, 7, 11))
        await keep_rule(Rule(days_ahead=2), line="household")
        with pytest.raises(TooFarAhead) as refused:
            await booked(await named(), friday.id)
        assert refused.value.data == {"last_day": TODAY + timedelta(days=2)}


class TestTheItem:
    async def test_unknown_or_not_by_appointment(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        with pytest.raises(ItemUnknown):
            await booked(citizen, first.id, item_code="nothing")
        with pytest.raises(ItemNotBookable):
            await booked(citizen, first.id, item_code="firm-pass")

    async def test_one_appointment_an_item(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        [later, _] = await slots(TOMORROW + timedelta(days=1))
        with pytest.raises(AlreadyBooked) as refused:
            await booked(citizen, later.id)
        assert refused.value.data == {"reference": made.reference}

    async def test_one_a_day_and_line(self) -> None:
        await open_hall()
        [first, second] = await slots()
        citizen = await named()
        made = await booked(citizen, first.id)
        with pytest.raises(DayTaken) as refused:
            await booked(citizen, second.id, item_code=OTHER_ITEM)
        assert refused.value.data == {"reference": made.reference}
        [later, _] = await slots(TOMORROW + timedelta(days=1))
        await booked(citizen, later.id, item_code=OTHER_ITEM)

    async def test_another_line_on_the_same_day(self) -> None:
        await open_hall()
        await open_hall(line=Line.VEHICLE)
        citizen = await named()
        [household, _] = await slots()
        [vehicle, _] = await slots(item_code=VEHICLE_ITEM)
        await booked(citizen, household.id)
        await booked(citizen, vehicle.id, item_code=VEHICLE_ITEM)


class TestThePerson:
    async def test_signed_in_with_a_real_name(self) -> None:
        await open_hall()
        [first, _] = await slots()
        with pytest.raises(NotSignedIn):
            await booked(ANONYMOUS, first.id)
        nameless = await signed_in(new_phone(), NOW)
        with pytest.raises(RealNameRequired):
            await booked(citizen_actor(nameless.person_id), first.id)

    async def test_whoever_is_blocked_waits(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen = await named()
        until = NOW + timedelta(days=3)
        async with unit_of_work() as uow:
            await uow.execute(
                """
                INSERT INTO booking_penalty
                       (id, person_id, reason, office_code, imposed_at, blocked_until)
                VALUES ($1, $2, 'no_shows', 'dongchangfu', $3, $4)
                """,
                new_id(),
                citizen.id,
                NOW - timedelta(days=27),
                until,
            )
        with pytest.raises(BookingBlocked) as refused:
            await booked(citizen, first.id)
        assert refused.value.data == {"blocked_until": until}
        [later, _] = await slots(TODAY + timedelta(days=4), now=until)
        await booked(citizen, later.id, now=until)

    async def test_nobody_books_for_somebody_else(self) -> None:
        await open_hall()
        [first, _] = await slots()
        citizen, other = await named(), await named()
        for command in (
            Book(item_code=ITEM, slot_id=first.id, person_id=other.id),
            Book(item_code=ITEM, slot_id=first.id, share=Share.TELEPHONE),
        ):
            with pytest.raises(Forbidden):
                await appointments.book(citizen, command, NOW)

    async def test_somebody_elses_hold(self) -> None:
        await open_hall()
        [first, _] = await slots()
        kept = await held(await named(), first.id)
        with pytest.raises(HoldUnknown):
            await appointments.book(await named(), Book(item_code=ITEM, hold_id=kept.id), NOW)

    async def test_neither_a_slot_nor_a_hold(self) -> None:
        with pytest.raises(InvalidInput):
            await appointments.book(await named(), Book(item_code=ITEM), NOW)


class TestStaff:
    async def test_the_telephone_has_seats_of_its_own(self) -> None:
        await open_hall(seats=2, kept_telephone=1)
        [first, _] = await slots()
        await booked(await named(), first.id)
        with pytest.raises(SlotFull):
            await booked(await named(), first.id)
        caller = await named()
        command = Book(item_code=ITEM, slot_id=first.id, person_id=caller.id, share=Share.TELEPHONE)
        made = await appointments.book(CLERK, command, NOW)
        assert (made.share, made.person_id) == (Share.TELEPHONE, caller.id)
        assert made.channel is BookingChannel.DESK

    async def test_then_everybodys(self) -> None:
        await open_hall(seats=2, kept_telephone=1)
        [first, _] = await slots()
        shares = []
        for _ in range(2):
            caller = await named()
            command = Book(
                item_code=ITEM, slot_id=first.id, person_id=caller.id, share=Share.TELEPHONE
            )
            shares.append((await appointments.book(CLERK, command, NOW)).share)
        assert shares == [Share.TELEPHONE, Share.ONLINE]

    async def test_only_at_their_office_and_in_their_role(self) -> None:
        await open_hall()
        [first, _] = await slots()
        caller = await named()
        command = Book(item_code=ITEM, slot_id=first.id, person_id=caller.id)
        elsewhere = structs.replace(CLERK, roles=(RoleAt("clerk", "donge"),))
        auditor = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt(identity.Role.AUDITOR),))
        for staff in (elsewhere, auditor):
            with pytest.raises(Forbidden):
                await appointments.book(staff, command, NOW)
        with pytest.raises(InvalidInput):
            await appointments.book(CLERK, structs.replace(command, person_id=None), NOW)
