"""Booking against closing: nobody has a seat in a closed slot without being dealt with.

The control first: a closing that looks who is booked and then shuts the slot, as code without locks
would, leaves behind whoever booked in between.
"""

import asyncio
from functools import partial

import pytest

from services import appointments, catalog
from services.appointments import (
    ApplyChange,
    Appointment,
    Book,
    Preview,
    SlotClosed,
    SlotFull,
)
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import Conflict
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, TOMORROW, named, open_hall, slots
from tests.closures import administrator, closing, work_off
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

RUSH = 8

_STRANDED = """
    SELECT count(*) FROM appointment a JOIN slot ON slot.id = a.slot_id
     WHERE slot.closed_at IS NOT NULL AND a.status = 'booked'
       AND NOT EXISTS (SELECT FROM displacement d WHERE d.appointment_id = a.id)
"""


async def close_naively() -> None:
    """Note who is booked, then close: each a plain statement."""
    async with unit_of_work() as uow:
        await uow.fetch("SELECT id FROM appointment WHERE status = 'booked'")
        await asyncio.sleep(0.1)  # the page is rendered, the administrator reads, …
        await uow.execute("UPDATE slot SET closed_at = now()")


async def close_as_shown(actor: Actor) -> int:
    """Preview and apply until what was shown is what is done; how often that took."""
    tries = 0
    while True:
        tries += 1
        shown: Preview = await appointments.preview_change(actor, closing(), NOW)
        command = ApplyChange(change=closing(), digest=shown.digest)
        try:
            await appointments.apply_change(actor, command, NOW)
        except Conflict:
            continue
        return tries


@pytest.mark.control_of("test_whoever_was_quick_enough_is_moved_and_nobody_else_gets_in")
async def test_without_locks_somebody_is_left_behind() -> None:
    await catalog.sync(NOW)
    await open_hall(seats=RUSH)
    [two, _] = await slots(TOMORROW)
    people = [await named() for _ in range(RUSH)]
    command = Book(item_code=ITEM, slot_id=two.id)
    await all_at_once(
        [close_naively, *(partial(appointments.book, one, command, NOW) for one in people)]
    )
    assert await database.fetchval(_STRANDED) > 0


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


@pytest.mark.no_race("the case is locked; its control is on its way")
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
