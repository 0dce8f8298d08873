"""Booking: one seat, one person, one item. Waiting requests of a process share a transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments import limits
from services.appointments.booking.admission import Application, wish_of
from services.appointments.booking.placing import LATER, Later, place
from services.appointments.states import Share
from services.appointments.views import Appointment
from services.kernel.actor import Actor
from services.kernel.batches import Batcher
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.limits import charge
from services.kernel.unit_of_work import in_unit_of_work, unit_of_work

CHOOSE_A_TIME = N_("Please choose a time.")

LARGEST_BATCH = 256
# While one batch waits for the disk, the next is being written.
BATCHES_AT_ONCE = 1


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
    """Make an appointment, in the unit of work that is open or together with others who wait.

    Raises:
        RateLimited: Too many tries in a short time.
        RealNameRequired: The person has not registered a name and a document.
        SlotFull: No seat is left in the slot.
        HoldUnknown: The hold is not this person's for this item.
        HoldExpired, HoldReleased, HoldUsed: It has ended.
        AlreadyBooked, DayTaken: The person has an appointment for the item, or that day.
        DomainError: As `admission.wish_of` and `admission.offer`.
    """
    if (command.slot_id is None) == (command.hold_id is None):
        raise InvalidInput(FieldError("slot_id", "slot_or_hold", CHOOSE_A_TIME))
    wish = await wish_of(actor, command.item_code, person_id=command.person_id, share=command.share)
    if not wish.by_staff:
        await charge((limits.BOOK_BY_PERSON, str(wish.person_id)))
    application = Application(
        actor=actor, wish=wish, slot_id=command.slot_id, hold_id=command.hold_id, now=now
    )
    if in_unit_of_work():
        return await _book_alone(application)
    outcome = await _waiting.ask(application)
    return await _book_alone(application) if isinstance(outcome, Later) else outcome


async def finish_bookings() -> None:
    """Return once everybody who waits for a booking has an answer; before the process ends."""
    await _waiting.drain()


async def _book_alone(application: Application) -> Appointment:
    async with unit_of_work() as uow:
        [outcome] = await place(uow, [application], alone=True)
        if not isinstance(outcome, Appointment):
            assert isinstance(outcome, DomainError)  # noqa: S101 - alone, nobody is told LATER
            raise outcome
        return outcome


async def _book_together(
    applications: Sequence[Application],
) -> Sequence[Appointment | Later | Exception]:
    """One transaction for all. Each outcome counts only once it has committed."""
    try:
        async with unit_of_work() as uow:
            return await place(uow, applications)
    except (DomainError, asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
        # One of them broke the transaction, and it was rolled back. Alone, each one hears why.
        return [LATER] * len(applications)


_waiting: Batcher[Application, Appointment | Later] = Batcher(
    _book_together,
    largest=LARGEST_BATCH,
    at_once=BATCHES_AT_ONCE,
    apart=lambda application: application.wish.person_id,
)
