"""What surrounds every answer, a 404 too: request id, safety headers, switches, metrics, log line.

Litestar's own middleware does not see requests that no route matches, so this wraps the whole
application.
"""

import re
import time
from uuid import uuid4

import structlog
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from web.common import metrics
from web.common.headers import security_headers
from web.common.preferences import preferences
from web.common.text_safety import escaped

REQUEST_ID = "request_id"
_ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_UNMATCHED = "(no route)"
_QUIET = frozenset({"/healthz", "/readyz", "/metrics", "/assets/{group}/{version}/{path}"})

log = structlog.get_logger(__name__)


def request_id(scope: Scope) -> str:
    """What the answer's X-Request-ID says and every log line of this request bears."""
    found: str = scope["state"].get(REQUEST_ID, "")
    return found


class Envelope:
    """Wraps the application's ASGI handler."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in security_headers(secure=secure).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        # Before anybody reads it: each reader takes bytes beyond ASCII for Latin-1.
        scope["query_string"] = escaped(scope["query_string"])
        started = time.perf_counter()
        status = 500
        bodiless = scope["method"] == HttpMethod.HEAD
        if bodiless:
            # Every page answers HEAD as it answers GET, without the body (RFC 9110, 9.3.2).
            scope = {**scope, "method": HttpMethod.GET}
        scope["state"][REQUEST_ID] = _incoming_id(scope) or uuid4().hex[:12]

        async def send_in_envelope(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._complete(scope, list(message["headers"]))
            elif bodiless and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id(scope)):
            try:
                await self._app(scope, receive, send_in_envelope)
            finally:
                _record(scope, status, time.perf_counter() - started)

    def _complete(
        self, scope: Scope, headers: list[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        said = {name.lower() for name, _ in headers}
        headers += [header for header in self._headers if header[0] not in said]
        headers.append((b"x-request-id", request_id(scope).encode()))
        for cookie in preferences(scope).cookies(secure=self._secure):
            headers.append((b"set-cookie", cookie.to_header(header="").encode("latin-1")))
        return headers


def _incoming_id(scope: Scope) -> str | None:
    """The id that the proxy in front gave this request, if it is a plain one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ACCEPTABLE_ID.fullmatch(value):
            return value.decode()
    return None


def _record(scope: HTTPScope, status: int, seconds: float) -> None:
    # The template, never the path: paths can hold references.
    route = str(scope.get("path_template") or _UNMATCHED)
    metrics.observe(scope["method"], route, status, seconds)
    if route not in _QUIET:
        milliseconds = round(seconds * 1000, 1)
        log.info("answered", method=scope["method"], route=route, status=status, ms=milliseconds)
