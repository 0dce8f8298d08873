"""Server-side sessions that nobody can choose, keep or bring back.

Litestar's backend takes an id that the client invents and keeps it across sign-in. This one accepts
only ids that it issued, gives a new one whenever what the session may do changes, and never writes
a session back that has ended meanwhile. Redis holds, under a digest of the id, keys of rows and
nothing else: the facts are in PostgreSQL (services.identity.sessions). See
docs/decisions/0006-session-rotation.md.
"""

import hashlib
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware.session.server_side import (
    ServerSideSessionBackend,
    ServerSideSessionConfig,
)
from litestar.types import Empty, Message, ScopeSession
from msgspec import Struct
from redis.exceptions import RedisError

from services import identity
from services.identity import SESSION_LIFETIME, SessionKind
from services.kernel.errors import Unavailable
from services.kernel.redis import redis
from services.kernel.settings import Settings

AnyConnection = ASGIConnection[Any, Any, Any, Any]

# Between the steps of a sign-in, before anybody is signed in.
STEP_LIFETIME = timedelta(hours=1)
# What a session may do hangs on these; a change of either gives it a new id.
HOLDER, STEP = "holder", "step"
# What a visitor was about to do when they were asked who they are; it survives their sign-in.
ERRAND = "errand"
API = "/api/"
# Addresses that never ask who somebody is.
SESSIONLESS = ["^/assets/", "^/healthz$", "^/readyz$", "^/metrics$"]

_ID = re.compile(r"[0-9a-f]{64}")
_LOADED = "loaded_session"


class Holder(Struct, frozen=True):
    """Who is signed in: the key of a session's facts, and the roles' epoch as last seen."""

    kind: SessionKind
    session_id: UUID
    epoch: int = 0


class _Loaded(Struct, frozen=True):
    """A session as this request found it."""

    key: str
    raw: bytes
    privileges: tuple[object, object]


def _key(session_id: str) -> str:
    return f"session:{hashlib.sha256(session_id.encode()).hexdigest()}"


def _privileges(data: dict[str, Any]) -> tuple[object, object]:
    return data.get(HOLDER), data.get(STEP)


def _lifetime(data: dict[str, Any]) -> int:
    holder = holder_in(data)
    lifetime = SESSION_LIFETIME[holder.kind] if holder else STEP_LIFETIME
    return int(lifetime.total_seconds())


class SessionBackend(ServerSideSessionBackend):
    """Redis by digest of the id. Every failure of Redis is a 503, never an anonymous visitor."""

    async def load_from_connection(self, connection: AnyConnection) -> dict[str, Any]:
        """The session of an id that was issued here; of any other, an empty one."""
        session_id = connection.cookies.get(self.config.key, "")
        if not _ID.fullmatch(session_id):
            return {}
        try:
            raw = await redis().get(_key(session_id))
        except RedisError as error:
            raise Unavailable from error
        if raw is None:
            return {}
        data: dict[str, Any] = msgspec.json.decode(raw)
        connection.scope["state"][_LOADED] = _Loaded(_key(session_id), raw, _privileges(data))
        return data

    def get_session_id(self, connection: AnyConnection) -> str:  # noqa: ARG002 - Litestar's signature
        """None of the client's choosing: ids are drawn when a session is stored."""
        return ""

    async def store_in_message(
        self, scope_session: ScopeSession, message: Message, connection: AnyConnection
    ) -> None:
        """Write what changed, under a new id if what the session may do has changed."""
        loaded: _Loaded | None = connection.scope["state"].get(_LOADED)
        data: dict[str, Any] = (
            {} if scope_session is Empty or not isinstance(scope_session, dict) else scope_session
        )
        headers = MutableScopeHeaders.from_message(message)
        try:
            if not data:
                if loaded:
                    await redis().delete(loaded.key)
                    headers.add("Set-Cookie", self._cookie("", 0))
            elif loaded and loaded.privileges == _privileges(data):
                if (raw := msgspec.json.encode(data)) != loaded.raw:
                    # Only if it is still there: signing out in another tab has the last word.
                    await redis().set(loaded.key, raw, xx=True, keepttl=True)
            else:
                await self._store_anew(data, headers, loaded)
        except RedisError as error:
            raise Unavailable from error

    async def _store_anew(
        self, data: dict[str, Any], headers: MutableScopeHeaders, loaded: _Loaded | None
    ) -> None:
        session_id, lifetime = self.generate_session_id(), _lifetime(data)
        await redis().set(_key(session_id), msgspec.json.encode(data), ex=lifetime)
        if loaded:
            await redis().delete(loaded.key)
        headers.add("Set-Cookie", self._cookie(session_id, lifetime))

    def _cookie(self, value: str, max_age: int) -> str:
        return Cookie(
            key=self.config.key,
            value=value,
            path="/",
            max_age=max_age,
            secure=self.config.secure,
            httponly=True,
            samesite="lax",
        ).to_header(header="")


class SessionConfig(ServerSideSessionConfig):
    """Litestar's configuration, with our backend in place of its own."""

    _backend_class = SessionBackend


def session_config(settings: Settings) -> SessionConfig:
    """How sessions travel: over https under a name that no neighbouring host can set."""
    return SessionConfig(
        key=session_cookie(settings),
        secure=settings.secure,
        exclude=SESSIONLESS,
        scopes={ScopeType.HTTP},
    )


def session_cookie(settings: Settings) -> str:
    """The cookie's name."""
    return "__Host-session" if settings.secure else "session"


def holder_in(data: dict[str, Any]) -> Holder | None:
    """Who a session says is signed in; its facts decide whether that still holds."""
    return msgspec.convert(data[HOLDER], Holder) if HOLDER in data else None


async def begin(request: Request[Any, Any, Any], holder: Holder, now: datetime) -> None:
    """Make this the session of somebody who has just signed in, and of nobody before."""
    errand = None if HOLDER in request.session else request.session.get(ERRAND)
    await end(request, now)
    request.set_session({HOLDER: msgspec.to_builtins(holder)})
    if errand is not None:
        request.session[ERRAND] = errand


async def end(request: Request[Any, Any, Any], now: datetime) -> None:
    """Sign out whoever is signed in here."""
    former = holder_in(request.session)
    if former:
        await identity.end_session(former.session_id, now)
    request.clear_session()
