"""Who may ask for what. Every route has one of these guards or says why it is public.

    @get("/my/appointments", guards=[citizen])
    @post("/book", guards=[real_name])
    @post("/desk/{office:str}/call", guards=[staff(Role.CLERK, office="office")])
    @get("/api/v1/partner/slots", guards=[partner(Scope.SLOTS_READ)])
    @get("/items", opt=public("anyone may read what can be done here"))

An application with a route that does neither does not start (`require_declared`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.handlers.http_handlers import HTTPRouteHandler

from services.identity import ProofRequired, RealNameRequired, Role, SessionFacts, TokenFacts
from services.kernel.actor import Actor, ActorKind
from services.kernel.errors import NotSignedIn
from services.partners import Scope
from web.common.authentication import actor_of, facts_of, session_of

PUBLIC = "public"

AnyConnection = ASGIConnection[Any, Any, Any, Any]


def public(reason: str) -> dict[str, str]:
    """The `opt` of a route that anyone may ask for, and why that is right."""
    return {PUBLIC: reason}


def is_named(connection: AnyConnection) -> bool:
    """Whether whoever asks is a citizen who has registered a name and a document."""
    facts = facts_of(connection)
    return isinstance(facts, SessionFacts | TokenFacts) and facts.real_name


@dataclass(frozen=True)
class Citizen:
    """Signed in as a citizen, by session or by token; `named` wants a real name too."""

    named: bool = False

    async def __call__(self, connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        """Raise NotSignedIn or RealNameRequired."""
        actor_of(connection).person_id()
        if self.named and not is_named(connection):
            raise RealNameRequired


@dataclass(frozen=True)
class Staff:
    """Signed in as staff with one of `roles`, at the office that the path names in `office`."""

    roles: tuple[Role, ...]
    office: str | None
    sensitive: bool

    async def __call__(self, connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        """Raise NotSignedIn, Forbidden or ProofRequired."""
        actor = actor_of(connection)
        office_code = connection.path_params[self.office] if self.office else None
        if self.roles:
            actor.require_role(*self.roles, office_code=office_code)
        elif actor.kind is not ActorKind.STAFF:
            raise NotSignedIn
        if self.sensitive and not session_of(connection).proven:
            raise ProofRequired


@dataclass(frozen=True)
class Partner:
    """A partner's platform with a key that grants `scope`, whatever the hall."""

    scope: Scope

    async def __call__(self, connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        """Raise NotSignedIn or Forbidden."""
        actor_of(connection).partner_id(self.scope)


citizen = Citizen()
real_name = Citizen(named=True)


def staff(*roles: Role, office: str | None = None, sensitive: bool = False) -> Staff:
    """Staff with one of `roles` (any staff if none is named).

    Args:
        roles: Any of which will do.
        office: The path parameter with the code of the office at which the role must be held.
        sensitive: Whether staff who have been idle must show their second factor first.
    """
    return Staff(roles, office, sensitive)


def partner(scope: Scope) -> Partner:
    """A partner whose key grants `scope`."""
    return Partner(scope)


def require_declared(app: Litestar) -> None:
    """Raise ValueError if a route forgot to say who may ask for it."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if not is_declared(handler):
                raise ValueError(f"{route.path}: say who may ask for it")


def is_declared(handler: BaseRouteHandler) -> bool:
    """Whether a route has a guard of this module, is named public, or is Litestar's OPTIONS."""
    if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {HttpMethod.OPTIONS}:
        return True
    return PUBLIC in handler.opt or any(
        isinstance(guard, Citizen | Staff | Partner) for guard in handler.resolve_guards()
    )


# In a handler: `actor: CurrentActor, now: Now`.
CurrentActor = NamedDependency[Actor]
Now = NamedDependency[datetime]


async def provide_actor(request: Request[Any, Any, Any], now: Now) -> Actor:
    """The dependency `actor`. It takes `now` only to come after it.

    What does not depend on one another Litestar resolves side by side, in a task each; for two
    look-ups that wait for nothing, that was a quarter of the CPU of a request.
    """
    del now
    return actor_of(request)


async def provide_now(request: Request[Any, Any, Any]) -> datetime:
    """The dependency `now`: one moment for the whole request, aware, in UTC."""
    now: datetime = request.app.state.clock.now()
    return now
