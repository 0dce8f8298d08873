"""Booking for programs: the appointments behind a token."""

from typing import Annotated, Any

from litestar import Response, delete, get, post
from litestar.params import JSONBody, PathParameter

from services import appointments, catalog
from services.appointments import (
    AlreadyBooked,
    AppointmentSettled,
    AppointmentUnknown,
    BookingBlocked,
    BookVisit,
    DayTaken,
    HeldForOthers,
    HoldExpired,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    ItemNotBookable,
    ItemsOfOtherLines,
    NotReleased,
    NotYourTurn,
    OtherLine,
    SameSlot,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotUnknown,
    SomebodyBooked,
    TooFarAhead,
    TooLateToBook,
    TooLateToChange,
    TooManyItems,
    VisitDoesNotFit,
)
from services.identity import CompanionUnknown, RealNameRequired
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.appointments.answers import (
    AppointmentAnswer,
    BookRequest,
    RescheduleRequest,
    WishesRequest,
    appointment_answer,
)
from web.appointments.mine import page_of
from web.appointments.plain_booking import PlainBooking, command_of
from web.appointments.slips import CALENDAR, calendar_answer
from web.appointments.turns import taking_turns
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.idempotency import idempotent
from web.common.pagination import DEFAULT_LIMIT, AfterCursor, Listing, PageLimit
from web.common.rendering import AnyRequest

# What a slot and a person can have against a booking.
SLOT_REFUSALS = (
    SlotUnknown,
    SlotFull,
    SlotPast,
    SlotClosed,
    NotReleased,
    NotYourTurn,
    TooFarAhead,
    TooLateToBook,
    OtherLine,
)
REFUSALS = (
    *SLOT_REFUSALS,
    catalog.ItemUnknown,
    ItemNotBookable,
    RealNameRequired,
    BookingBlocked,
    AlreadyBooked,
    DayTaken,
)

OwnReference = Annotated[
    str, PathParameter(description=N_("The appointment's reference, written in any way."))
]


@post(
    "/appointments",
    guards=[real_name],
    middleware=[PlainBooking()],
    security=SIGNED_IN,
    tags=["appointments"],
    summary=N_("Book an appointment"),
    operation_id="book_appointment",
    responses=problems(
        *REFUSALS,
        HoldUnknown,
        HoldExpired,
        HoldReleased,
        HoldUsed,
        HeldForOthers,
        CompanionUnknown,
        ItemsOfOtherLines,
        SomebodyBooked,
        TooManyItems,
        VisitDoesNotFit,
        limited=True,
        repeatable=True,
    ),
)
@taking_turns
@idempotent
async def book(
    request: AnyRequest, data: JSONBody[BookRequest], actor: CurrentActor, now: Now
) -> AppointmentAnswer:
    """Books one place, in a slot or with a hold; with companions, one for each or none at all.

    The answer is one's own appointment, or that of the first companion if one does not come
    oneself; the others' are on the list.
    """
    del request
    if data.is_simple:
        return appointment_answer(await appointments.book(actor, command_of(data), now))
    [own, *_] = await appointments.book_visit(actor, _visit(data), now)
    return appointment_answer(own)


def _visit(data: BookRequest) -> BookVisit:
    wished = data.wishes or WishesRequest()
    return BookVisit(
        item_code=data.item,
        further_items=tuple(data.further_items),
        slot_id=data.slot_id,
        hold_id=data.hold_id,
        people=tuple(data.people),
        myself=data.myself,
        wishes=appointments.wishes_from(wished.needs, wished.language),
    )


@get(
    "/appointments",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["appointments"],
    summary=N_("List one's own appointments"),
    operation_id="list_appointments",
    responses=problems(),
)
async def list_appointments(
    actor: CurrentActor, cursor: AfterCursor = None, limit: PageLimit = DEFAULT_LIMIT
) -> Listing[AppointmentAnswer]:
    """All of them, the latest booked first."""
    found = await page_of(actor, cursor, limit)
    return Listing([appointment_answer(one) for one in found.items], found.next_cursor)


@get(
    "/appointments/{reference:str}",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["appointments"],
    summary=N_("Read an appointment"),
    operation_id="get_appointment",
    responses=problems(AppointmentUnknown),
)
async def read(reference: OwnReference, actor: CurrentActor) -> AppointmentAnswer:
    """One of one's own, by its reference, written in any way."""
    return appointment_answer(await appointments.own(actor, reference))


@delete(
    "/appointments/{reference:str}",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["appointments"],
    summary=N_("Cancel an appointment"),
    operation_id="cancel_appointment",
    responses=problems(AppointmentUnknown, AppointmentSettled, TooLateToChange),
)
async def cancel(reference: OwnReference, actor: CurrentActor, now: Now) -> None:
    """The place can be had again after a while."""
    await appointments.cancel(actor, reference, now)


@post(
    "/appointments/{reference:str}/reschedule",
    guards=[real_name],
    security=SIGNED_IN,
    status_code=200,
    tags=["appointments"],
    summary=N_("Move an appointment to another time"),
    operation_id="reschedule_appointment",
    responses=problems(
        *REFUSALS,
        AppointmentUnknown,
        AppointmentSettled,
        TooLateToChange,
        SameSlot,
        VisitDoesNotFit,
        limited=True,
        repeatable=True,
    ),
)
@taking_turns
@idempotent
async def reschedule(
    request: AnyRequest,
    data: JSONBody[RescheduleRequest],
    actor: CurrentActor,
    now: Now,
    *,
    reference: OwnReference,
) -> AppointmentAnswer:
    """The old time stands until the new one is sure; the reference stays."""
    del request
    moved = await appointments.reschedule(actor, reference, data.slot_id, now)
    return appointment_answer(moved)


@get(
    "/appointments/{reference:str}/calendar.ics",
    guards=[citizen],
    security=SIGNED_IN,
    media_type=CALENDAR,
    tags=["appointments"],
    summary=N_("Get the calendar file"),
    operation_id="get_appointment_calendar",
    responses=problems(AppointmentUnknown),
)
async def calendar(reference: OwnReference, actor: CurrentActor, now: Now) -> Response[Any]:
    """The appointment as iCalendar (RFC 5545), in the language that its holder has notices in."""
    return await calendar_answer(actor, await appointments.own(actor, reference), now)


HANDLERS = (
    book,
    list_appointments,
    read,
    cancel,
    reschedule,
    calendar,
)
