"""Staff look somebody up, open their data for a reason, and put an account right."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import identity
from services.identity import Document, RealName, Role
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest
from web.common.staff_places import PEOPLE
from web.identity.id_types import id_type_choices

PHONE_MOVED = N_("The phone is moved. The person signs in with the new number.")
DOCUMENT_REPLACED = N_("The account is registered with the new document.")


class DocumentForm(Struct):
    """Whom to look up."""

    id_type: str = ""
    id_number: str = ""


class ReasonForm(Struct):
    """Why the data is opened."""

    reason: str = ""


class PhoneForm(Struct):
    """The phone to sign in with from now on."""

    phone: str = ""


class NameForm(Struct):
    """The document to be registered with from now on."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""


@get(PEOPLE.address, guards=[staff(*PEOPLE.roles)])
async def ask_whom(actor: CurrentActor) -> Response[bytes]:
    """The page that asks whom to look up."""
    return fresh("identity/people.html", typed=DocumentForm(), id_types=id_type_choices(actor))


@post(PEOPLE.address, guards=[staff(*PEOPLE.roles)], status_code=303)
async def look_up(
    request: AnyRequest, data: URLEncodedBody[DocumentForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Find somebody by their document, whose number is in no address."""
    command = Document(id_type=data.id_type, id_number=data.id_number)
    try:
        person_id = await identity.find_person(actor, command, now)
    except DomainError as error:
        return refused(
            request, "identity/people.html", error, typed=data, id_types=id_type_choices(actor)
        )
    return Redirect(f"{PEOPLE.address}/{person_id}", status_code=303)


@get("/staff/people/{person_id:uuid}", guards=[staff(*PEOPLE.roles)])
async def show_person(person_id: FromPath[UUID], actor: CurrentActor) -> Response[bytes]:
    """Somebody's account, masked."""
    return fresh("identity/person.html", **await _context(actor, person_id))


async def _context(actor: Actor, person_id: UUID) -> dict[str, object]:
    return {
        "person": await identity.person(person_id),
        "id_types": id_type_choices(actor),
        "may_correct": actor.has_role(Role.SUPERVISOR),
        "opened": None,
        "reason": "",
        "phone": "",
        "name_form": NameForm(),
    }


@post(
    "/staff/people/{person_id:uuid}/open",
    guards=[staff(*PEOPLE.roles, sensitive=True)],
    status_code=200,
)
async def open_person(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    actor: CurrentActor,
    now: Now,
) -> Response[bytes]:
    """Show the data in clear, this once; the audit and the person can see who did, and why."""
    context = await _context(actor, person_id)
    try:
        opened = await identity.reveal(actor, person_id, data.reason, now)
    except DomainError as error:
        context["reason"] = data.reason
        return refused(request, "identity/person.html", error, **context)
    return fresh("identity/person.html", **{**context, "opened": opened})


@post(
    "/staff/people/{person_id:uuid}/phone",
    guards=[staff(Role.SUPERVISOR, sensitive=True)],
    status_code=303,
)
async def move_phone(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[PhoneForm],
    actor: CurrentActor,
    now: Now,
) -> Response[bytes] | Redirect:
    """Give the account another phone."""
    try:
        await identity.move_phone(actor, person_id, data.phone, now)
    except DomainError as error:
        context = {**await _context(actor, person_id), "phone": data.phone}
        return refused(request, "identity/person.html", error, **context)
    return flash.redirect(f"{PEOPLE.address}/{person_id}", PHONE_MOVED)


@post(
    "/staff/people/{person_id:uuid}/document",
    guards=[staff(Role.SUPERVISOR, sensitive=True)],
    status_code=303,
)
async def replace_document(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[NameForm],
    actor: CurrentActor,
    now: Now,
) -> Response[bytes] | Redirect:
    """Register the account with another document."""
    command = RealName(name=data.name, id_type=data.id_type, id_number=data.id_number)
    try:
        await identity.replace_document(actor, person_id, command, now)
    except DomainError as error:
        context = {**await _context(actor, person_id), "name_form": data}
        return refused(request, "identity/person.html", error, **context)
    return flash.redirect(f"{PEOPLE.address}/{person_id}", DOCUMENT_REPLACED)


HANDLERS = (ask_whom, look_up, show_person, open_person, move_phone, replace_document)
