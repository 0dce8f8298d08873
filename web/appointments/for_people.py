"""Telephone operators and clerks book for people, and move or cancel what people have."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog, identity
from services.appointments import (
    BOOKING_ROLES,
    Appointment,
    Book,
    MoveParty,
)
from services.identity import RegisterByStaff
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.translations import Language
from web.appointments import addresses, callers
from web.appointments.choosing import CHOOSE_A_TIME
from web.appointments.for_parties import party_behind, shape_of, share_for
from web.appointments.timetable import opened
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest, partial, wants_partial
from web.common.staff_places import PHONE_BOOKING
from web.identity.id_types import id_type_choices
from web.identity.profile import LANGUAGES

ONE = "/desk/book/{person_id:uuid}"
BOOKED = N_("Booked. The person gets a message; please read them the reference number below.")
MOVED = N_("Moved. The person gets a message with the new time.")
CANCELLED = N_("Cancelled. The person gets a message.")
VERIFIED = N_("Verified. You can move and cancel for this person for 15 minutes.")


class PersonForm(Struct):
    """The person as they say who they are."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""
    phone: str = ""
    language: str = Language.CHINESE


class BookForm(Struct):
    """What is booked or moved, where and when; `everybody` who comes along is moved, too."""

    item: str = ""
    office: str = ""
    slot_id: str = ""
    move: str = ""
    everybody: str = ""


class DigitsForm(Struct):
    """What the caller says to show who they are."""

    digits: str = ""


class ReferenceForm(Struct):
    """The appointment that is meant."""

    reference: str = ""


def _whom(actor: Actor, typed: PersonForm) -> dict[str, Any]:
    return {"typed": typed, "id_types": id_type_choices(actor), "languages": LANGUAGES}


@get(PHONE_BOOKING.address, guards=[staff(*BOOKING_ROLES)])
async def ask_whom(actor: CurrentActor) -> Response[bytes]:
    """For whom."""
    return fresh("desk/book_whom.html", **_whom(actor, PersonForm()))


@post(PHONE_BOOKING.address, guards=[staff(*BOOKING_ROLES)], status_code=303)
async def find_or_register(
    request: AnyRequest, data: URLEncodedBody[PersonForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """The person with this document, registered if they are new."""
    command = RegisterByStaff(
        name=data.name,
        id_type=data.id_type,
        id_number=data.id_number,
        phone=data.phone,
        language=data.language,
    )
    try:
        found = await identity.register_by_staff(actor, command, now)
    except DomainError as error:
        return refused(request, "desk/book_whom.html", error, **_whom(actor, data))
    where = f"{PHONE_BOOKING.address}/{found.person_id}"
    if found.warnings:
        return flash.redirect(where, found.warnings[0], flash.Tone.WARNING)
    return Redirect(where, status_code=303)


async def _context(
    request: AnyRequest, actor: Actor, person_id: UUID, form: BookForm, now: datetime, *, day: str
) -> dict[str, Any]:
    language = Language(actor.language)
    coming = await appointments.coming_of(actor, person_id, now)
    moving = next((one for one in coming if one.reference == form.move), None)
    item = moving.item_code if moving else form.item
    offices = [
        one
        for one in await catalog.offices()
        if actor.has_role(*BOOKING_ROLES, office_code=one.code)
    ]
    office = form.office or (moving.office_code if moving else offices[0].code)
    chosen = await catalog.item(item) if item else None
    here = f"{PHONE_BOOKING.address}/{person_id}"
    choices = {
        "item": item,
        "office": office,
        "move": form.move,
        "everybody": form.everybody,
    }
    party = await party_behind(actor, person_id, moving) if form.everybody else None
    times: dict[str, Any] = {"table": None, "day_missed": False}
    if chosen:
        times = await opened(
            office,
            chosen.code,
            now,
            day=day,
            picked=addresses.read_uuid(form.slot_id),
            shape=shape_of(moving, party),
            share=share_for(actor, moving, party),
        )
    return {
        "person": await identity.person(person_id),
        "id_types": id_type_choices(actor),
        "coming": coming,
        "titles": {one.item_code: await catalog.item(one.item_code) for one in coming},
        "halls": {one.code: one for one in await catalog.offices()},
        "items": [(one.code, one.title[language]) for one in await catalog.items() if one.bookable],
        "offices": [(one.code, one.name[language]) for one in offices],
        "item": chosen,
        "office": await catalog.office(office),
        "moving": moving,
        "party": party,
        "with_others": {
            one.reference for one in coming if await party_behind(actor, person_id, one) is not None
        },
        "verified": callers.is_verified(request, person_id, now),
        "here": here,
        "address": addresses.with_choices(here, choices),
        **times,
    }


@get(ONE, guards=[staff(*BOOKING_ROLES)])
async def show(
    request: AnyRequest,
    person_id: FromPath[UUID],
    actor: CurrentActor,
    now: Now,
    *,
    item: FromQuery[str] = "",
    office: FromQuery[str] = "",
    day: FromQuery[str] = "",
    move: FromQuery[str] = "",
    everybody: FromQuery[str] = "",
) -> Response[bytes]:
    """What the person has, and the times for what they want."""
    form = BookForm(item=item, office=office, move=move, everybody=everybody)
    context = await _context(request, actor, person_id, form, now, day=day)
    status = 404 if context["day_missed"] else 200
    if wants_partial(request):
        return partial(
            "booking/_times.html", status_code=status, errors={}, problem=None, **context
        )
    return fresh("desk/book.html", status_code=status, **context)


@post(ONE, guards=[staff(*BOOKING_ROLES)], status_code=303)
async def book(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[BookForm],
    actor: CurrentActor,
    now: Now,
) -> Response[Any]:
    """Book, or move what is being moved."""
    where = f"{PHONE_BOOKING.address}/{person_id}"
    try:
        if data.move:
            callers.require_verified(request, person_id, now)
        await _book(actor, person_id, data, now)
    except DomainError as error:
        context = await _context(request, actor, person_id, data, now, day="")
        return refused(request, "desk/book.html", error, **context)
    return flash.redirect(where, MOVED if data.move else BOOKED)


async def _book(actor: Actor, person_id: UUID, data: BookForm, now: datetime) -> None:
    slot_id = addresses.read_uuid(data.slot_id)
    if slot_id is None:
        raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
    if data.move:
        moving = await _require_theirs(actor, person_id, data.move, now)
        party = await party_behind(actor, person_id, moving) if data.everybody else None
        if party:
            command = MoveParty(party_id=party.id, slot_id=slot_id)
            await appointments.move_party(actor, command, now)
        else:
            await appointments.reschedule(actor, data.move, slot_id, now)
        return
    wanted = Book(item_code=data.item, slot_id=slot_id, person_id=person_id, share=share_for(actor))
    await appointments.book(actor, wanted, now)


async def _require_theirs(
    actor: Actor, person_id: UUID, reference: str, now: datetime
) -> Appointment:
    """The verified person's own appointment. Raises AppointmentUnknown for any other."""
    coming = await appointments.coming_of(actor, person_id, now)
    found = next((one for one in coming if one.reference == reference), None)
    if found is None:
        raise appointments.AppointmentUnknown
    return found


@post(f"{ONE}/verify", guards=[staff(*BOOKING_ROLES)], status_code=303)
async def verify(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[DigitsForm],
    actor: CurrentActor,
    now: Now,
) -> Response[Any]:
    """Compare what the caller says with what is on record."""
    try:
        await identity.verify_caller(actor, person_id, data.digits, now)
    except InvalidInput as error:
        context = await _context(request, actor, person_id, BookForm(), now, day="")
        return refused(request, "desk/book.html", error, **context)
    callers.remember(request, person_id, now)
    return flash.redirect(f"{PHONE_BOOKING.address}/{person_id}", VERIFIED)


@post(f"{ONE}/cancel", guards=[staff(*BOOKING_ROLES)], status_code=303)
async def cancel(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[ReferenceForm],
    actor: CurrentActor,
    now: Now,
) -> Response[Any]:
    """Cancel for a person who has been verified."""
    try:
        callers.require_verified(request, person_id, now)
        await _require_theirs(actor, person_id, data.reference, now)
        await appointments.cancel(actor, data.reference, now)
    except DomainError as error:
        context = await _context(request, actor, person_id, BookForm(), now, day="")
        return refused(request, "desk/book.html", error, **context)
    return flash.redirect(f"{PHONE_BOOKING.address}/{person_id}", CANCELLED)


HANDLERS = (ask_whom, find_or_register, show, book, verify, cancel)
