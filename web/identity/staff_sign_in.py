"""Staff sign in: password, then the second factor, which the first time is enrolled."""

from datetime import datetime
from io import BytesIO
from uuid import UUID

import msgspec
import segno
from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from services import identity
from services.identity import (
    STAFF_STEP_LIFETIME,
    SecondFactor,
    SessionKind,
    StaffPassword,
    StaffStepExpired,
)
from services.kernel.actor import ActorKind
from services.kernel.errors import DomainError
from web.common import sessions
from web.common.authentication import session_of
from web.common.detours import STAFF_PROOF, STAFF_SIGN_IN, local_path
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public, staff
from web.common.rate_limits import client_address
from web.common.rendering import AnyRequest
from web.common.sessions import STEP, Holder
from web.common.staff_places import STAFF_HOME
from web.identity.devices import device

CODE_PAGE = "/staff/sign-in/code"
ENROLMENT_PAGE = "/staff/sign-in/enrolment"
ANYONE = "this is where staff sign in"
_QR_SCALE = 5


class PasswordForm(Struct):
    """The first step."""

    username: str = ""
    password: str = ""
    next: str = ""


class FactorForm(Struct):
    """The second step: the authenticator's code, or a recovery code."""

    code: str = ""
    next: str = ""


class Step(Struct, frozen=True):
    """Kept in the session between the steps; `at` bounds how long that may take."""

    staff_id: UUID
    epoch: int
    enrolled: bool
    at: datetime
    next: str


def _step(request: AnyRequest, now: datetime) -> Step | None:
    if STEP not in request.session:
        return None
    step = msgspec.convert(request.session[STEP], Step)
    return step if now - step.at <= STAFF_STEP_LIFETIME else None


def _factor(request: AnyRequest, step: Step, code: str) -> SecondFactor:
    return SecondFactor(
        staff_id=step.staff_id,
        epoch=step.epoch,
        code=code,
        address=client_address(request),
        device=device(request),
    )


@get(STAFF_SIGN_IN, opt=public(ANYONE))
async def ask_password(request: AnyRequest, actor: CurrentActor) -> Response[bytes] | Redirect:
    """The page that asks for username and password."""
    where = local_path(request.query_params.get("next"), STAFF_HOME)
    if actor.kind is ActorKind.STAFF:
        return Redirect(where, status_code=303)
    return fresh("identity/staff_sign_in.html", username="", next=where)


@post(STAFF_SIGN_IN, opt=public(ANYONE), status_code=303)
async def check_password(
    request: AnyRequest, data: URLEncodedBody[PasswordForm], now: Now
) -> Response[bytes] | Redirect:
    """Take the first step."""
    where = local_path(data.next, STAFF_HOME)
    command = StaffPassword(
        username=data.username.strip(), password=data.password, address=client_address(request)
    )
    try:
        checked = await identity.check_password(command, now)
    except DomainError as error:
        return refused(
            request, "identity/staff_sign_in.html", error, username=data.username, next=where
        )
    step = Step(checked.staff_id, checked.epoch, checked.enrolled, now, where)
    await sessions.end(request, now)
    request.set_session({STEP: msgspec.to_builtins(step)})
    return Redirect(CODE_PAGE if checked.enrolled else ENROLMENT_PAGE, status_code=303)


@get(CODE_PAGE, opt=public(ANYONE))
async def ask_factor(request: AnyRequest, now: Now) -> Response[bytes] | Redirect:
    """The page that asks for the second factor."""
    step = _step(request, now)
    if step is None or not step.enrolled:
        return Redirect(STAFF_SIGN_IN, status_code=303)
    return fresh("identity/staff_code.html", action=CODE_PAGE, next=step.next, proof=False)


@post(CODE_PAGE, opt=public(ANYONE), status_code=303)
async def check_factor(
    request: AnyRequest, data: URLEncodedBody[FactorForm], now: Now
) -> Response[bytes] | Redirect:
    """Take the second step."""
    step = _step(request, now)
    if step is None:
        return _start_over(request)
    try:
        session_id = await identity.second_factor(_factor(request, step, data.code), now)
    except StaffStepExpired:
        return _start_over(request)
    except DomainError as error:
        return refused(
            request,
            "identity/staff_code.html",
            error,
            action=CODE_PAGE,
            next=step.next,
            proof=False,
        )
    await sessions.begin(request, Holder(SessionKind.STAFF, session_id, step.epoch), now)
    return Redirect(step.next, status_code=303)


def _start_over(request: AnyRequest) -> Response[bytes]:
    request.clear_session()
    return refused(
        request, "identity/staff_sign_in.html", StaffStepExpired(), username="", next=STAFF_HOME
    )


@get(ENROLMENT_PAGE, opt=public(ANYONE))
async def ask_enrolment(request: AnyRequest, now: Now) -> Response[bytes] | Redirect:
    """The page that shows the secret to enrol, as a picture and in letters."""
    step = _step(request, now)
    if step is None or step.enrolled:
        return Redirect(STAFF_SIGN_IN, status_code=303)
    return fresh("identity/staff_enrolment.html", **await _enrolment(step))


async def _enrolment(step: Step) -> dict[str, object]:
    secret = await identity.enrolment(step.staff_id)
    drawing = BytesIO()
    segno.make(secret.uri, error="m").save(
        drawing, kind="svg", scale=_QR_SCALE, xmldecl=False, svgns=True, omitsize=True
    )
    groups = [secret.secret[at : at + 4] for at in range(0, len(secret.secret), 4)]
    return {
        # Drawn by segno from a secret of our own; nothing that a person typed is in it.
        "qr": Markup(drawing.getvalue().decode()),  # noqa: S704
        "secret": " ".join(groups),
    }


@post(ENROLMENT_PAGE, opt=public(ANYONE), status_code=200)
async def enrol(
    request: AnyRequest, data: URLEncodedBody[FactorForm], now: Now
) -> Response[bytes] | Redirect:
    """Confirm the authenticator. The answer shows the recovery codes, this once."""
    step = _step(request, now)
    if step is None:
        return _start_over(request)
    try:
        enrolled = await identity.confirm_enrolment(_factor(request, step, data.code), now)
    except StaffStepExpired:
        return _start_over(request)
    except DomainError as error:
        return refused(request, "identity/staff_enrolment.html", error, **await _enrolment(step))
    await sessions.begin(request, Holder(SessionKind.STAFF, enrolled.session_id, step.epoch), now)
    return fresh("identity/recovery_codes.html", codes=enrolled.recovery_codes, next=step.next)


@get(STAFF_PROOF, guards=[staff()])
async def ask_proof(request: AnyRequest) -> Response[bytes]:
    """The page that asks idle staff for the second factor again."""
    where = local_path(request.query_params.get("next"), STAFF_HOME)
    return fresh("identity/staff_code.html", action=STAFF_PROOF, next=where, proof=True)


@post(STAFF_PROOF, guards=[staff()], status_code=303)
async def prove(
    request: AnyRequest, data: URLEncodedBody[FactorForm], now: Now
) -> Response[bytes] | Redirect:
    """Show the second factor again, and go on."""
    where = local_path(data.next, STAFF_HOME)
    facts = session_of(request)
    step = Step(facts.holder_id, facts.epoch, enrolled=True, at=now, next=where)
    try:
        await identity.prove_again(_factor(request, step, data.code), facts.id, now)
    except StaffStepExpired:
        await sessions.end(request, now)
        return _start_over(request)
    except DomainError as error:
        return refused(
            request,
            "identity/staff_code.html",
            error,
            action=STAFF_PROOF,
            next=where,
            proof=True,
        )
    return Redirect(where, status_code=303)


HANDLERS = (
    ask_password,
    check_password,
    ask_factor,
    check_factor,
    ask_enrolment,
    enrol,
    ask_proof,
    prove,
)
