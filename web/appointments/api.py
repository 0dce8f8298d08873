"""Booking for programs: free times, holds, and the appointments behind a token."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from litestar import MediaType, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.serialization import encode_json

from services import appointments, catalog
from services.appointments import (
    AlreadyBooked,
    AppointmentSettled,
    AppointmentUnknown,
    Book,
    BookingBlocked,
    DayTaken,
    HoldExpired,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    ItemNotBookable,
    NotReleased,
    NotYourTurn,
    OtherLine,
    SameSlot,
    SlotClosed,
    SlotFull,
    SlotPast,
    SlotUnknown,
    TooFarAhead,
    TooLateToBook,
    TooLateToChange,
)
from services.identity import RealNameRequired
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.glances import Glances
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.appointments.answers import (
    AppointmentAnswer,
    BookRequest,
    RescheduleRequest,
    SlotAnswer,
    appointment_answer,
    slot_answer,
)
from web.appointments.mine import page_of
from web.appointments.slips import CALENDAR, calendar_answer
from web.appointments.turns import taking_turns
from web.common.guards import CurrentActor, Now, citizen, public, real_name
from web.common.idempotency import idempotent
from web.common.pagination import DEFAULT_LIMIT, AfterCursor, Listing, PageLimit
from web.common.rendering import AnyRequest

ANYONE = "anyone may see which times are free"
SHOWN_UNASKED = timedelta(days=14)
LONGEST_RANGE = timedelta(days=31)
FURTHEST = timedelta(days=366)
WRONG_RANGE = N_("Please ask for at most 31 days at a time, within a year of today.")

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

Office = Annotated[
    str, QueryParameter(name="office", max_length=60, description=N_("The office's code."))
]
Item = Annotated[
    str, QueryParameter(name="item", max_length=60, description=N_("The item's code."))
]
From = Annotated[
    date | None, QueryParameter(name="from", description=N_("The first day; today if absent."))
]
To = Annotated[date | None, QueryParameter(name="to", description=N_("The last day, included."))]
OwnReference = Annotated[
    str, PathParameter(description=N_("The appointment's reference, written in any way."))
]


def range_asked(first: date | None, last: date | None, now: datetime) -> tuple[date, date]:
    """The first and the last day that times are asked for. Raises InvalidInput."""
    today = local_date(now)
    first = first or today
    if abs(first - today) > FURTHEST:
        raise InvalidInput(FieldError("from", "range_wrong", WRONG_RANGE))
    last = last or first + SHOWN_UNASKED
    if not first <= last <= first + LONGEST_RANGE:
        raise InvalidInput(FieldError("to", "range_wrong", WRONG_RANGE))
    return first, last


@get(
    "/slots",
    opt=public(ANYONE),
    tags=["slots"],
    summary=N_("List free and full times"),
    operation_id="list_slots",
    responses={
        200: ResponseSpec(
            list[SlotAnswer],
            generate_examples=False,
            description="Request fulfilled, document follows",
        ),
        **problems(catalog.ItemUnknown, catalog.OfficeUnknown, public=True),
    },
)
async def list_slots(
    office: Office, item: Item, now: Now, *, first: From = None, last: To = None
) -> Response[bytes]:
    """Every time that has not begun and on which the hall is open, in order; full ones too."""
    first, last = range_asked(first, last, now)
    body = await _slots.at((office, item, first, last), now)
    return Response(body, media_type=MediaType.JSON)


async def _encoded_slots(asked: tuple[str, str, date, date], now: datetime) -> bytes:
    office, item, first, last = asked
    found = await appointments.availability(office, item, first, last, now)
    return encode_json([slot_answer(slot) for slot in found])


# The whole hall looks at the same month when its seats are released.
_slots = Glances(_encoded_slots)


@post(
    "/appointments",
    guards=[real_name],
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
        limited=True,
        repeatable=True,
    ),
)
@taking_turns
@idempotent
async def book(
    request: AnyRequest, data: JSONBody[BookRequest], actor: CurrentActor, now: Now
) -> AppointmentAnswer:
    """Books one place, in a slot or with a hold."""
    del request
    command = Book(item_code=data.item, slot_id=data.slot_id, hold_id=data.hold_id)
    return appointment_answer(await appointments.book(actor, command, now))


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
    return await calendar_answer(await appointments.own(actor, reference), now)


HANDLERS = (
    list_slots,
    book,
    list_appointments,
    read,
    cancel,
    reschedule,
    calendar,
)
