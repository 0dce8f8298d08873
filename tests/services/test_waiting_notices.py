"""What somebody on the waiting list is told when the hall closes, or nothing can be offered."""

from datetime import datetime, time, timedelta

import pytest

from services import appointments, notices
from services.appointments import JoinWaitlist
from services.kernel import database, leases
from services.kernel.actor import Actor
from services.kernel.clock import local_moment
from services.kernel.leases import Event
from services.notices import EXPANSIONS, Dispatch, Kind, Lane, OfferFacts, WaitFacts
from tests.bookings import ITEM, NOW, OFFICE, TOMORROW, booked, named, open_hall, slots
from tests.closures import administrator, applied, closing
from tests.people import citizen_actor, named_person

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

THEN = NOW + timedelta(minutes=1)


async def expand_all(now: datetime) -> None:
    while events := await leases.claim(tuple(EXPANSIONS), now, 20):
        for event in events:
            await leases.consume(event, [notices.expand], now)


async def due(kind: Kind, now: datetime) -> Event:
    """The text message of a kind that is to be sent; what else is due is left."""
    await expand_all(now)
    wanted = await database.fetchval(
        "SELECT id::text FROM notice WHERE kind = $1 AND status = 'pending'", kind
    )
    found = await leases.claim([Lane.SMS.topic], now, 20)
    [event] = [one for one in found if one.payload["notice_id"] == wanted]
    return event


async def full_day_waited_for() -> Actor:
    """Somebody with a phone who waits for tomorrow, on which every place is taken."""
    await open_hall(seats=1)
    for slot in await slots(TOMORROW):
        await booked(await named(), slot.id)
    citizen = citizen_actor(await named_person(NOW))
    command = JoinWaitlist(
        item_code=ITEM, office_codes=(OFFICE,), first_day=TOMORROW, last_day=TOMORROW
    )
    await appointments.join_waitlist(citizen, command, NOW)
    return citizen


async def offered() -> None:
    """A place comes back and is offered."""
    await database.fetch("UPDATE appointment SET status = 'cancelled', cancelled_at = $1", NOW)
    await database.fetch("UPDATE seat SET state = 'free', returns_at = $1", NOW)
    assert await appointments.offer_seats(THEN) == 1


async def close() -> None:
    await applied(await administrator(), closing(), THEN)


async def test_who_was_told_of_an_offer_is_told_that_the_hall_closes() -> None:
    await full_day_waited_for()
    await offered()
    event = await due(Kind.WAITLIST_OFFERED, THEN)
    assert isinstance(await notices.prepare(event, THEN), Dispatch)
    await close()
    # The offer is on its way in this very moment: whether it arrives is not known yet.
    withdrawn = await due(Kind.WAITLIST_WITHDRAWN, THEN)
    assert await notices.prepare(withdrawn, THEN) is None
    await notices.record_sent(event, THEN)
    later = THEN + timedelta(minutes=1)
    again = await due(Kind.WAITLIST_WITHDRAWN, later)
    found = await notices.prepare(again, later)
    assert found is not None
    assert isinstance(found.facts, OfferFacts)
    assert found.facts.offer.starts_at == local_moment(TOMORROW, time(14))


async def test_an_offer_that_was_dropped_is_not_taken_back() -> None:
    await full_day_waited_for()
    await offered()
    event = await due(Kind.WAITLIST_OFFERED, THEN)
    await close()
    withdrawn = await due(Kind.WAITLIST_WITHDRAWN, THEN)
    assert await notices.prepare(event, THEN) is None, "nothing is offered any more"
    assert await notices.prepare(withdrawn, THEN) is None
    statuses = await database.fetch(
        "SELECT status, reason FROM notice WHERE kind LIKE 'waitlist%' AND channel = 'sms'"
    )
    assert {(row["status"], row["reason"]) for row in statuses} == {("dropped", "overtaken")}


async def test_who_waited_in_vain_is_told_for_what_and_where() -> None:
    await full_day_waited_for()
    morning = local_moment(TOMORROW, time(8))
    await appointments.settle_entries(morning - timedelta(hours=7))
    found = await notices.prepare(await due(Kind.WAITLIST_OVER, morning), morning)
    assert found is not None
    assert isinstance(found.facts, WaitFacts)
    assert [one.code for one in found.facts.offices] == [OFFICE]
    assert found.facts.entry.last_day == TOMORROW
