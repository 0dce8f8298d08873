"""Forged requests: a signed token in a cookie, which a form or header must repeat.

Litestar's middleware, with three faults mended: a cookie that this application did not sign is
replaced rather than shown in forms for ever; a token that is a file or has characters beyond ASCII
is a refusal rather than a 500; and a page that re-renders after a POST has a token too.
"""

from typing import Any

from litestar import Request
from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType, ScopeType
from litestar.exceptions import PermissionDeniedException
from litestar.middleware import DefineMiddleware
from litestar.middleware.csrf import CSRFMiddleware, generate_csrf_token
from litestar.types import Receive, Scope, Send

from services.kernel.settings import Settings
from web.common.sessions import API, session_cookie

FIELD = "_csrf_token"
HEADER = "x-csrftoken"
# A route that says in its `opt` why it needs no token: its callers are programs without cookies.
NO_TOKEN = "without_csrf"  # noqa: S105 - the name of a route's mark
_FORMS = frozenset({RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART})
_TOKEN = "csrf_token"  # noqa: S105 - the name of a place in the request's state


class CsrfMiddleware(CSRFMiddleware):
    """Refuses to change anything for a request that another site's page could have sent."""

    def __init__(self, app: Any, config: CSRFConfig, session_cookie: str) -> None:
        super().__init__(app, config)
        self.session_cookie = session_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request that changes something; give every page its token."""
        if scope["type"] != ScopeType.HTTP or self._needs_none(scope):
            await self.app(scope, receive, send)
            return
        request: Request[Any, Any, Any] = scope["litestar_app"].request_class(scope, receive)
        cookie = request.cookies.get(self.config.cookie_name)
        if self._decode_csrf_token(cookie) is None:
            cookie = None
        token = cookie or generate_csrf_token(self.config.secret)
        if request.method not in self.config.safe_methods:
            given = request.headers.get(self.config.header_name) or await _form_token(request)
            if cookie is None or not self._csrf_tokens_match(given, cookie):
                raise PermissionDeniedException("CSRF token verification failed")
        scope["state"][_TOKEN] = token
        wrapped = self.create_send_wrapper(send=send, csrf_cookie=cookie, token=token)
        await self.app(scope, receive, wrapped)

    def _needs_none(self, scope: Scope) -> bool:
        if scope["route_handler"].opt.get(NO_TOKEN):
            return True
        # A call to the API without our session cookie acts on nothing that a browser would add
        # by itself; a bearer token is no such thing.
        return (
            scope["path"].startswith(API)
            and self.session_cookie not in ASGIConnection[Any, Any, Any, Any](scope).cookies
        )

    def _decode_csrf_token(self, token: object) -> str | None:
        if not isinstance(token, str) or not token.isascii():
            return None
        return super()._decode_csrf_token(token)


async def _form_token(request: Request[Any, Any, Any]) -> Any:
    if request.content_type[0] not in _FORMS:
        return None
    return (await request.form()).get(FIELD)


def csrf_middleware(settings: Settings) -> DefineMiddleware:
    """The middleware; its cookie has the same protection as the session's."""
    config = CSRFConfig(
        secret=settings.web_secret.get_secret_value(),
        cookie_name="__Host-csrf" if settings.secure else "csrf",
        cookie_secure=settings.secure,
        cookie_httponly=True,
        cookie_samesite="lax",
        header_name=HEADER,
    )
    return DefineMiddleware(CsrfMiddleware, config=config, session_cookie=session_cookie(settings))
