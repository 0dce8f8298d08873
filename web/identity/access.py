"""Where one is signed in, which programs hold a token, and who looked at one's data."""

from datetime import datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import identity, partners
from services.identity import IssuedToken
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from services.kernel.limits import Limit
from web.common import flash, sessions
from web.common.authentication import session_of
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rate_limits import limited
from web.common.rendering import AnyRequest
from web.identity.history import history

ACCESS = "/my/access"
NEW_TOKENS = Limit("new_tokens_address", times=30, seconds=3600)
SESSION_ENDED = N_("That device is signed out.")
OTHERS_ENDED = N_("All other devices are signed out.")
WITHDRAWN = N_("That platform cannot book for you any more.")
TOKEN_REVOKED = N_("The token is revoked. Programs that use it are refused from now on.")


class TokenForm(Struct):
    """A new token's name."""

    label: str = ""


async def _context(
    request: AnyRequest, actor: Actor, now: datetime, issued: IssuedToken | None = None
) -> dict[str, object]:
    person_id = actor.person_id()
    return {
        "sessions": await identity.open_sessions(person_id, now),
        "here": session_of(request).id,
        "tokens": await identity.tokens(person_id, now),
        "permits": await partners.permits(actor),
        "history": await history(actor),
        "issued": issued,
    }


@get(ACCESS, guards=[citizen])
async def show_access(request: AnyRequest, actor: CurrentActor, now: Now) -> Response[bytes]:
    """Devices, tokens, and who looked."""
    return fresh("identity/access.html", label="", **await _context(request, actor, now))


@post("/my/access/tokens", guards=[citizen, limited(NEW_TOKENS)], status_code=200)
async def create_token(
    request: AnyRequest, data: URLEncodedBody[TokenForm], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """Issue a token. The answer is the page itself: the token is shown this once."""
    try:
        issued = await identity.create_token(actor, data.label, now)
    except DomainError as error:
        context = await _context(request, actor, now)
        return refused(request, "identity/access.html", error, label=data.label, **context)
    context = await _context(request, actor, now, issued)
    return fresh("identity/access.html", label="", **context)


@post("/my/access/tokens/{token_id:uuid}/revoke", guards=[citizen], status_code=303)
async def revoke_token(token_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Revoke one's own token."""
    await identity.revoke_token(actor, token_id, now)
    return flash.redirect(ACCESS, TOKEN_REVOKED)


@post("/my/access/platforms/{permit_id:uuid}/withdraw", guards=[citizen], status_code=303)
async def withdraw_consent(permit_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Let a platform act for oneself no more."""
    await partners.withdraw(actor, permit_id, now)
    return flash.redirect(ACCESS, WITHDRAWN)


@post("/my/access/sessions/{session_id:uuid}/end", guards=[citizen], status_code=303)
async def end_session(
    request: AnyRequest, session_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect:
    """Sign out on one device; on this one, that is signing out."""
    if session_id == session_of(request).id:
        await sessions.end(request, now)
        return flash.redirect("/", SESSION_ENDED)
    await identity.end_own_session(actor, session_id, now)
    return flash.redirect(ACCESS, SESSION_ENDED)


@post("/my/access/sessions/end-others", guards=[citizen], status_code=303)
async def end_others(request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect:
    """Sign out everywhere else."""
    await identity.end_other_sessions(actor, session_of(request).id, now)
    return flash.redirect(ACCESS, OTHERS_ENDED)


HANDLERS = (
    show_access,
    create_token,
    revoke_token,
    withdraw_consent,
    end_session,
    end_others,
)
