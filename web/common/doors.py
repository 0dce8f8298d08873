"""By which door a request comes in: people's browsers with cookies, programs without any."""

from litestar.middleware import DefineMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from services.kernel.settings import Settings
from web.common.authentication import Authentication
from web.common.csrf import csrf_middleware
from web.common.sessions import API, session_config


class Doors:
    """The application behind whatever has to know who asks.

    A call to the API without a cookie has no session, nothing under the API begins one, and no page
    of somebody else's site can have made a browser add anything to it: it only has to show a token.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._authentication = Authentication()
        # From the outside in: which session, who that is, whether their own page sent this.
        checked = csrf_middleware(settings)(app)
        self._people = session_config(settings).middleware(self._authentication(checked))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in."""
        if _is_from_a_program(scope):
            scope["session"] = {}
            await self._authentication.handle(scope, receive, send, self._app)
        else:
            await self._people(scope, receive, send)


def _is_from_a_program(scope: Scope) -> bool:
    return scope["path"].startswith(API) and not any(
        name == b"cookie" for name, _ in scope["headers"]
    )


def doors(settings: Settings) -> DefineMiddleware:
    """The middleware."""
    return DefineMiddleware(Doors, settings=settings)
