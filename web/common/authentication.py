"""Who asks: from the session or the bearer token to an `Actor`, asked again on every request."""

from typing import Any

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from services import identity, partners
from services.identity import SessionFacts, SessionKind, TokenFacts
from services.kernel.actor import ANONYMOUS, Actor, ActorKind
from services.kernel.errors import NotSignedIn
from services.partners import KeyFacts
from web.common.envelope import request_id
from web.common.preferences import preferences
from web.common.sessions import API, HOLDER, SESSIONLESS, Holder, holder_in

PARTNERS = "/api/v1/partner/"
Facts = SessionFacts | TokenFacts | KeyFacts
_ACTOR, _FACTS = "actor", "facts"
_BEARER = b"bearer "


class Authentication(ASGIMiddleware):
    """Puts the actor, and the facts that it rests on, into the request's state."""

    scopes = (ScopeType.HTTP,)
    exclude_path_pattern = tuple(SESSIONLESS)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find out who asks; a bearer token that does not hold is refused at once."""
        token = bearer_token(scope)
        facts: Facts | None
        if scope["path"].startswith(PARTNERS):
            # A session or a citizen's token means nothing here, and a partner's key nothing else.
            facts = await _by_key(scope, token) if token else None
        else:
            facts = await _by_token(scope, token) if token else await _by_session(Request(scope))
        scope["state"][_FACTS] = facts
        scope["state"][_ACTOR] = _actor(facts, scope)
        await next_app(scope, receive, send)


def bearer_token(scope: Scope) -> str | None:
    """The bearer token of a call to the API, which alone takes them."""
    if not scope["path"].startswith(API):
        return None
    header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    if not header.lower().startswith(_BEARER):
        return None
    return header[len(_BEARER) :].strip().decode("latin-1")


async def _by_token(scope: Scope, token: str) -> TokenFacts:
    now = scope["litestar_app"].state.clock.now()
    facts = await identity.authenticate_token(token, now)
    if facts is None:
        raise NotSignedIn
    return facts


async def _by_key(scope: Scope, key: str) -> KeyFacts:
    now = scope["litestar_app"].state.clock.now()
    facts = await partners.authenticate_key(key, now)
    if facts is None:
        raise NotSignedIn
    return facts


async def _by_session(request: Request[Any, Any, Any]) -> SessionFacts | None:
    holder = holder_in(request.session)
    if holder is None:
        return None
    facts = await identity.session_facts(holder.session_id, request.app.state.clock.now())
    if facts is None:
        request.session.pop(HOLDER)
    elif facts.epoch != holder.epoch:
        seen = Holder(facts.kind, facts.id, facts.epoch)
        request.session[HOLDER] = msgspec.to_builtins(seen)
    return facts


def _actor(facts: Facts | None, scope: Scope) -> Actor:
    language, asked_as = preferences(scope).language, request_id(scope)
    if isinstance(facts, KeyFacts):
        return Actor(
            kind=ActorKind.PARTNER,
            id=facts.partner_id,
            roles=facts.grants,
            language=language,
            request_id=asked_as,
        )
    if isinstance(facts, TokenFacts):
        return Actor(
            kind=ActorKind.CITIZEN, id=facts.person_id, language=language, request_id=asked_as
        )
    if facts is None:
        return Actor(kind=ActorKind.ANONYMOUS, language=language, request_id=asked_as)
    kind = ActorKind.CITIZEN if facts.kind is SessionKind.CITIZEN else ActorKind.STAFF
    return Actor(
        kind=kind, id=facts.holder_id, roles=facts.roles, language=language, request_id=asked_as
    )


def actor_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Actor:
    """Who asks."""
    return actor_in(connection.scope)


def actor_in(scope: Scope) -> Actor:
    """The same, for who has only the scope."""
    actor: Actor = scope["state"].get(_ACTOR, ANONYMOUS)
    return actor


def facts_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Facts | None:
    """The session, token or key by which somebody asks; None for anybody else."""
    return facts_in(connection.scope)


def facts_in(scope: Scope) -> Facts | None:
    """The same, for who has only the scope."""
    facts: Facts | None = scope["state"].get(_FACTS)
    return facts


def session_of(connection: ASGIConnection[Any, Any, Any, Any]) -> SessionFacts:
    """The session by which somebody asks. Raises NotSignedIn without one."""
    facts = facts_of(connection)
    if not isinstance(facts, SessionFacts):
        raise NotSignedIn
    return facts
