"""A citizen's own data: real name, how to be reached, and a change of phone."""

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import identity
from services.identity import ChangePhone, Details, RealName, RequestCode
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_
from services.kernel.translations import Language
from web.common import flash
from web.common.authentication import session_of
from web.common.detours import PROFILE, local_path
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rate_limits import client_address
from web.common.rendering import AnyRequest
from web.identity.id_types import id_type_choices
from web.identity.sign_in import CodeForm, PhoneForm, keep_waiting, waiting

PHONE_PAGE = "/my/profile/phone"
PHONE_CODE_PAGE = "/my/profile/phone/code"
NAME_SAVED = N_("Your name and document are saved.")
DETAILS_SAVED = N_("Your details are saved.")
# Each in its own words, so that whoever cannot read this page finds theirs.
LANGUAGES = ((Language.CHINESE.value, "中文"), (Language.ENGLISH.value, "English"))
PHONE_CHANGED = N_("From now on you sign in with the new number. Other devices are signed out.")


class NameForm(Struct):
    """Name and document."""

    name: str = ""
    id_type: str = ""
    id_number: str = ""
    next: str = ""


class DetailsForm(Struct):
    """How to be reached."""

    email: str = ""
    language: str = ""


async def _context(actor: Actor) -> dict[str, object]:
    """What the profile shows besides what is being typed."""
    person_id = actor.person_id()
    person = await identity.person(person_id)
    contact = await identity.contact(person_id)
    return {
        "person": person,
        "id_types": id_type_choices(actor),
        "languages": LANGUAGES,
        "name_form": NameForm(
            name=contact.name or "",
            id_type=person.id_type or identity.IdType.RESIDENT_ID,
            id_number=person.id_number or "",
        ),
        "details_form": DetailsForm(email=contact.email or "", language=contact.language),
    }


@get(PROFILE, guards=[citizen])
async def show_profile(request: AnyRequest, actor: CurrentActor) -> Response[bytes]:
    """The profile. `next` is where to go on once there is a real name."""
    where = local_path(request.query_params.get("next"), "")
    return fresh("identity/profile.html", next=where, **await _context(actor))


@post("/my/profile/name", guards=[citizen], status_code=303)
async def save_name(
    request: AnyRequest, data: URLEncodedBody[NameForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Save name and document, and go on to where they were needed."""
    where = local_path(data.next, "")
    command = RealName(name=data.name, id_type=data.id_type, id_number=data.id_number)
    try:
        await identity.register_real_name(actor, command, now)
    except DomainError as error:
        context = {**await _context(actor), "name_form": data}
        return refused(request, "identity/profile.html", error, next=where, **context)
    return flash.redirect(where or PROFILE, NAME_SAVED)


@post("/my/profile/details", guards=[citizen], status_code=303)
async def save_details(
    request: AnyRequest, data: URLEncodedBody[DetailsForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Save how to be reached."""
    try:
        await identity.save_details(actor, Details(email=data.email, language=data.language), now)
    except DomainError as error:
        context = {**await _context(actor), "details_form": data}
        return refused(request, "identity/profile.html", error, next="", **context)
    return flash.redirect(PROFILE, DETAILS_SAVED)


@get(PHONE_PAGE, guards=[citizen])
async def ask_new_phone(actor: CurrentActor) -> Response[bytes]:
    """The page that asks for the new phone."""
    person = await identity.person(actor.person_id())
    return fresh("identity/change_phone.html", person=person, phone="")


@post(PHONE_PAGE, guards=[citizen], status_code=303)
async def send_phone_code(
    request: AnyRequest, data: URLEncodedBody[PhoneForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Send a code to the new phone."""
    command = RequestCode(
        phone=data.phone, address=client_address(request), language=actor.language
    )
    try:
        sent = await identity.request_phone_code(actor, command, now)
    except DomainError as error:
        person = await identity.person(actor.person_id())
        return refused(
            request, "identity/change_phone.html", error, person=person, phone=data.phone
        )
    keep_waiting(request, sent, PROFILE)
    return Redirect(PHONE_CODE_PAGE, status_code=303)


@get(PHONE_CODE_PAGE, guards=[citizen])
async def ask_phone_code(request: AnyRequest) -> Response[bytes] | Redirect:
    """The page that asks for the code sent to the new phone."""
    wait = waiting(request)
    sent = await identity.sent_code(wait.code_id) if wait else None
    if sent is None:
        return Redirect(PHONE_PAGE, status_code=303)
    return fresh("identity/change_phone_code.html", sent=sent, code="")


@post(PHONE_CODE_PAGE, guards=[citizen], status_code=303)
async def change_phone(
    request: AnyRequest, data: URLEncodedBody[CodeForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Take the new phone; everywhere else this signs out."""
    wait = waiting(request)
    if wait is None:
        return Redirect(PHONE_PAGE, status_code=303)
    command = ChangePhone(code_id=wait.code_id, code=data.code, keep_session=session_of(request).id)
    try:
        await identity.change_phone(actor, command, now)
    except DomainError as error:
        sent = await identity.sent_code(wait.code_id)
        if sent is None:
            raise
        return refused(request, "identity/change_phone_code.html", error, sent=sent, code=data.code)
    return flash.redirect(PROFILE, PHONE_CHANGED)


@post("/my/profile/phone/resend", guards=[citizen], status_code=303)
async def send_phone_code_again(
    request: AnyRequest, actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Send another code to the new phone."""
    wait = waiting(request)
    if wait is None:
        return Redirect(PHONE_PAGE, status_code=303)
    try:
        sent = await identity.resend_code(
            wait.code_id, actor, client_address(request), actor.language, now
        )
    except NotFound:
        return Redirect(PHONE_PAGE, status_code=303)
    except DomainError as error:
        former = await identity.sent_code(wait.code_id)
        return refused(request, "identity/change_phone_code.html", error, sent=former, code="")
    keep_waiting(request, sent, PROFILE)
    return Redirect(PHONE_CODE_PAGE, status_code=303)


HANDLERS = (
    show_profile,
    save_name,
    save_details,
    ask_new_phone,
    send_phone_code,
    ask_phone_code,
    change_phone,
    send_phone_code_again,
)
