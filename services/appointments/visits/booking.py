"""Booking a visit: several people, several items, or more minutes than one slot has.

All or nothing, in one transaction. What one person books for one item in one slot is
`bookings.book`, which waits for nobody; this is for everything else.
"""

from datetime import datetime
from uuid import UUID

from services.appointments import limits
from services.appointments.booking import bookings
from services.appointments.booking.bookings import CHOOSE_A_TIME, Book
from services.appointments.booking.errors import LongerThanSlot
from services.appointments.booking.facts import Facts
from services.appointments.booking.holds import ended
from services.appointments.rules import shares_to_try
from services.appointments.seating import seats
from services.appointments.seating.people import seat_people
from services.appointments.views import Appointment
from services.appointments.visits.planning import Asked, BookVisit, admit_all, numbered, plan
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
        asked = Asked(actor=actor, slot_id=command.slot_id, hold_id=command.hold_id, now=now)
        found = await admit_all(uow, planned, asked)
        offered = found[0]
        await _use_hold(uow, offered, command.hold_id, now)
        shares = shares_to_try(planned.wish.share)
        placed = await seat_people(
            uow, planned.people, offered, now, minutes=planned.minutes, shares=shares
        )
        party_id = await make_party(uow, planned, now)
        return await write(uow, actor, planned, numbered(placed, found), now, party_id=party_id)


async def _use_hold(uow: UnitOfWork, offered: Facts, hold_id: UUID | None, now: datetime) -> None:
    """Free the seat that the organiser holds for the item, for this very transaction to claim.

    Nobody else can: its row stays locked. Locks the seat, then the hold. Raises what became of
    the hold if the visit is to be booked with one that has ended.
    """
    kept = offered.kept
    used = 0
    if kept is not None and hold_id in (None, kept.hold_id):
        await uow.execute("SELECT 1 FROM seat WHERE id = $1 FOR UPDATE", kept.seat_id)
        used = await uow.execute(
            """
            UPDATE hold SET status = 'used'
             WHERE id = $1 AND status = 'active' AND expires_at > $2
            """,
            kept.hold_id,
            now,
        )
        if used:
            await seats.give_back(uow, kept.seat_id)
    if hold_id is not None and not used:
        raise await ended(hold_id)
