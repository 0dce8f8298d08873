"""Keeping all the seats of a visit while its details are filled in, and booking just these.

A seat is kept by a hold of its own. The first one's is the visit's: it has the person, the time and
what is kept for how many; the others are part of it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from services import audit
from services.appointments import limits
from services.appointments.booking import holds
from services.appointments.booking.admission import offer, wish_of
from services.appointments.booking.errors import HeldForOthers, HoldUnknown, LongerThanSlot
from services.appointments.booking.facts import Facts
from services.appointments.booking.holds import Hold
from services.appointments.booking.kept import (
    ended,
    held_seat,
    let_go,
    lives,
    lock_kept,
    runs_of,
)
from services.appointments.rules import hold_expiry, shares_to_try
from services.appointments.seating import returns, seats
from services.appointments.seating.demand import found_full
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.seating.people import Placed, seat_people
from services.appointments.states import HoldStatus, Share
from services.appointments.views import HeldSeat
from services.appointments.visits.planning import Asked, BookVisit, Plan, admit_all, plan
from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work


class HoldVisit(Struct, frozen=True, kw_only=True):
    """Keep the seats of a visit that begins in this slot; who comes for what as in BookVisit."""

    slot_id: UUID
    item_code: str
    further_items: tuple[str, ...] = ()
    people: tuple[UUID, ...] = ()
    myself: bool = True


class Places(Struct, frozen=True, kw_only=True):
    """What is to be kept, and for whom."""

    person_id: UUID
    item_code: str
    further_items: tuple[str, ...]
    people: int
    minutes: int
    share: Share
    apart: bool = False


async def hold(actor: Actor, command: Hold, now: datetime) -> HeldSeat:
    """Keep what one person takes for one item, however many slots that is.

    Raises as `holds.hold`, and VisitDoesNotFit when the slots after it are full.
    """
    try:
        return await holds.hold(actor, command, now)
    except LongerThanSlot:
        wish = await wish_of(actor, command.item_code)
        places = Places(
            person_id=wish.person_id,
            item_code=wish.item_code,
            further_items=(),
            people=1,
            minutes=wish.minutes,
            share=wish.share,
        )
        # No single slot has to have all the minutes.
        anywhere = structs.replace(wish, minutes=0)
        async with unit_of_work() as uow:
            offered = await offer(uow, actor, anywhere, command.slot_id, now, keeping=True)
            return await keep(uow, actor, places, offered, now)


async def hold_visit(actor: Actor, command: HoldVisit, now: datetime) -> HeldSeat:
    """Keep seats for everybody who comes, or for nobody. What was kept for the item is given up.

    Asking again for what is held already answers with the hold that there is.

    Raises:
        RateLimited: Too many holds in a short time.
        VisitDoesNotFit, SlotFull: Not enough room from the slot on.
        HeldElsewhere: The same person took another time for the item in the same moment.
        DomainError: As `book_visit`.
    """
    planned = await plan(
        actor,
        BookVisit(
            item_code=command.item_code,
            further_items=command.further_items,
            people=command.people,
            myself=command.myself,
        ),
    )
    await charge((limits.HOLD_BY_PERSON, str(planned.organiser_id)))
    async with unit_of_work() as uow:
        asked = Asked(actor=actor, slot_id=command.slot_id, hold_id=None, now=now)
        [offered, *_] = await admit_all(uow, planned, asked)
        places = Places(
            person_id=planned.organiser_id,
            item_code=planned.wish.item_code,
            further_items=planned.further_items,
            people=len(planned.people),
            minutes=planned.minutes,
            share=planned.wish.share,
        )
        return await keep(uow, actor, places, offered, now)


async def keep(
    uow: UnitOfWork, actor: Actor, places: Places, offered: Facts, now: datetime
) -> HeldSeat:
    """Keep the places from a slot on that has been offered.

    Locks what the person kept for these items, then the slots in order of time, if more than one
    seat is wanted, then the new seats (without waiting).
    """
    items = [places.item_code, *places.further_items]
    before = await uow.fetch(
        """
        SELECT hold.id, hold.item_code = $2 AND hold.people = $3 AND hold.further_items = $4
                        AND seat.slot_id = $6 AS same
          FROM hold JOIN seat ON seat.id = hold.seat_id
         WHERE hold.person_id = $1 AND hold.item_code = ANY($5::text[])
           AND hold.status = 'active' AND hold.part_of IS NULL
         ORDER BY seat.id
        """,
        places.person_id,
        places.item_code,
        places.people,
        list(places.further_items),
        items,
        offered.slot_id,
    )
    for row in before:
        if row["same"] and await lives(row["id"], now):
            return await held_seat(actor, row["id"], now)
    for row in before:
        await let_go(uow, row["id"], HoldStatus.RELEASED, now)
    try:
        placed = await seat_people(
            uow,
            [places.person_id] * places.people,
            offered,
            now,
            minutes=places.minutes,
            shares=shares_to_try(places.share),
            apart=places.apart,
            held_until=hold_expiry(now, offered.starts_at, offered.rule),
        )
    except (SlotFull, VisitDoesNotFit):
        found_full(offered.slot_id, places.person_id)
        raise
    hold_id = await _write(uow, places, placed, offered, now)
    await audit.record(
        actor,
        "appointment.seat_held",
        subject="slot",
        subject_id=offered.slot_id,
        office_code=offered.office_code,
        data={"hold_id": str(hold_id), "item_code": places.item_code, "people": places.people},
        now=now,
    )
    return await held_seat(actor, hold_id, now)


async def _write(
    uow: UnitOfWork,
    places: Places,
    placed: Sequence[Placed],
    offered: Facts,
    now: datetime,
) -> UUID:
    expires_at = hold_expiry(now, offered.starts_at, offered.rule)
    kept = [seat.id for one in placed for seat in one.seats]
    ids = [new_id() for _ in kept]
    await uow.execute(
        """
        INSERT INTO hold (id, seat_id, person_id, item_code, status, expires_at, created_at,
                          extensions_left, part_of, people, further_items)
        SELECT new.id, new.seat_id, $3, $4, 'active', $5, $6, $7, nullif($8, new.id), $9, $10
          FROM unnest($1::uuid[], $2::uuid[]) AS new (id, seat_id)
        """,
        ids,
        kept,
        places.person_id,
        places.item_code,
        expires_at,
        now,
        offered.rule.hold_extensions,
        ids[0],
        places.people,
        list(places.further_items),
    )
    await returns.keep_until(uow, kept, expires_at)
    return ids[0]


async def held_slot(uow: UnitOfWork, planned: Plan, hold_id: UUID, now: datetime) -> UUID:
    """The slot in which a visit begins that the organiser holds; locks nothing.

    Raises HoldUnknown; HeldForOthers, if it is kept for other people or items; once it has ended,
    as `ended` says.
    """
    row = await uow.fetchrow(
        """
        SELECT seat.slot_id, hold.people, hold.further_items
          FROM hold JOIN seat ON seat.id = hold.seat_id
         WHERE hold.id = $1 AND hold.person_id = $2 AND hold.item_code = $3
           AND hold.part_of IS NULL
        """,
        hold_id,
        planned.organiser_id,
        planned.wish.item_code,
    )
    if row is None:
        raise HoldUnknown
    if not await lives(hold_id, now):
        raise await ended(hold_id)
    if (row["people"], set(row["further_items"])) != (
        len(planned.people),
        set(planned.further_items),
    ):
        raise HeldForOthers
    slot_id: UUID = row["slot_id"]
    return slot_id


async def take_held(uow: UnitOfWork, planned: Plan, hold_id: UUID, now: datetime) -> list[Placed]:
    """Book exactly the seats that are kept, everybody theirs, in their order.

    Locks the seats, then the hold. Raises as `ended` says when somebody was faster.
    """
    kept = await lock_kept(uow, hold_id)
    if not await lives(hold_id, now):
        raise await ended(hold_id)
    runs = runs_of(kept, len(planned.people), planned.minutes)
    if runs is None:
        raise HeldForOthers
    await uow.execute(
        "UPDATE hold SET status = 'used' WHERE (id = $1 OR part_of = $1) AND status = 'active'",
        hold_id,
    )
    await seats.book_held(uow, [one.seat.id for one in kept])
    left: dict[UUID, list[seats.Seat]] = {}
    for one in kept:
        left.setdefault(one.slot_id, []).append(one.seat)
    return [
        Placed(person_id=person_id, run=run, seats=tuple(left[slot].pop() for slot in run))
        for person_id, run in zip(planned.people, runs, strict=True)
    ]
