"""Booking on behalf: the people whom a platform has registered, the times, and its bookings."""

from typing import Annotated

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter

from services import catalog, partners
from services.appointments import (
    AppointmentSettled,
    AppointmentUnknown,
    BookingBlocked,
    ItemNotBookable,
    SameSlot,
    TooLateToChange,
)
from services.kernel.errors import Forbidden
from services.kernel.i18n import N_
from services.partners import (
    BookFor,
    PartnerDayFull,
    PartnerPersonUnknown,
    PersonHasBooking,
    PersonRefused,
    RegisterPerson,
    Scope,
    Times,
)
from web.api.openapi import WITH_KEY
from web.api.problem_docs import problems
from web.appointments.answers import RescheduleRequest, SlotAnswer, slot_answer
from web.appointments.api import SLOT_REFUSALS
from web.appointments.slots_api import From, Item, Office, To, range_asked
from web.appointments.turns import taking_turns
from web.common.guards import CurrentActor, Now, partner
from web.common.idempotency import idempotent
from web.common.pagination import (
    DEFAULT_LIMIT,
    AfterCursor,
    Listing,
    PageLimit,
    key_position,
    listing,
)
from web.common.rendering import AnyRequest
from web.partners.answers import (
    BookForRequest,
    PartnerAppointmentAnswer,
    PersonAnswer,
    PersonRequest,
    appointment_answer,
)

REFUSALS = (
    *SLOT_REFUSALS,
    catalog.ItemUnknown,
    ItemNotBookable,
    BookingBlocked,
    PersonHasBooking,
    Forbidden,
)
MadeReference = Annotated[
    str, PathParameter(description=N_("The reference of an appointment that you have made."))
]


@post(
    "/partner/people",
    guards=[partner(Scope.PEOPLE_WRITE)],
    security=WITH_KEY,
    tags=["partners"],
    summary=N_("Register a person"),
    operation_id="register_person",
    responses=problems(PersonRefused, Forbidden, limited=True, repeatable=True),
)
@idempotent
async def register(
    request: AnyRequest, data: JSONBody[PersonRequest], actor: CurrentActor, now: Now
) -> PersonAnswer:
    """The same person has the same id each time. Nothing is told of what was known before."""
    del request
    command = RegisterPerson(
        name=data.name,
        id_type=data.id_type,
        id_number=data.id_number,
        phone=data.phone,
        consent=data.consent,
        language=actor.language,
    )
    return PersonAnswer(person_id=await partners.register_person(actor, command, now))


@get(
    "/partner/slots",
    guards=[partner(Scope.SLOTS_READ)],
    security=WITH_KEY,
    tags=["partners"],
    summary=N_("List free and full times"),
    operation_id="list_partner_slots",
    responses=problems(catalog.ItemUnknown, catalog.OfficeUnknown, Forbidden, limited=True),
)
async def list_slots(
    office: Office,
    item: Item,
    actor: CurrentActor,
    now: Now,
    *,
    first: From = None,
    last: To = None,
) -> list[SlotAnswer]:
    """Every time that has not begun and on which the hall is open, in order; full ones too."""
    first, last = range_asked(first, last, now)
    wanted = Times(office_code=office, item_code=item, first=first, last=last)
    return [slot_answer(slot) for slot in await partners.slots(actor, wanted, now)]


@post(
    "/partner/appointments",
    guards=[partner(Scope.APPOINTMENTS_WRITE)],
    security=WITH_KEY,
    tags=["partners"],
    summary=N_("Book for a person"),
    operation_id="book_for_person",
    responses=problems(
        *REFUSALS, PartnerPersonUnknown, PartnerDayFull, limited=True, repeatable=True
    ),
)
@taking_turns
@idempotent
async def book(
    request: AnyRequest, data: JSONBody[BookForRequest], actor: CurrentActor, now: Now
) -> PartnerAppointmentAnswer:
    """The rules are those for everybody, and the person is told."""
    del request
    command = BookFor(person_id=data.person_id, item_code=data.item, slot_id=data.slot_id)
    return appointment_answer(await partners.book_for(actor, command, now))


@get(
    "/partner/appointments",
    guards=[partner(Scope.APPOINTMENTS_READ)],
    security=WITH_KEY,
    tags=["partners"],
    summary=N_("List the appointments that you have made"),
    operation_id="list_partner_appointments",
    responses=problems(Forbidden, limited=True),
)
async def list_appointments(
    actor: CurrentActor, cursor: AfterCursor = None, limit: PageLimit = DEFAULT_LIMIT
) -> Listing[PartnerAppointmentAnswer]:
    """Those of all people, the latest booked first."""
    found = await partners.bookings(actor, key_position(cursor), limit + 1)
    shown = listing(found, limit, keys=[(str(one.appointment.id),) for one in found])
    return Listing([appointment_answer(one) for one in shown.items], shown.next_cursor)


@get(
    "/partner/appointments/{reference:str}",
    guards=[partner(Scope.APPOINTMENTS_READ)],
    security=WITH_KEY,
    tags=["partners"],
    summary=N_("Read an appointment that you have made"),
    operation_id="get_partner_appointment",
    responses=problems(AppointmentUnknown, Forbidden, limited=True),
)
async def read(reference: MadeReference, actor: CurrentActor) -> PartnerAppointmentAnswer:
    """By its reference, written in any way. Anybody else's is not there."""
    return appointment_answer(await partners.booking(actor, reference))


@delete(
    "/partner/appointments/{reference:str}",
    guards=[partner(Scope.APPOINTMENTS_WRITE)],
    security=WITH_KEY,
    tags=["partners"],
    summary=N_("Cancel an appointment that you have made"),
    operation_id="cancel_partner_appointment",
    responses=problems(
        AppointmentUnknown,
        PartnerPersonUnknown,
        AppointmentSettled,
        TooLateToChange,
        Forbidden,
        limited=True,
    ),
)
async def cancel(reference: MadeReference, actor: CurrentActor, now: Now) -> None:
    """The place can be had again after a while, and the person is told."""
    await partners.cancel(actor, reference, now)


@post(
    "/partner/appointments/{reference:str}/reschedule",
    guards=[partner(Scope.APPOINTMENTS_WRITE)],
    security=WITH_KEY,
    status_code=200,
    tags=["partners"],
    summary=N_("Move an appointment that you have made"),
    operation_id="reschedule_partner_appointment",
    responses=problems(
        *REFUSALS,
        AppointmentUnknown,
        PartnerPersonUnknown,
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
    reference: MadeReference,
) -> PartnerAppointmentAnswer:
    """The old time stands until the new one is sure; the reference stays."""
    del request
    return appointment_answer(await partners.reschedule(actor, reference, data.slot_id, now))


HANDLERS = (register, list_slots, book, list_appointments, read, cancel, reschedule)
