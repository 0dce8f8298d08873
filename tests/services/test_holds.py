"""Seats that are kept while somebody checks their details."""

from datetime import timedelta

import pytest

from services import appointments
from services.appointments import (
    HoldExpired,
    HoldLongEnough,
    HoldReleased,
    HoldUnknown,
    SlotFull,
)
from services.appointments.rules import Rule
from services.kernel.errors import RateLimited
from tests.bookings import (
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    booked,
    held,
    keep_rule,
    named,
    open_hall,
    seat_states,
    slots,
)

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

LATER = NOW + timedelta(minutes=11)


async def test_a_held_seat_is_not_left_for_others() -> None:
    await open_hall(seats=1)
    [first, _] = await slots()
    kept = await held(await named(), first.id)
    assert kept.expires_at == NOW + timedelta(minutes=10)
    assert (await slots())[0].left == 0
    with pytest.raises(SlotFull):
        await held(await named(), first.id)
    with pytest.raises(SlotFull):
        await booked(await named(), first.id)


async def test_asking_again_keeps_the_same_seat() -> None:
    await open_hall()
    [first, _] = await slots()
    citizen = await named()
    kept = await held(citizen, first.id)
    assert await held(citizen, first.id) == kept
    assert await seat_states(first.id) == ["held", "free"]


async def test_another_time_gives_the_first_one_up() -> None:
    await open_hall(seats=1)
    [first, second] = await slots()
    citizen = await named()
    before = await held(citizen, first.id)
    await held(citizen, second.id)
    assert await seat_states(first.id) == ["free"]
    assert await seat_states(second.id) == ["held"]
    with pytest.raises(HoldExpired):
        await appointments.held_seat(citizen, before.id, NOW)


async def test_one_hold_an_item() -> None:
    await open_hall()
    [first, _] = await slots()
    citizen = await named()
    await held(citizen, first.id)
    await held(citizen, first.id, item_code=OTHER_ITEM)
    assert await seat_states(first.id) == ["held", "held"]


async def test_the_next_one_takes_a_seat_whose_time_is_up() -> None:
    await open_hall(seats=1)
    [first, _] = await slots()
    slow, quick = await named(), await named()
    lapsed = await held(slow, first.id)
    taken = await held(quick, first.id, now=LATER)
    assert taken.id != lapsed.id
    with pytest.raises(HoldExpired) as refused:
        await appointments.book(slow, appointments.Book(item_code=ITEM, hold_id=lapsed.id), LATER)
    assert refused.value.data == {"item_code": ITEM, "office_code": OFFICE, "slot_id": first.id}
    assert await seat_states(first.id) == ["held"]


async def test_giving_back_is_at_once_and_only_once() -> None:
    await open_hall(seats=1)
    [first, _] = await slots()
    citizen, other = await named(), await named()
    kept = await held(citizen, first.id)
    with pytest.raises(HoldUnknown):
        await appointments.release_hold(other, kept.id, NOW)
    await appointments.release_hold(citizen, kept.id, NOW)
    assert await seat_states(first.id) == ["free"]
    await held(other, first.id)
    await appointments.release_hold(citizen, kept.id, NOW)
    assert await seat_states(first.id) == ["held"]


async def test_the_sweep_tidies_what_ran_out() -> None:
    await open_hall()
    [first, second] = await slots()
    await held(await named(), first.id)
    await held(await named(), second.id, now=LATER)
    assert await appointments.release_expired_holds(NOW) == 0
    assert await appointments.release_expired_holds(LATER) == 1
    assert await seat_states(first.id) == ["free", "free"]
    assert await seat_states(second.id) == ["held", "free"]


async def test_an_expired_hold_cannot_be_looked_at() -> None:
    await open_hall()
    [first, _] = await slots()
    citizen = await named()
    kept = await held(citizen, first.id)
    assert await appointments.held_seat(citizen, kept.id, NOW) == kept
    with pytest.raises(HoldExpired):
        await appointments.held_seat(citizen, kept.id, kept.expires_at)
    with pytest.raises(HoldUnknown):
        await appointments.held_seat(await named(), kept.id, NOW)


async def test_too_many_in_a_short_time() -> None:
    await open_hall()
    [first, second] = await slots()
    citizen = await named()
    with pytest.raises(RateLimited):
        for _ in range(20):
            await held(citizen, first.id)
            await held(citizen, second.id)


class TestExtending:
    async def test_once_and_no_more(self) -> None:
        await open_hall()
        [slot, _] = await slots()
        citizen = await named()
        kept = await held(citizen, slot.id)
        assert kept.extensions_left == 1
        later = kept.expires_at - timedelta(seconds=1)
        longer = await appointments.extend_hold(citizen, kept.id, later)
        assert longer.expires_at == kept.expires_at + timedelta(minutes=10)
        assert longer.extensions_left == 0
        with pytest.raises(HoldLongEnough):
            await appointments.extend_hold(citizen, kept.id, later)
        assert await booked(citizen, slot.id, now=longer.expires_at - timedelta(seconds=1))

    async def test_nobody_elses_and_not_after_it_has_ended(self) -> None:
        await open_hall()
        [slot, _] = await slots()
        citizen = await named()
        kept = await held(citizen, slot.id)
        with pytest.raises(HoldUnknown):
            await appointments.extend_hold(await named(), kept.id, NOW)
        with pytest.raises(HoldExpired):
            await appointments.extend_hold(citizen, kept.id, kept.expires_at)
        await appointments.release_hold(citizen, kept.id, NOW)
        with pytest.raises(HoldReleased):
            await appointments.extend_hold(citizen, kept.id, NOW)

    async def test_never_past_the_beginning_and_kept_from_others(self) -> None:
        await open_hall(seats=1)
        [slot, _] = await slots()
        await keep_rule(Rule(hold_minutes=60, days_before=0))
        citizen = await named()
        shortly = slot.starts_at - timedelta(minutes=70)
        kept = await held(citizen, slot.id, now=shortly)
        longer = await appointments.extend_hold(citizen, kept.id, shortly)
        assert longer.expires_at == slot.starts_at
        with pytest.raises(SlotFull):
            await booked(await named(), slot.id, now=kept.expires_at)
