"""Booking a visit: several people, several items, or more minutes than one slot has.

All or nothing, in one transaction. What one person books for one item in one slot is
`bookings.book`, which waits for nobody; this is for everything else.
"""

from datetime import datetime
from uuid import UUID

from services.appointments import limits
from services.appointments.booking import bookings
from services.appointments.booking.bookings import CHOOSE_A_TIME, Book
from services.appointments.booking.errors import AlreadyBooked, LongerThanSlot, SomebodyBooked
from services.appointments.booking.facts import Facts
from services.appointments.booking.kept import ended, let_go, lives, lock_kept
from services.appointments.rules import shares_to_try
from services.appointments.seating.people import Placed, seat_people
from services.appointments.standing import strikes
from services.appointments.states import HoldStatus
from services.appointments.views import Appointment
from services.appointments.visits.holding import held_slot, take_held
from services.appointments.visits.planning import (
    Asked,
    BookVisit,
    Plan,
    admit_all,
    numbered,
    plan,
)
from services.appointments.visits.writing import make_party, write
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work


async def book(actor: Actor, command: Book, now: datetime) -> Appointment:
    """Make an appointment for one person and item, however many slots that takes.

    Raises as `bookings.book`, and VisitDoesNotFit when the slots after it are full.
    """
    try:
        return await bookings.book(actor, command, now)
    except LongerThanSlot:
        visit = BookVisit(
            item_code=command.item_code,
            slot_id=command.slot_id,
            hold_id=command.hold_id,
            person_id=command.person_id,
            share=command.share,
        )
        [made] = await book_visit(actor, visit, now)
        return made


async def book_visit(actor: Actor, command: BookVisit, now: datetime) -> list[Appointment]:
    """Book for everybody who comes, or for nobody; one appointment a person, in their order.

    Raises:
        RateLimited: Too many tries in a short time.
        VisitDoesNotFit, SlotFull: Not enough room from the slot on.
        SomebodyBooked: One of the companions has an appointment for an item, or that day.
        ItemsOfOtherLines, TooManyItems: The items cannot be one visit.
        CompanionUnknown: Not somebody on the citizen's list.
        DomainError: As `bookings.book`.
    """
    if (command.slot_id is None) == (command.hold_id is None):
        raise InvalidInput(FieldError("slot_id", "slot_or_hold", CHOOSE_A_TIME))
    planned = await plan(actor, command)
    if not planned.wish.by_staff:
        await charge((limits.BOOK_BY_PERSON, str(planned.organiser_id)))
    async with unit_of_work() as uow:
        slot_id = command.slot_id
        if command.hold_id is not None:
            slot_id = await held_slot(uow, planned, command.hold_id, now)
        asked = Asked(actor=actor, slot_id=slot_id, hold_id=None, now=now)
        try:
            found = await admit_all(uow, planned, asked)
        except (AlreadyBooked, SomebodyBooked):
            # The same form, sent twice: by now the first has used the hold.
            if command.hold_id is not None and not await lives(command.hold_id, now):
                raise await ended(command.hold_id) from None
            raise
        if command.hold_id is not None:
            placed = await take_held(uow, planned, command.hold_id, now)
        else:
            placed = await _claimed(uow, planned, found[0], now)
        party_id = await make_party(uow, planned, now)
        made = await write(uow, actor, planned, numbered(placed, found), now, party_id=party_id)
        await strikes.arranged_again(uow, made[0], planned.organiser_id, found[0].rule, now)
    return made


async def _claimed(uow: UnitOfWork, planned: Plan, offered: Facts, now: datetime) -> list[Placed]:
    """Seats from the slot on. What the organiser holds for the item is given up for them."""
    await _free(uow, planned, offered.slot_id, now)
    return await seat_people(
        uow,
        planned.people,
        offered,
        now,
        minutes=planned.minutes,
        shares=shares_to_try(planned.wish.share),
    )


async def _free(uow: UnitOfWork, planned: Plan, wanted: UUID, now: datetime) -> None:
    """Let the organiser's hold go; its seats in the wanted slot at once, for this transaction.

    Nobody else can claim them: their rows stay locked. Locks the seats, then the hold.
    """
    hold_id = await uow.fetchval(
        """
        SELECT id FROM hold
         WHERE person_id = $1 AND item_code = $2 AND status = 'active' AND part_of IS NULL
        """,
        planned.organiser_id,
        planned.wish.item_code,
    )
    if hold_id is None:
        return
    kept = await lock_kept(uow, hold_id)
    if await let_go(uow, hold_id, HoldStatus.RELEASED, now):
        await uow.execute(
            "UPDATE seat SET returns_at = NULL WHERE id = ANY($1::uuid[]) AND state = 'free'",
            [one.seat.id for one in kept if one.slot_id == wanted],
        )
