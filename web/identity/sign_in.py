"""A citizen signs in: phone, then code. Signing out is for everybody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import identity
from services.identity import RequestCode, SentCode, SessionKind, SignIn
from services.kernel.actor import ActorKind
from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_
from web.appointments.kept import picked_time
from web.common import flash, sessions
from web.common.detours import CITIZEN_SIGN_IN, STAFF_SIGN_IN, local_path, with_next
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public
from web.common.rate_limits import client_address
from web.common.rendering import AnyRequest
from web.common.sessions import Holder
from web.identity.devices import device

HOME = "/my"
CODE_PAGE = "/sign-in/code"
SIGNED_OUT = N_("You are signed out.")
SENT_AGAIN = N_("A new code is on its way.")
ANYONE = "this is where one signs in"

_WAITING = "code"


class PhoneForm(Struct):
    """The first step."""

    phone: str = ""
    next: str = ""


class CodeForm(Struct):
    """The second step."""

    code: str = ""


class Waiting(Struct):
    """The code that this session waits for, and where to go then."""

    code_id: UUID
    next: str


def keep_waiting(request: AnyRequest, sent: SentCode, where: str) -> None:
    """Remember the code's key; the phone and the code are in no session."""
    request.session[_WAITING] = {"code_id": str(sent.id), "next": where}


def waiting(request: AnyRequest) -> Waiting | None:
    """What `keep_waiting` remembered."""
    kept = request.session.get(_WAITING)
    return Waiting(UUID(kept["code_id"]), kept["next"]) if kept else None


async def _goes_on(where: str, now: datetime) -> dict[str, Any]:
    """Where one goes on, and the time that one has picked for it."""
    return {"next": where, "picked": await picked_time(where, now)}


@get(CITIZEN_SIGN_IN, opt=public(ANYONE))
async def ask_phone(
    request: AnyRequest, actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """The page that asks for the phone; whoever is signed in already goes on."""
    where = local_path(request.query_params.get("next"), HOME)
    if actor.kind is ActorKind.CITIZEN:
        return Redirect(where, status_code=303)
    return fresh("identity/sign_in.html", phone="", **await _goes_on(where, now))


@post(CITIZEN_SIGN_IN, opt=public(ANYONE), status_code=303)
async def send_code(
    request: AnyRequest, data: URLEncodedBody[PhoneForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Send a code to the phone."""
    where = local_path(data.next, HOME)
    command = RequestCode(
        phone=data.phone, address=client_address(request), language=actor.language
    )
    try:
        sent = await identity.request_sign_in_code(command, now)
    except DomainError as error:
        context = await _goes_on(where, now)
        return refused(request, "identity/sign_in.html", error, phone=data.phone, **context)
    keep_waiting(request, sent, where)
    return Redirect(CODE_PAGE, status_code=303)


@get(CODE_PAGE, opt=public(ANYONE))
async def ask_code(request: AnyRequest, now: Now) -> Response[bytes] | Redirect:
    """The page that asks for the code."""
    wait = waiting(request)
    sent = await identity.sent_code(wait.code_id) if wait else None
    if wait is None or sent is None:
        return Redirect(CITIZEN_SIGN_IN, status_code=303)
    return fresh("identity/code.html", sent=sent, code="", **await _goes_on(wait.next, now))


@post(CODE_PAGE, opt=public(ANYONE), status_code=303)
async def enter(
    request: AnyRequest, data: URLEncodedBody[CodeForm], now: Now
) -> Response[bytes] | Redirect:
    """Sign in with the code."""
    wait = waiting(request)
    if wait is None:
        return Redirect(CITIZEN_SIGN_IN, status_code=303)
    command = SignIn(
        code_id=wait.code_id,
        code=data.code,
        address=client_address(request),
        device=device(request),
    )
    try:
        signed_in = await identity.sign_in(command, now)
    except DomainError as error:
        sent = await identity.sent_code(wait.code_id)
        context = await _goes_on(wait.next, now)
        if sent is None:
            return refused(request, "identity/sign_in.html", error, phone="", **context)
        return refused(request, "identity/code.html", error, sent=sent, code=data.code, **context)
    await sessions.begin(request, Holder(SessionKind.CITIZEN, signed_in.session_id), now)
    return Redirect(wait.next, status_code=303)


@post("/sign-in/resend", opt=public(ANYONE), status_code=303)
async def send_again(
    request: AnyRequest, actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Send another code to the same phone."""
    wait = waiting(request)
    if wait is None:
        return Redirect(CITIZEN_SIGN_IN, status_code=303)
    try:
        sent = await identity.resend_code(
            wait.code_id, actor, client_address(request), actor.language, now
        )
    except NotFound:
        return Redirect(with_next(CITIZEN_SIGN_IN, wait.next), status_code=303)
    except DomainError as error:
        former = await identity.sent_code(wait.code_id)
        context = await _goes_on(wait.next, now)
        return refused(request, "identity/code.html", error, sent=former, code="", **context)
    keep_waiting(request, sent, wait.next)
    return flash.redirect(CODE_PAGE, SENT_AGAIN, flash.Tone.INFO)


@post("/sign-out", opt=public("signing out twice does no harm"), status_code=303)
async def sign_out(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect:
    """End this session."""
    await sessions.end(request, now)
    return flash.redirect(STAFF_SIGN_IN if actor.kind is ActorKind.STAFF else "/", SIGNED_OUT)


HANDLERS = (ask_phone, send_code, ask_code, enter, send_again, sign_out)
