"""From an exception to an answer: a problem (RFC 9457) for programs, a page for people."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from services.kernel.errors import DomainError, FieldError, Forbidden, InvalidInput, NotSignedIn
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from web.common.authentication import PARTNERS
from web.common.envelope import request_id
from web.common.preferences import preferences
from web.common.rendering import AnyRequest, Page, wants_partial
from web.common.validation import field_errors

PROBLEM = "application/problem+json"
INTERNAL = 500

TITLES: Mapping[int, str] = {
    400: N_("We could not read what was sent"),
    401: N_("Please sign in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("This address does not take that"),
    409: N_("Not possible now"),
    413: N_("Too large"),
    415: N_("Unknown format"),
    422: N_("Please check your entries"),
    429: N_("One moment, please"),
    500: N_("Something went wrong here"),
    503: N_("Back in a moment"),
}
DETAILS: Mapping[int, str] = {
    400: N_("The request is malformed. Nothing was changed."),
    401: N_("You are not signed in, or your sign-in has ended."),
    403: N_("You may not do this. Reload the page if it has been open for a long time."),
    404: N_("There is nothing at this address. It may have moved, or the link may be incomplete."),
    405: N_("The address exists, but not for this kind of request."),
    413: N_("What was sent is larger than this service accepts. Nothing was changed."),
    415: N_("What was sent is in a format that this service does not accept."),
    422: N_("Please correct the marked fields."),
    429: N_("There were too many tries. Please wait a little and try again."),
    500: N_("It is our fault, not yours. Please try again in a minute."),
    503: N_("The service is busy for a moment. Nothing was changed; please try again."),
}
CODES: Mapping[int, str] = {
    400: "malformed",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "refused",
    413: "too_large",
    415: "unknown_format",
    422: "invalid_input",
    429: "rate_limited",
    500: "internal",
    503: "unavailable",
}

KEY_TITLE = N_("A valid partner key is needed")
KEY_REFUSED = N_(
    "The partner key is missing, wrong, run out or withdrawn. Please send a valid one as "
    "“Authorization: Bearer …”."
)
SCOPE_MISSING = N_(
    "This partner key does not grant the scope %(scope)s for this. Please ask the "
    "administrator for a key that does."
)

log = structlog.get_logger(__name__)


def on_domain_error(request: AnyRequest, error: DomainError) -> Response[Any]:
    """What the business refused, in the person's language."""
    language = preferences(request.scope).language
    headers = {}
    if "retry_after" in error.data:
        headers["Retry-After"] = str(error.data["retry_after"])
    title, message = _words(request, error)
    return answer(
        request,
        status=error.status,
        code=error.code,
        title=translate(title, language) if title else None,
        detail=translate(message, language, **error.data),
        errors=error.errors if isinstance(error, InvalidInput) else (),
        headers=headers,
    )


def _words(request: AnyRequest, error: DomainError) -> tuple[str | None, str]:
    """A title of its own, if it has one, and the message; partners show keys, people sign in."""
    if request.scope["path"].startswith(PARTNERS):
        if isinstance(error, NotSignedIn):
            return KEY_TITLE, KEY_REFUSED
        if isinstance(error, Forbidden) and "scope" in error.data:
            return None, SCOPE_MISSING
    return None, error.message


def on_http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """What Litestar refused: a route that is not there, a body that cannot be read."""
    if error.status_code >= INTERNAL:
        return on_unexpected(request, error)
    status = error.status_code
    errors = field_errors(request, error)
    if errors:
        status = InvalidInput.status
    return answer(request, status=status, errors=errors, headers=error.headers or {})


def on_unexpected(request: AnyRequest, error: Exception) -> Response[Any]:
    """A fault of ours: logged with its traceback, shown with a number to be read aloud."""
    route = str(request.scope.get("path_template", ""))
    log.error("unexpected", route=route, error=type(error).__name__, exc_info=sys.exc_info())
    return answer(request, status=INTERNAL)


def answer(
    request: AnyRequest,
    *,
    status: int,
    code: str | None = None,
    title: str | None = None,
    detail: str | None = None,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    back: str | None = None,
) -> Response[Any]:
    """An error answer of the kind that this request can use. `title`, `detail`: translated.

    `back` is the page to try again on, if there is a better one than the start page.
    """
    language = preferences(request.scope).language
    known = status if status in TITLES else 400
    title = title or translate(TITLES[known], language)
    detail = detail or translate(DETAILS.get(known, DETAILS[400]), language)
    said = dict(headers or {})
    if request.scope["path"].startswith("/api/"):
        body = problem(status, code or CODES[known], title, detail, request_id(request.scope))
        if errors:
            body["errors"] = [_said(error, language) for error in errors]
        said |= {"Content-Language": language.tag, "Vary": "Accept-Language"}
        return Response(body, status_code=status, media_type=PROBLEM, headers=said)
    context = {
        "status": status,
        "title": title,
        "detail": detail,
        "errors": [_said(error, language) for error in errors],
        "request_id": request_id(request.scope),
        "back": back,
    }
    if wants_partial(request):
        said |= {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}
        return Page("errors/toast.html", context, status_code=status, headers=said, whole=False)
    return Page("errors/error.html", context, status_code=status, headers=said)


def problem(status: int, code: str, title: str, detail: str, instance: str) -> dict[str, object]:
    """The members of an RFC 9457 problem; `code` is what programs should look at."""
    return {
        "type": f"urn:banshitong:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": f"urn:banshitong:request:{instance}",
    }


def _said(error: FieldError, language: Language) -> dict[str, str]:
    message = translate(error.message, language, **error.data)
    return {"field": error.field, "code": error.code, "message": message}


HANDLERS: ExceptionHandlersMap = {
    DomainError: on_domain_error,
    HTTPException: on_http_error,
    Exception: on_unexpected,
}
