"""A citizen's own data: real name, how to be reached, and a change of phone."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, identity
from services.appointments import HoldExpired, HoldLongEnough, HoldUsed
from services.identity import ChangePhone, Details, DocumentRefused, RealName, RequestCode
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_
from services.kernel.translations import Language
from web.appointments import addresses
from web.appointments.kept import kept_seat
from web.common import flash
from web.common.authentication import session_of
from web.common.detours import PROFILE, local_path, with_next
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rate_limits import client_address
from web.common.rendering import AnyRequest, partial, wants_partial
from web.identity.id_types import id_type_choices
from web.identity.sign_in import CodeForm, PhoneForm, keep_waiting, waiting

Context = dict[str, Any]

LONGER = "/my/profile/longer"
CLOCK = "identity/_clock.html"
PHONE_PAGE = "/my/profile/phone"
PHONE_CODE_PAGE = "/my/profile/phone/code"
SAVED = N_("Your details are saved.")
# Each in its own words, so that whoever cannot read this page finds theirs.
LANGUAGES = ((Language.CHINESE.value, "中文"), (Language.ENGLISH.value, "English"))
PHONE_CHANGED = N_("From now on you sign in with the new number. Other devices are signed out.")


class ProfileForm(Struct):
    """Everything on the page. `next` is where to go on once there is a real name.

    `reference` is of an appointment that somebody else made, by whom one is registered already.
    """

    name: str | None = None
    id_type: str = ""
    id_number: str = ""
    reference: str = ""
    email: str = ""
    language: str = Language.CHINESE
    next: str = ""

    @property
    def real_name(self) -> RealName | None:
        """The name and document, unless there are none and nothing waits for them."""
        if self.name is None or not (self.name or self.id_number or self.next):
            return None
        return RealName(name=self.name, id_type=self.id_type, id_number=self.id_number)


async def _show(actor: Actor, now: datetime, typed: ProfileForm | None, where: str) -> Context:
    """What the profile shows, with what was typed or else what is known."""
    person_id = actor.person_id()
    person = await identity.person(person_id)
    contact = await identity.contact(person_id)
    known = ProfileForm(
        name=contact.name or "",
        id_type=person.id_type or identity.IdType.RESIDENT_ID,
        id_number=person.id_number or "",
        email=contact.email or "",
        language=contact.language,
    )
    return {
        "person": person,
        "id_types": id_type_choices(actor),
        "languages": LANGUAGES,
        "typed": typed or known,
        "next": where,
        **await _clock(actor, now, where, waits=not person.real_name),
        "ask_reference": bool(typed and typed.reference),
    }


async def _clock(actor: Actor, now: datetime, where: str, *, waits: bool = True) -> Context:
    """What is `kept` while somebody says who they are; `lapsed` once it was given back."""
    kept = await kept_seat(actor, where, now) if waits else None
    return {
        "kept": kept,
        "lapsed": waits and kept is None and addresses.held_in(where) is not None,
        "clock": with_next(LONGER, where),
    }


@get(PROFILE, guards=[citizen])
async def show_profile(request: AnyRequest, actor: CurrentActor, now: Now) -> Response[bytes]:
    """The profile. `next` is where to go on once there is a real name."""
    where = local_path(request.query_params.get("next"), "")
    return fresh("identity/profile.html", **await _show(actor, now, None, where))


@post(PROFILE, guards=[citizen], status_code=303)
async def save(
    request: AnyRequest, data: URLEncodedBody[ProfileForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Save all of it or nothing, and go on to where the name was needed."""
    where = local_path(data.next, "")
    details = Details(email=data.email, language=data.language)
    vouch = appointments.vouched_by(data.reference) if data.reference.strip() else None
    try:
        await identity.save_me(actor, data.real_name, details, now, vouch)
    except DomainError as error:
        context = await _show(actor, now, data, where)
        context["ask_reference"] |= isinstance(error, DocumentRefused)
        return refused(request, "identity/profile.html", error, **context)
    return flash.redirect(where or PROFILE, SAVED)


@get(LONGER, guards=[citizen])
async def show_clock(request: AnyRequest, actor: CurrentActor, now: Now) -> Response[Any]:
    """For htmx the clock alone, so that what was typed stays; else back to the whole page."""
    where = local_path(request.query_params.get("next"), "")
    if wants_partial(request):
        return partial(CLOCK, **await _clock(actor, now, where))
    return Redirect(with_next(PROFILE, where) if where else PROFILE, status_code=303)


@post(LONGER, guards=[citizen], status_code=200)
async def keep_longer(
    request: AnyRequest, data: URLEncodedBody[ProfileForm], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """Keep the seat that waits for the name a little longer, and the page as it was typed."""
    where = local_path(data.next, "")
    hold_id = addresses.held_in(where)
    if hold_id is None:
        raise NotFound
    # Pressed twice or too late: the page's clock says what became of it.
    with suppress(HoldLongEnough, HoldExpired, HoldUsed):
        await appointments.extend_hold(actor, hold_id, now)
    if wants_partial(request):
        return partial(CLOCK, **await _clock(actor, now, where))
    return fresh("identity/profile.html", **await _show(actor, now, data, where))


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
    save,
    show_clock,
    keep_longer,
    ask_new_phone,
    send_phone_code,
    ask_phone_code,
    change_phone,
    send_phone_code_again,
)
