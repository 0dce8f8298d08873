"""Closing against all that people do meanwhile: nobody is left behind in a closed slot.

A control first: a closing that looks who is booked and then shuts the slot, as code without locks
would, leaves behind whoever booked in between.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from services import appointments, catalog
from services.appointments import (
    ApplyChange,
    Appointment,
    Book,
    DisplacementStatus,
    MoveParty,
    Preview,
    SlotClosed,
    SlotFull,
    StillWaiting,
    WaitlistStatus,
)
from services.kernel import database, leases
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, TOMORROW, named, open_hall, slots, waits
from tests.closures import administrator, closing, outcomes, work_off
from tests.parties import Family, family
from tests.races.guards import alone, overtaken, without
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

RUSH = 8

_STRANDED = """
    SELECT count(*) FROM appointment a JOIN slot ON slot.id = a.slot_id
     WHERE slot.closed_at IS NOT NULL AND a.status = 'booked'
       AND NOT EXISTS (SELECT FROM displacement d WHERE d.appointment_id = a.id)
"""


_LOOKING = "SELECT id FROM appointment WHERE status = 'booked'"


async def close_naively() -> None:
    """Note who is booked, then close: each a plain statement."""
    async with unit_of_work() as uow:
        await uow.fetch(_LOOKING)
        await uow.execute("UPDATE slot SET closed_at = now()")


async def close_as_shown(actor: Actor, now: datetime = NOW) -> int:
    """Preview and apply until what was shown is what is done; how often that took."""
    tries = 0
    while True:
        tries += 1
        shown: Preview = await appointments.preview_change(actor, closing(), now)
        command = ApplyChange(change=closing(), digest=shown.digest)
        try:
            await appointments.apply_change(actor, command, now)
        except Conflict:
            continue
        return tries


@pytest.mark.control_of("test_whoever_was_quick_enough_is_moved_and_nobody_else_gets_in")
async def test_without_locks_somebody_is_left_behind() -> None:
    await catalog.sync(NOW)
    await open_hall(seats=RUSH)
    [two, _] = await slots(TOMORROW)
    command = Book(item_code=ITEM, slot_id=two.id)
    deed = partial(appointments.book, await named(), command, NOW)
    # The page is rendered, the administrator reads, …
    with overtaken(by=deed, after=_LOOKING) as other:
        await close_naively()
    assert isinstance(other.outcome, Appointment)
    assert await database.fetchval(_STRANDED) == 1


async def test_whoever_was_quick_enough_is_moved_and_nobody_else_gets_in() -> None:
    await catalog.sync(NOW)
    await open_hall(seats=RUSH)
    [two, _] = await slots(TOMORROW)
    people = [await named() for _ in range(RUSH)]
    admin = await administrator()
    command = Book(item_code=ITEM, slot_id=two.id)
    found = await all_at_once(
        [
            partial(close_as_shown, admin),
            *(partial(appointments.book, one, command, NOW) for one in people),
        ]
    )
    made = [one for one in found if isinstance(one, Appointment)]
    refused = [one for one in found[1:] if not isinstance(one, Appointment)]
    assert all(isinstance(one, SlotClosed | SlotFull) for one in refused)
    assert await database.fetchval(_STRANDED) == 0
    assert await work_off() == len(made) + bool(made)
    assert await database.fetchval("SELECT count(*) FROM displacement") == len(made)
    left = await database.fetchval(
        "SELECT count(*) FROM appointment a JOIN slot ON slot.id = a.slot_id"
        " WHERE slot.closed_at IS NOT NULL AND a.status = 'booked'"
    )
    assert left == 0


@pytest.mark.no_race("whoever comes second finds something else than they were shown")
async def test_two_administrators_who_apply_the_same_preview() -> None:
    await catalog.sync(NOW)
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await appointments.book(await named(), Book(item_code=ITEM, slot_id=two.id), NOW)
    admin = await administrator()
    shown = await appointments.preview_change(admin, closing(), NOW)
    command = ApplyChange(change=closing(), digest=shown.digest)
    found = await all_at_once([partial(appointments.apply_change, admin, command, NOW)] * 2)
    assert sorted(isinstance(one, Conflict) for one in found) == [False, True]
    assert await database.fetchval("SELECT count(*) FROM displacement") == 1


@pytest.mark.control_of("test_two_workers_on_one_closure_move_everybody_once")
async def test_without_lock_and_state_a_case_is_told_twice_how_it_ended() -> None:
    await catalog.sync(NOW)
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await appointments.book(await named(), Book(item_code=ITEM, slot_id=two.id), NOW)
    await close_as_shown(await administrator())
    [due] = await leases.claim([appointments.CLOSURE_DUE], NOW, 1)
    work = partial(appointments.displace_next, due, NOW)
    found = "FROM first, displacement d"
    with (
        without("FOR UPDATE OF d", of=found),
        without("AND status = 'waiting'", of="UPDATE displacement SET status"),
        overtaken(by=work, after=found),
    ):
        await alone(work)
    assert await database.fetchval("SELECT sequence FROM appointment") == 1
    # It was moved, and is told to have moved by itself.
    assert await outcomes() == [DisplacementStatus.SETTLED]


async def test_two_workers_on_one_closure_move_everybody_once() -> None:
    await catalog.sync(NOW)
    await open_hall(seats=RUSH)
    [two, _] = await slots(TOMORROW)
    for _ in range(RUSH):
        await appointments.book(await named(), Book(item_code=ITEM, slot_id=two.id), NOW)
    await close_as_shown(await administrator())
    await all_at_once([work_off, work_off])
    rows = await database.fetch("SELECT sequence FROM appointment")
    assert [row["sequence"] for row in rows] == [1] * RUSH
    assert await database.fetchval("SELECT count(DISTINCT seat_id) FROM appointment") == RUSH
    events = "SELECT count(*) FROM outbox_event WHERE topic = 'appointments.moved_by_hall'"
    assert await database.fetchval(events) == RUSH


async def offered_seat() -> tuple[Actor, UUID, datetime]:
    """A seat that is kept for somebody on the waiting list: who, their entry, and when."""
    await catalog.sync(NOW)
    await open_hall(seats=1)
    [two, _] = await slots(TOMORROW)
    holder, citizen = await named(), await named()
    made = await appointments.book(holder, Book(item_code=ITEM, slot_id=two.id), NOW)
    entry_id = await waits(citizen)
    await appointments.cancel(holder, made.reference, NOW)
    await database.fetch("UPDATE seat SET returns_at = $1 WHERE returns_at IS NOT NULL", NOW)
    then = NOW + timedelta(minutes=1)
    assert await appointments.offer_seats(then) == 1
    return citizen, entry_id, then


@pytest.mark.control_of("test_an_offer_is_taken_and_moved_or_goes_back_into_the_line")
async def test_without_the_seats_lock_who_takes_an_offer_is_left_behind() -> None:
    citizen, entry_id, then = await offered_seat()
    admin = await administrator()
    shown = await appointments.preview_change(admin, closing(), then)
    command = ApplyChange(change=closing(), digest=shown.digest)
    with (
        without("FOR UPDATE NOWAIT", of="SELECT FROM seat WHERE slot_id = ANY"),
        overtaken(
            by=partial(appointments.take_offer, citizen, entry_id, then),
            before="UPDATE slot SET closed_at = $2",
        ) as other,
    ):
        await appointments.apply_change(admin, command, then)
    assert isinstance(other.outcome, Appointment)
    assert await database.fetchval(_STRANDED) == 1


async def test_an_offer_is_taken_and_moved_or_goes_back_into_the_line() -> None:
    citizen, entry_id, then = await offered_seat()
    admin = await administrator()
    _, taken = await all_at_once(
        [
            partial(close_as_shown, admin, then),
            partial(appointments.take_offer, citizen, entry_id, then),
        ]
    )
    entry = await appointments.own_entry(citizen, entry_id)
    assert await database.fetchval(_STRANDED) == 0
    if isinstance(taken, Appointment):
        assert entry.status is WaitlistStatus.TAKEN
        await work_off(then)
        assert await database.fetchval("SELECT status FROM displacement") == "moved"
    else:
        assert isinstance(taken, StillWaiting)
        assert (entry.status, entry.offer) == (WaitlistStatus.WAITING, None)
        assert await database.fetchval("SELECT count(*) FROM displacement") == 0


async def closed_family() -> tuple[Family, UUID, UUID]:
    """A family of three whose day is closed, its party, and a slot that they would like instead."""
    await catalog.sync(NOW)
    await open_hall(seats=3)
    [two, _] = await slots(TOMORROW)
    people = await family()
    [made, *_] = await people.books(two.id)
    assert made.party_id is not None
    await close_as_shown(await administrator())
    [_, there] = await slots(TOMORROW + timedelta(days=2))
    return people, made.party_id, there.id


_UNUSED = """
    SELECT count(*) FROM seat
     WHERE state = 'booked' AND id NOT IN (SELECT seat_id FROM appointment WHERE status = 'booked')
"""


@pytest.mark.control_of("test_a_party_that_moves_itself_while_the_hall_moves_it_has_one_time")
async def test_without_the_appointments_lock_the_hall_moves_who_has_just_moved() -> None:
    people, party_id, there = await closed_family()
    command = MoveParty(party_id=party_id, slot_id=there)
    lock = "party.kind, EXISTS (SELECT FROM seat"
    with (
        without("FOR UPDATE OF a", of=lock),
        overtaken(
            by=partial(appointments.move_party, people.organiser, command, NOW), after=lock
        ) as other,
    ):
        await work_off()
    assert isinstance(other.outcome, Sequence)
    assert await database.fetchval(_UNUSED) == 3, "seats that they chose and nobody has"


async def test_a_party_that_moves_itself_while_the_hall_moves_it_has_one_time() -> None:
    people, party_id, there = await closed_family()
    command = MoveParty(party_id=party_id, slot_id=there)
    await all_at_once([work_off, partial(appointments.move_party, people.organiser, command, NOW)])
    rows = await database.fetch("SELECT slot_id, seat_id, sequence FROM appointment")
    assert len({row["slot_id"] for row in rows}) == 1
    assert len({row["seat_id"] for row in rows}) == len(rows) == 3
    assert {row["sequence"] for row in rows} in ({1}, {2})
    assert await database.fetchval(_UNUSED) == 0
    assert await database.fetchval(_STRANDED) == 0


async def ending_closure() -> tuple[Actor, UUID]:
    """A closure with one stuck case and nothing else to do but to end: an administrator, the case.

    What made the case stick is mended.
    """
    await catalog.sync(NOW)
    await open_hall()
    [two, _] = await slots(TOMORROW)
    await appointments.book(await named(), Book(item_code=ITEM, slot_id=two.id), NOW)
    await database.fetch("UPDATE appointment SET sequence = 2147483647")
    admin = await administrator()
    await close_as_shown(admin)
    [event] = await leases.claim([appointments.CLOSURE_DUE], NOW, 1)
    await leases.consume(event, (appointments.displace_next,), NOW)
    await database.fetch("UPDATE appointment SET sequence = 0")
    case_id: UUID = await database.fetchval("SELECT id FROM displacement WHERE status = 'stuck'")
    return admin, case_id


_FORGOTTEN = """
    SELECT count(*) FROM displacement d JOIN closure c ON c.id = d.closure_id
     WHERE d.status = 'waiting' AND c.status = 'done'
"""


@pytest.mark.control_of("test_what_is_tried_again_while_the_closure_ends_is_dealt_with")
async def test_without_the_closures_lock_what_is_tried_again_is_forgotten() -> None:
    admin, case_id = await ending_closure()
    with (
        without("FOR UPDATE", of="SELECT FROM closure WHERE id = $1"),
        overtaken(
            by=partial(appointments.try_again, admin, case_id, NOW),
            after="SELECT EXISTS (SELECT FROM displacement WHERE closure_id",
        ),
    ):
        await work_off()
    assert await database.fetchval(_FORGOTTEN) == 1


async def test_what_is_tried_again_while_the_closure_ends_is_dealt_with() -> None:
    admin, case_id = await ending_closure()
    await all_at_once([work_off, *[partial(appointments.try_again, admin, case_id, NOW)] * 3])
    await work_off()
    assert await database.fetchval(_FORGOTTEN) == 0
    assert await database.fetchval("SELECT status FROM displacement") == "moved"
    tried = "SELECT count(*) FROM audit_record WHERE action = 'appointment.closure_retried'"
    assert await database.fetchval(tried) == 1
