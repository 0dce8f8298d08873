"""Joining the waiting list, taking what it offers, and leaving it."""

from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec import Struct

from services import audit, catalog
from services.appointments import limits
from services.appointments.booking.admission import admit
from services.appointments.booking.bookings import Book, book
from services.appointments.booking.errors import AlreadyBooked, HoldExpired, HoldUsed, SlotClosed
from services.appointments.booking.kept import let_go
from services.appointments.states import BookingChannel, HoldStatus, WaitlistStatus
from services.appointments.views import Appointment, recorded_as
from services.appointments.waitlist.errors import OfferOver, StillWaiting
from services.appointments.waitlist.outlook import hindrance
from services.appointments.waitlist.steps import settle_entries, step
from services.appointments.waitlist.views import WaitlistEntry, own_entry
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import unit_of_work

MOST_OFFICES = 30
LONGEST_WAIT = timedelta(days=60)
CHOOSE_OFFICES = N_("Please choose at least one hall that does this.")
CHOOSE_DAYS = N_("Please choose days from today on, the first before the last.")


class JoinWaitlist(Struct, frozen=True, kw_only=True):
    """Wait for a seat for an item at any of the offices, on any of the days, both included."""

    item_code: str
    office_codes: tuple[str, ...]
    first_day: date
    last_day: date


async def join_waitlist(actor: Actor, command: JoinWaitlist, now: datetime) -> WaitlistEntry:
    """Put a citizen at the end of the line.

    Raises:
        InvalidInput: No office, one that does not do the item, or days that are over.
        RoomNow: There are free seats already.
        NothingReturns: As `outlook.hindrance`, which says why nothing could be offered.
        WaitingAlready: The person waits for the item already.
        AlreadyBooked: The person has an appointment for it.
        RateLimited: Too many tries in a short time.
        DomainError: As `admission.admit`.
    """
    person_id = actor.person_id()
    wish = await admit(actor, command.item_code)
    await charge((limits.WAIT_BY_PERSON, str(person_id)))
    offices = await _offices(command, wish.line)
    today = local_date(now)
    if (
        not today <= command.last_day <= today + LONGEST_WAIT
        or command.first_day > command.last_day
    ):
        raise InvalidInput(FieldError("last_day", "range_wrong", CHOOSE_DAYS))
    item = await catalog.item(wish.item_code)
    first = max(command.first_day, today)
    if (refusal := await hindrance(item, first, command.last_day, now, offices)) is not None:
        raise refusal
    await settle_entries(now)
    async with unit_of_work() as uow:
        if await uow.fetchval(
            """
            SELECT EXISTS (SELECT FROM appointment WHERE person_id = $1 AND item_code = $2
                              AND status IN ('booked', 'checked_in'))
            """,
            person_id,
            wish.item_code,
        ):
            raise AlreadyBooked
        entry_id = new_id()
        await uow.execute(
            """
            INSERT INTO waitlist_entry
                   (id, person_id, item_code, line, minutes, status, first_day, last_day,
                    created_at)
            VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8)
            """,
            entry_id,
            person_id,
            wish.item_code,
            wish.line,
            item.minutes,
            max(command.first_day, today),
            command.last_day,
            now,
        )
        await uow.execute(
            """
            INSERT INTO waitlist_office (id, entry_id, office_code)
            SELECT id, $1, office_code FROM unnest($2::uuid[], $3::text[]) AS new (id, office_code)
            """,
            entry_id,
            [new_id() for _ in offices],
            offices,
        )
        await _record(actor, "appointment.waitlist_joined", entry_id, wish.item_code, now)
        return await own_entry(actor, entry_id)


async def _offices(command: JoinWaitlist, line: str) -> list[str]:
    serving = {one.code for one in await catalog.offices() if line in one.lines}
    chosen = list(dict.fromkeys(command.office_codes))
    if not 0 < len(chosen) <= MOST_OFFICES or not set(chosen) <= serving:
        raise InvalidInput(FieldError("office_codes", "offices_wrong", CHOOSE_OFFICES))
    return chosen


async def take_offer(actor: Actor, entry_id: UUID, now: datetime) -> Appointment:
    """Book the seat that is kept for the person. Locks the seat, its hold, then the entry.

    Raises:
        WaitlistUnknown: The entry does not exist, or is somebody else's.
        OfferOver: Nothing was offered, or the time is up.
        StillWaiting: Nothing is offered now, or the hall closes at that time.
        AlreadyBooked: It was taken already, or the person has booked in another way.
        DomainError: As `bookings.book`.
    """
    entry = await own_entry(actor, entry_id)
    if entry.status is WaitlistStatus.WAITING:
        raise StillWaiting
    if entry.offer is None or entry.status is not WaitlistStatus.OFFERED:
        raise OfferOver
    if entry.offer.until <= now:
        raise OfferOver
    async with unit_of_work() as uow:
        try:
            made = await book(
                actor, Book(item_code=entry.item_code, hold_id=entry.offer.hold_id), now
            )
        except (HoldExpired, HoldUsed) as error:
            raise OfferOver from error
        except SlotClosed as error:
            raise StillWaiting from error
        await uow.execute(
            "UPDATE appointment SET channel = $2 WHERE id = $1", made.id, BookingChannel.WAITLIST
        )
        await step(uow, entry_id, WaitlistStatus.TAKEN, now)
        await _record(actor, "appointment.offer_taken", entry_id, entry.item_code, now)
    return recorded_as(made, BookingChannel.WAITLIST)


async def leave_waitlist(actor: Actor, entry_id: UUID, now: datetime) -> None:
    """Leave the line at any time; an offered seat goes to the next.

    Locks the seat, its hold, then the entry. Raises WaitlistUnknown, WaitlistSettled.
    """
    entry = await own_entry(actor, entry_id)
    async with unit_of_work() as uow:
        if entry.offer is not None:
            await let_go(uow, entry.offer.hold_id, HoldStatus.RELEASED, now)
        await step(uow, entry_id, WaitlistStatus.LEFT, now)
        await _record(actor, "appointment.waitlist_left", entry_id, entry.item_code, now)


async def _record(actor: Actor, action: str, entry_id: UUID, item_code: str, now: datetime) -> None:
    await audit.record(
        actor,
        action,
        subject="waitlist_entry",
        subject_id=entry_id,
        data={"item_code": item_code},
        now=now,
    )
