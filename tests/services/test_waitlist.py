"""The waiting list: in order, one offer at a time, and nobody else's meanwhile."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from services import appointments
from services.appointments import (
    AlreadyBooked,
    Appointment,
    BookingChannel,
    JoinWaitlist,
    NothingReleased,
    NothingReturns,
    OfferOver,
    RoomNow,
    Rule,
    SlotFull,
    StillWaiting,
    TooLongToWait,
    WaitingAlready,
    WaitlistEntry,
    WaitlistSettled,
    WaitlistStatus,
    WaitlistUnknown,
)
from services.appointments.rules import FIRST_OFFERED
from services.appointments.seating.returns import offer_added
from services.kernel import database, leases
from services.kernel.actor import Actor
from services.kernel.clock import local_moment
from services.kernel.errors import InvalidInput
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import (
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TOMORROW,
    VEHICLE_ITEM,
    booked,
    held,
    keep_rule,
    named,
    open_hall,
    slots,
)
from tests.closures import administrator, applied, closing

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

MINUTE = timedelta(minutes=1)
OFFERED_FOR = timedelta(minutes=30)


async def full_day() -> tuple[UUID, Appointment, Actor]:
    """Two slots of one seat each, both taken: the first, with its appointment and holder."""
    await open_hall(seats=1)
    first, second = await slots()
    holder = await named()
    made = await booked(holder, first.id)
    await booked(await named(), second.id)
    return first.id, made, holder


async def waiting(
    citizen: Actor | None = None, *, now: datetime = NOW, item_code: str = ITEM
) -> tuple[Actor, WaitlistEntry]:
    citizen = citizen or await named()
    command = JoinWaitlist(
        item_code=item_code, office_codes=(OFFICE,), first_day=TOMORROW, last_day=TOMORROW
    )
    return citizen, await appointments.join_waitlist(citizen, command, now)


async def returns_at(slot_id: UUID) -> datetime:
    moment = await database.fetchval(
        "SELECT coalesce(returns_at, held_until) FROM seat WHERE slot_id = $1", slot_id
    )
    assert isinstance(moment, datetime)
    return moment


async def given_back(slot_id: UUID, made: Appointment, holder: Actor) -> datetime:
    """Cancel; the moment at which the seat is offered."""
    await appointments.cancel(holder, made.reference, NOW)
    return await returns_at(slot_id) - FIRST_OFFERED


async def test_a_seat_given_back_is_offered_to_the_first_in_line_and_taken() -> None:
    slot_id, made, holder = await full_day()
    first, entry = await waiting()
    second, behind = await waiting(now=NOW + MINUTE)
    assert (entry.ahead, behind.ahead) == (0, 1)
    then = await given_back(slot_id, made, holder)
    assert then >= NOW + timedelta(minutes=4), "after its random while"
    assert await appointments.offer_seats(then - MINUTE) == 0
    assert await appointments.offer_seats(then) == 1
    assert await appointments.offer_seats(then) == 0
    [mine] = await appointments.my_waitlist(first)
    assert mine.status is WaitlistStatus.OFFERED
    assert mine.offer is not None
    assert (mine.offer.slot_id, mine.offer.until) == (slot_id, then + OFFERED_FOR)
    assert (await appointments.own_entry(second, behind.id)).ahead == 0
    with pytest.raises(SlotFull):
        await booked(await named(), slot_id, now=then + FIRST_OFFERED)
    taken = await appointments.take_offer(first, entry.id, then + OFFERED_FOR - MINUTE)
    assert (taken.slot_id, taken.channel) == (slot_id, BookingChannel.WAITLIST)
    assert (await appointments.own(first, taken.reference)).channel is BookingChannel.WAITLIST
    assert (await appointments.own_entry(first, entry.id)).status is WaitlistStatus.TAKEN
    with pytest.raises(OfferOver):
        await appointments.take_offer(first, entry.id, then + OFFERED_FOR - MINUTE)


async def test_an_offer_that_lapses_goes_to_the_next_before_everybody() -> None:
    slot_id, made, holder = await full_day()
    first, entry = await waiting()
    second, behind = await waiting(now=NOW + MINUTE)
    then = await given_back(slot_id, made, holder)
    await appointments.offer_seats(then)
    over = then + OFFERED_FOR
    with pytest.raises(OfferOver):
        await appointments.take_offer(first, entry.id, over)
    with pytest.raises(SlotFull):
        await booked(await named(), slot_id, now=over)
    assert await appointments.offer_seats(over) == 1
    assert (await appointments.own_entry(first, entry.id)).status is WaitlistStatus.LAPSED
    taken = await appointments.take_offer(second, behind.id, over + MINUTE)
    assert taken.slot_id == slot_id
    _, again = await waiting(first, now=over + MINUTE)
    assert again.status is WaitlistStatus.WAITING, "one may join again, at the end"


async def test_without_a_worker_the_seat_is_everybodys_a_minute_later() -> None:
    slot_id, made, holder = await full_day()
    await waiting()
    then = await given_back(slot_id, made, holder)
    with pytest.raises(SlotFull):
        await booked(await named(), slot_id, now=then)
    assert await booked(await named(), slot_id, now=then + FIRST_OFFERED)


async def test_who_leaves_with_an_offer_passes_it_on_at_once() -> None:
    slot_id, made, holder = await full_day()
    first, entry = await waiting()
    _, behind = await waiting(now=NOW + MINUTE)
    then = await given_back(slot_id, made, holder)
    await appointments.offer_seats(then)
    await appointments.leave_waitlist(first, entry.id, then + MINUTE)
    assert (await appointments.own_entry(first, entry.id)).status is WaitlistStatus.LEFT
    assert await appointments.offer_seats(then + MINUTE) == 1
    found = await appointments.waitlist_entry(behind.id)
    assert found.status is WaitlistStatus.OFFERED
    with pytest.raises(WaitlistSettled):
        await appointments.leave_waitlist(first, entry.id, then + MINUTE)


async def test_a_hold_that_is_given_back_or_lapses_is_offered_too() -> None:
    await open_hall(seats=1)
    first, second = await slots()
    await booked(await named(), first.id)
    keeper = await named()
    kept = await held(keeper, second.id)
    citizen, entry = await waiting()
    await appointments.release_hold(keeper, kept.id, NOW)
    with pytest.raises(SlotFull):
        await booked(await named(), second.id)
    assert await appointments.offer_seats(NOW) == 1
    await appointments.leave_waitlist(citizen, entry.id, NOW)
    later = NOW + FIRST_OFFERED
    await held(keeper, second.id, now=later)
    await waiting(citizen, now=later)
    assert await appointments.offer_seats(later + timedelta(minutes=10)) == 1


async def test_nobody_is_offered_two_nor_what_they_could_not_take() -> None:
    await open_hall(seats=1)
    first, second = await slots()
    holders = [await named(), await named()]
    made = [
        await booked(holder, slot.id) for holder, slot in zip(holders, (first, second), strict=True)
    ]
    busy = await named()
    await booked(busy, (await slots(date(2025, 7, 9)))[0].id, item_code=OTHER_ITEM)
    citizen, entry = await waiting()
    for holder, one in zip(holders, made, strict=True):
        await appointments.cancel(holder, one.reference, NOW)
    then = NOW + timedelta(minutes=40)
    assert await appointments.offer_seats(then) == 1
    assert (await appointments.own_entry(citizen, entry.id)).status is WaitlistStatus.OFFERED


async def test_who_has_an_appointment_that_day_is_passed_over() -> None:
    slot_id, made, holder = await full_day()
    passed_over, entry = await waiting()
    _, behind = await waiting(now=NOW + MINUTE)
    then = await given_back(slot_id, made, holder)
    async with unit_of_work() as uow:
        await uow.execute(
            "UPDATE appointment SET person_id = $1, item_code = $2 WHERE status = 'booked'",
            passed_over.id,
            OTHER_ITEM,
        )
    assert await appointments.offer_seats(then) == 1
    assert (await appointments.waitlist_entry(behind.id)).status is WaitlistStatus.OFFERED
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.WAITING


async def test_joining_says_why_not() -> None:
    await open_hall(seats=1)
    citizen = await named()
    with pytest.raises(RoomNow):
        await waiting(citizen)
    first, second = await slots()
    for slot in (first, second):
        await booked(await named(), slot.id)
    await waiting(citizen)
    with pytest.raises(WaitingAlready):
        await waiting(citizen)
    with pytest.raises(InvalidInput):
        await waiting(citizen, item_code=VEHICLE_ITEM, now=NOW + timedelta(days=2))
    far = JoinWaitlist(
        item_code=ITEM,
        office_codes=(OFFICE,),
        first_day=date(2025, 7, 15),
        last_day=date(2025, 7, 16),
    )
    with pytest.raises(NothingReleased):
        await appointments.join_waitlist(await named(), far, NOW)
    holder = await named()
    await booked(holder, (await slots(date(2025, 7, 9)))[0].id)
    with pytest.raises(AlreadyBooked):
        await waiting(holder)


async def test_somebody_elses_entry_is_nobodys_business() -> None:
    await full_day()
    _, entry = await waiting()
    stranger = await named()
    for deed in (appointments.take_offer, appointments.leave_waitlist):
        with pytest.raises(WaitlistUnknown):
            await deed(stranger, entry.id, NOW)


async def test_an_entry_ends_when_its_days_are_over_or_its_wish_is_met() -> None:
    _, made, holder = await full_day()
    citizen, entry = await waiting()
    _, late = await waiting(now=NOW + MINUTE)
    await booked(citizen, (await slots(date(2025, 7, 9)))[0].id)
    await appointments.settle_entries(NOW)
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.TAKEN
    await appointments.settle_entries(NOW + timedelta(days=2))
    assert (await appointments.waitlist_entry(late.id)).status is WaitlistStatus.LAPSED
    assert made.person_id == holder.id


async def test_an_offer_is_announced_and_its_end_is_looked_after() -> None:
    slot_id, made, holder = await full_day()
    await waiting()
    await appointments.cancel(holder, made.reference, NOW)
    then = await returns_at(slot_id) - FIRST_OFFERED
    assert await leases.claim([appointments.SEAT_BACK], then - MINUTE, 5) == []
    assert len(await leases.claim([appointments.SEAT_BACK], then, 5)) == 1
    await appointments.offer_seats(then)
    assert len(await leases.claim([appointments.SEAT_OFFERED], then, 5)) == 1
    assert len(await leases.claim([appointments.SEAT_BACK], then + OFFERED_FOR, 5)) == 2


async def test_added_capacity_is_offered_first_too() -> None:
    slot_id, _, _ = await full_day()
    citizen, entry = await waiting()
    async with unit_of_work() as uow:
        await uow.execute(
            "INSERT INTO seat (id, slot_id, number, share, state)"
            " VALUES (gen_random_uuid(), $1, 2, 'online', 'free')",
            slot_id,
        )
        await offer_added(uow, [slot_id], NOW)
    with pytest.raises(SlotFull):
        await booked(await named(), slot_id)
    assert await appointments.offer_seats(NOW) == 1
    assert (await appointments.own_entry(citizen, entry.id)).status is WaitlistStatus.OFFERED
    assert len(await leases.claim([appointments.SEAT_BACK], NOW, 5)) == 1


async def test_what_takes_longer_than_a_slot_is_not_waited_for() -> None:
    await open_hall(seats=1, slot_minutes=5, ends=time(14, 10))
    await booked(await named(), (await slots())[0].id)
    assert not any(slot.left for slot in await slots()), "ten minutes take both"
    with pytest.raises(TooLongToWait):
        await waiting()


async def test_a_day_that_is_too_near_is_not_offered_and_cannot_be_waited_for() -> None:
    slot_id, made, holder = await full_day()
    citizen, entry = await waiting()
    then = await given_back(slot_id, made, holder)
    await keep_rule(Rule(days_before=2))
    assert await appointments.offer_seats(then) == 0
    assert (await appointments.own_entry(citizen, entry.id)).status is WaitlistStatus.LAPSED
    with pytest.raises(NothingReturns):
        await waiting()
    await keep_rule(Rule(days_before=1), office_code=OFFICE)
    await waiting(citizen)
    assert await appointments.offer_seats(then) == 1


async def offered_to(*citizens: Actor) -> tuple[UUID, list[WaitlistEntry], datetime]:
    """A seat that has come back, offered to the first of those who wait: slot, entries, when."""
    slot_id, made, holder = await full_day()
    entries = [
        (await waiting(citizen, now=NOW + number * MINUTE))[1]
        for number, citizen in enumerate(citizens)
    ]
    then = await given_back(slot_id, made, holder)
    assert await appointments.offer_seats(then) == 1
    return slot_id, entries, then


async def test_an_offer_that_the_hall_closes_puts_one_back_where_one_was() -> None:
    first, second = await named(), await named()
    slot_id, [entry, behind], then = await offered_to(first, second)
    [announced] = await leases.claim([appointments.SEAT_OFFERED], then, 5)
    await applied(await administrator(), closing(ends=time(15)), then)

    mine = await appointments.own_entry(first, entry.id)
    assert (mine.status, mine.offer, mine.ahead) == (WaitlistStatus.WAITING, None, 0)
    assert (await appointments.own_entry(second, behind.id)).ahead == 1
    gone = await appointments.withdrawn_offer(mine)
    assert gone is not None
    assert gone.slot_id == slot_id
    with pytest.raises(StillWaiting):
        await appointments.take_offer(first, entry.id, then)
    [withdrawn] = await leases.claim([appointments.OFFER_WITHDRAWN], then, 5)
    assert withdrawn.payload["entry_id"] == str(entry.id)
    assert announced.payload["entry_id"] == str(entry.id)
    # Nothing has lapsed by it, and the next seat is the first one's again.
    await appointments.settle_entries(then + OFFERED_FOR)
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.WAITING
    [three] = await slots(now=then)
    async with unit_of_work() as uow:
        await uow.execute(
            "INSERT INTO seat (id, slot_id, number, share, state)"
            " VALUES (gen_random_uuid(), $1, 2, 'online', 'free')",
            three.id,
        )
        await offer_added(uow, [three.id], then)
    assert await appointments.offer_seats(then + MINUTE) == 1
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.OFFERED


async def test_who_waits_in_vain_is_told_in_the_morning_and_once() -> None:
    _, _, _ = await full_day()
    _, entry = await waiting()
    # Booked the day before at the latest: in the night before Tuesday nothing can be offered.
    midnight = local_moment(TOMORROW, time(0, 1))
    await appointments.settle_entries(midnight - 2 * MINUTE)
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.WAITING
    assert await appointments.settle_entries(midnight) == 1
    over = await appointments.waitlist_entry(entry.id)
    assert (over.status, over.closed_at) == (WaitlistStatus.LAPSED, midnight)
    assert await leases.claim([appointments.WAIT_OVER], midnight, 5) == []
    [told] = await leases.claim([appointments.WAIT_OVER], local_moment(TOMORROW, time(8)), 5)
    assert told.payload == {"entry_id": str(entry.id)}
    assert await appointments.settle_entries(midnight + MINUTE) == 0


async def test_where_the_same_day_can_be_booked_it_ends_with_the_last_time_of_the_day() -> None:
    await full_day()
    await keep_rule(Rule(days_before=0))
    _, entry = await waiting()
    last = local_moment(TOMORROW, time(15))
    await appointments.settle_entries(last - 10 * MINUTE)
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.WAITING
    await appointments.settle_entries(last - MINUTE)
    assert (await appointments.waitlist_entry(entry.id)).status is WaitlistStatus.LAPSED
