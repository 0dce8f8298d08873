"""Bringing an office's slots in step with what is wanted: locking, and writing a plan.

One at a time for an office: whoever plans holds its advisory lock.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.appointments.seating.returns import offer_added
from services.appointments.states import Share
from services.appointments.timetable.halls import plan_for
from services.appointments.timetable.planner import Plan, SlotStep, WantedSlot
from services.appointments.waitlist.steps import wait_again
from services.kernel.errors import Conflict, Unavailable
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

# One planner an office at a time; any constant that nothing else uses.
_LOCK = 0x736C6F74
# A seat is locked for as long as a booking takes: milliseconds.
_TRIES = 200
_PAUSE_SECONDS = 0.025


async def lock_office(uow: UnitOfWork, office_code: str) -> None:
    """Be the only one who plans for an office; waits."""
    await uow.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", _LOCK, office_code)


async def try_to_lock_office(uow: UnitOfWork, office_code: str) -> bool:
    """The same without waiting; False when somebody else is at it."""
    alone: bool = await uow.fetchval(
        "SELECT pg_try_advisory_xact_lock($1, hashtext($2))", _LOCK, office_code
    )
    return alone


async def settled_plan(office_code: str, now: datetime) -> Plan:
    """What has to be done at an office, with every seat locked that it takes away.

    From then on nobody can book one of these seats: who was about to has it and is in the plan,
    or finds it gone. Raises Unavailable when the seats are in use for too long.
    """
    planned = await plan_for(office_code, now)
    losing = _slots_that_lose(planned)
    if not losing:
        return planned
    await _lock(_slots(planned), losing)
    again = await plan_for(office_code, now)
    if not set(_slots(again)) <= set(_slots(planned)) or not set(_slots_that_lose(again)) <= set(
        losing
    ):
        raise Conflict
    return again


def _slots(planned: Plan) -> list[UUID]:
    return [step.slot.id for step in planned.steps]


def _slots_that_lose(planned: Plan) -> list[UUID]:
    return [step.slot.id for step in planned.steps if step.seats_removed or step.displaced]


async def _lock(slots: Sequence[UUID], losing: Sequence[UUID]) -> None:
    """Lock some slots and all seats of those that lose some, or nothing and try again.

    Whoever waited here with some of them locked could wait for a booking that waits for them.
    """
    for _ in range(_TRIES):
        try:
            async with unit_of_work() as uow:
                await uow.execute(
                    "SELECT FROM slot WHERE id = ANY($1::uuid[]) FOR NO KEY UPDATE NOWAIT", slots
                )
                await uow.execute(
                    "SELECT FROM seat WHERE slot_id = ANY($1::uuid[]) FOR UPDATE NOWAIT",
                    losing,
                )
        except Unavailable:
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return
    raise Unavailable


async def write_plan(uow: UnitOfWork, office_code: str, planned: Plan, now: datetime) -> None:
    """Do what a plan says. Seats whose holders must leave stay theirs until those are moved."""
    steps = planned.steps
    # Closing comes first: what opens may lie across what closes.
    await uow.execute(
        "UPDATE slot SET closed_at = $2 WHERE id = ANY($1::uuid[]) AND closed_at IS NULL",
        [step.slot.id for step in steps if step.closed],
        now,
    )
    await _withdraw(uow, [seat for step in steps for seat in step.withdrawn], now)
    for seats, leaving in (
        ([seat for step in steps for seat in step.leaving], True),
        ([seat for step in steps for seat in step.staying], False),
    ):
        await uow.execute("UPDATE seat SET leaving = $2 WHERE id = ANY($1::uuid[])", seats, leaving)
    await uow.execute(
        "UPDATE seat SET state = 'free' WHERE id = ANY($1::uuid[]) AND state = 'withdrawn'",
        [seat for step in steps for seat in step.returned],
    )
    opened = [step for step in steps if not step.closed]
    await uow.execute(
        """
        UPDATE slot SET closed_at = NULL, released_at = new.released_at
          FROM unnest($1::uuid[], $2::timestamptz[]) AS new (id, released_at)
         WHERE slot.id = new.id
        """,
        [step.slot.id for step in opened],
        [step.released_at for step in opened],
    )
    await _add_seats(uow, [(step.slot.id, *one) for step in opened for one in _numbered(step)])
    await offer_added(uow, [step.slot.id for step in opened if step.seats_added], now)
    await _make(uow, office_code, planned.made)


async def _withdraw(uow: UnitOfWork, seat_ids: Sequence[UUID], now: datetime) -> None:
    await uow.execute(
        """
        UPDATE seat SET state = 'withdrawn', held_until = NULL, returns_at = NULL
         WHERE id = ANY($1::uuid[]) AND state IN ('free', 'held')
        """,
        seat_ids,
    )
    rows = await uow.fetch(
        "UPDATE hold SET status = 'withdrawn'"
        " WHERE seat_id = ANY($1::uuid[]) AND status = 'active' RETURNING id",
        seat_ids,
    )
    await wait_again(uow, [row["id"] for row in rows], now)


def _numbered(step: SlotStep) -> list[tuple[int, Share]]:
    highest = max((seat.number for seat in step.slot.seats), default=0)
    return list(enumerate(step.added, start=highest + 1))


async def _make(uow: UnitOfWork, office_code: str, made: Sequence[WantedSlot]) -> None:
    by_id = {new_id(): slot for slot in made}
    await uow.execute(
        """
        INSERT INTO slot (id, office_code, line, starts_at, ends_at, released_at)
        SELECT id, $1, line, starts_at, ends_at, released_at
          FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[],
                      $6::timestamptz[]) AS new (id, line, starts_at, ends_at, released_at)
        """,
        office_code,
        list(by_id),
        [slot.line for slot in made],
        [slot.starts_at for slot in made],
        [slot.ends_at for slot in made],
        [slot.released_at for slot in made],
    )
    await _add_seats(
        uow,
        [
            (slot_id, number, share)
            for slot_id, slot in by_id.items()
            for number, share in enumerate(slot.shares, start=1)
        ],
    )


async def _add_seats(uow: UnitOfWork, seats: Sequence[tuple[UUID, int, Share]]) -> None:
    await uow.execute(
        """
        INSERT INTO seat (id, slot_id, number, share, state)
        SELECT id, slot_id, number, share, 'free'
          FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[])
               AS new (id, slot_id, number, share)
        """,
        [new_id() for _ in seats],
        [slot_id for slot_id, _, _ in seats],
        [number for _, number, _ in seats],
        [share for _, _, share in seats],
    )
