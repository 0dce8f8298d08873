"""Where people are sent who must do something else first, and how they come back.

Programs get the refusal itself; people get to the sign-in page and from there to where they were.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Request, Response
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap

from services.identity import ProofRequired, RealNameRequired
from services.kernel.errors import DomainError, NotSignedIn
from services.kernel.i18n import N_
from web.common import flash
from web.common.authentication import bearer_token
from web.common.errors import on_domain_error
from web.common.sessions import API

STAFF_PLACES = ("/desk", "/admin", "/staff")
CITIZEN_SIGN_IN = "/sign-in"
STAFF_SIGN_IN = "/staff/sign-in"
STAFF_PROOF = "/staff/proof"
PROFILE = "/my/profile"
NAME_FIRST = N_("Please add your name and ID number first. Then you can go on.")

_LONGEST_PATH = 500

AnyRequest = Request[Any, Any, Any]


def local_path(text: str | None, default: str = "/") -> str:
    """`text` if it is a path on this site, else `default`: nobody is led elsewhere from here."""
    if not text or len(text) > _LONGEST_PATH or not text.isascii() or not text.isprintable():
        return default
    if not text.startswith("/") or text[1:2] in ("/", "\\") or "\\" in text:
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text


def with_next(path: str, where: str) -> str:
    """The address of a detour that leads back to `where`."""
    return f"{path}?{urlencode({'next': where})}"


def on_not_signed_in(request: AnyRequest, error: NotSignedIn) -> Response[Any]:
    """401 with a challenge for programs; the fitting sign-in page for people."""
    if request.scope["path"].startswith(API):
        response = on_domain_error(request, error)
        challenge = 'Bearer realm="banshitong"'
        if bearer_token(request.scope):
            challenge += ', error="invalid_token"'
        response.headers["WWW-Authenticate"] = challenge
        return response
    staff = request.scope["path"].startswith(STAFF_PLACES)
    return _detour(request, error, STAFF_SIGN_IN if staff else CITIZEN_SIGN_IN)


def on_real_name_required(request: AnyRequest, error: RealNameRequired) -> Response[Any]:
    """403 for programs; the profile for people, which leads back once the name is there."""
    return _detour(request, error, PROFILE, NAME_FIRST)


def on_proof_required(request: AnyRequest, error: ProofRequired) -> Response[Any]:
    """403 for programs; the page that asks for the second factor for staff."""
    return _detour(request, error, STAFF_PROOF)


def _detour(
    request: AnyRequest, error: DomainError, path: str, message: str | None = None
) -> Response[Any]:
    if request.scope["path"].startswith(API):
        return on_domain_error(request, error)
    address = with_next(path, _where(request))
    if request.headers.get("hx-request") == "true":
        return Response(b"", status_code=error.status, headers={"HX-Redirect": address})
    if message:
        return flash.redirect(address, message, flash.Tone.INFO)
    return Redirect(address, status_code=303)


def _where(request: AnyRequest) -> str:
    """The page that the person is on: this one, or the one whose form or part was asked for."""
    asked_by_page = request.headers.get("hx-current-url")
    if asked_by_page is None and request.method == "GET":
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["path"] + (f"?{query}" if query else "")
        return local_path(path)
    try:
        came_from = urlsplit(asked_by_page or request.headers.get("referer") or "")
    except ValueError:
        return local_path(None)
    return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))


HANDLERS: ExceptionHandlersMap = {
    NotSignedIn: on_not_signed_in,
    RealNameRequired: on_real_name_required,
    ProofRequired: on_proof_required,
}
