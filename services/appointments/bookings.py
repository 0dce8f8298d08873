"""Booking: one seat, one person, one item, in one transaction."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit
from services.appointments import events, limits, seats
from services.appointments.admission import KeptSeat, Offer, Wish, admit, offer
from services.appointments.errors import AlreadyBooked, HoldUnknown, SlotFull
from services.appointments.holds import ended, let_go, take_held_seat
from services.appointments.rules import shares_to_try
from services.appointments.states import HoldStatus, Share
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id, new_reference
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

CHOOSE_A_TIME = N_("Please choose a time.")


class Book(Struct, frozen=True, kw_only=True):
    """Book an item: in a slot, or with the seat of a hold; one of the two is given.

    `person_id` is given when staff book for somebody; `share` is whose seats may be used first.
    """

    item_code: str
    slot_id: UUID | None = None
    hold_id: UUID | None = None
    person_id: UUID | None = None
    share: Share = Share.ONLINE


async def book(actor: Actor, command: Book, now: datetime) -> Appointment:
    """Make an appointment.

    Raises:
        RateLimited: Too many tries in a short time.
        SlotFull: No seat is left in the slot.
        HoldUnknown: The hold is not this person's for this item.
        HoldExpired, HoldReleased, HoldUsed: It has ended.
        AlreadyBooked, DayTaken: The person has an appointment for the item, or that day.
        DomainError: As `admission.admit` and `admission.offer`.
    """
    if (command.slot_id is None) == (command.hold_id is None):
        raise InvalidInput(FieldError("slot_id", "slot_or_hold", CHOOSE_A_TIME))
    wish = await admit(actor, command.item_code, person_id=command.person_id, share=command.share)
    if not wish.by_staff:
        await charge((limits.BOOK_BY_PERSON, str(wish.person_id)))
    async with unit_of_work() as uow:
        return await _book_in(uow, actor, wish, command, now)


async def _book_in(
    uow: UnitOfWork, actor: Actor, wish: Wish, command: Book, now: datetime
) -> Appointment:
    """Book in a transaction that is open; several may share it, one savepoint each.

    Locks: the seat, then its hold; claiming waits for nobody. See docs/locking.md.
    """
    if command.hold_id is not None:
        slot_id = await _slot_of_hold(uow, wish, command.hold_id)
        offered = await offer(uow, actor, wish, slot_id, now)
        kept = offered.kept
        if kept is None or kept.hold_id != command.hold_id:
            raise await ended(command.hold_id)
        seat = await _held_seat(uow, wish, kept, now)
    else:
        assert command.slot_id is not None  # noqa: S101 - book() has checked that one is given
        offered = await offer(uow, actor, wish, command.slot_id, now)
        seat = await _any_seat(uow, wish, offered, now)
    return await _insert(uow, actor, now, wish=wish, offered=offered, seat=seat)


async def _slot_of_hold(uow: UnitOfWork, wish: Wish, hold_id: UUID) -> UUID:
    slot_id: UUID | None = await uow.fetchval(
        """
        SELECT seat.slot_id FROM hold JOIN seat ON seat.id = hold.seat_id
         WHERE hold.id = $1 AND hold.person_id = $2 AND hold.item_code = $3
        """,
        hold_id,
        wish.person_id,
        wish.item_code,
    )
    if slot_id is None:
        raise HoldUnknown
    return slot_id


async def _held_seat(uow: UnitOfWork, wish: Wish, kept: KeptSeat, now: datetime) -> seats.Seat:
    seat = await take_held_seat(uow, kept, now)
    if seat is not None:
        return seat
    # A second submit of the same page waited for the first, which has used the hold.
    reference = await uow.fetchval(
        """
        SELECT reference FROM appointment
         WHERE person_id = $1 AND item_code = $2 AND status IN ('booked', 'checked_in')
        """,
        wish.person_id,
        wish.item_code,
    )
    if reference is not None:
        raise AlreadyBooked(reference=reference)
    raise await ended(kept.hold_id)


async def _any_seat(uow: UnitOfWork, wish: Wish, offered: Offer, now: datetime) -> seats.Seat:
    """The person's own held seat in this slot, or one that is free; holds elsewhere are let go."""
    kept = offered.kept
    if kept is not None and kept.slot_id == offered.slot_id:
        held = await take_held_seat(uow, kept, now)
        if held is not None:
            return held
        kept = None
    seat = await seats.claim(uow, offered.slot_id, shares_to_try(wish.share), now)
    if seat is None:
        raise SlotFull
    if kept is not None:
        await let_go(uow, kept.hold_id, kept.seat_id, HoldStatus.RELEASED)
    return seat


async def _insert(
    uow: UnitOfWork, actor: Actor, now: datetime, *, wish: Wish, offered: Offer, seat: seats.Seat
) -> Appointment:
    row = await uow.fetchrow(
        f"""
        INSERT INTO appointment
               (id, reference, status, person_id, item_code, slot_id, office_code, line, starts_at,
                ends_at, seat_id, share, channel, sequence, booked_at)
        VALUES ($1, $2, 'booked', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13)
        RETURNING {COLUMNS}
        """,  # noqa: S608 - the column list is a constant
        new_id(),
        new_reference(),
        wish.person_id,
        wish.item_code,
        offered.slot_id,
        offered.office_code,
        offered.line,
        offered.starts_at,
        offered.ends_at,
        seat.id,
        seat.share,
        wish.channel,
        now,
    )
    assert row is not None  # noqa: S101 - an INSERT that succeeds returns its row
    appointment = appointment_from(row)
    await audit.record(
        actor,
        "appointment.booked",
        subject="appointment",
        subject_id=appointment.id,
        office_code=appointment.office_code,
        data={
            "item_code": appointment.item_code,
            "slot_id": str(appointment.slot_id),
            "share": appointment.share,
        },
        now=now,
    )
    await events.publish(events.BOOKED, appointment.id, now)
    return appointment
