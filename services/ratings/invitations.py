"""A code at the window with which whoever was just served rates on their own phone.

It is a random key in Redis that leads to the ticket for ten minutes and is spent by the rating, so
that whoever photographs the window's screen, or scans it late, gets nothing by it. That a visit is
rated once is the database's word.
"""

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct
from redis.exceptions import RedisError

from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import Unavailable
from services.kernel.redis import redis
from services.ratings.errors import InvitationRanOut
from services.ratings.rating import Rate, rate

INVITED_FOR = timedelta(minutes=10)
OFFERED_FOR = timedelta(minutes=3)
"""So long after the end of a visit its code is shown at the window, unless the next is called."""

_BYTES = 16


class Invitation(Struct, frozen=True):
    """The key that leads to a visit's rating, and the number that it is for."""

    key: str
    number: str


async def invite(actor: Actor, window_id: UUID, now: datetime) -> Invitation | None:
    """The code for whom this clerk has just served at a window, the same until it runs out.

    None when the window is busy again, the visit is rated, or too long ago; and when Redis is
    away, for the ticket's own page leads to the rating as well.
    """
    row = await database.fetchrow(
        """
        SELECT t.id, t.number FROM ticket t
         WHERE t.called_by = $1 AND t.day = $2 AND t.status = 'finished' AND t.window_id = $3
           AND t.ended_at > $4
           AND NOT EXISTS (SELECT FROM rating r WHERE r.ticket_id = t.id)
           AND NOT EXISTS (SELECT FROM ticket next WHERE next.window_id = $3
                              AND next.status IN ('called', 'serving'))
         ORDER BY t.ended_at DESC LIMIT 1
        """,
        actor.id,
        local_date(now),
        window_id,
        now - OFFERED_FOR,
    )
    if row is None:
        return None
    try:
        return Invitation(await _key(row["id"]), row["number"])
    except RedisError:
        return None


async def _key(ticket_id: UUID) -> str:
    """The visit's key; two screens that ask at once get the same."""
    seconds = int(INVITED_FOR.total_seconds())
    new, of_ticket = secrets.token_urlsafe(_BYTES), f"rating-key:{ticket_id}"
    await redis().set(f"rating-invitation:{new}", str(ticket_id), ex=seconds)
    if await redis().set(of_ticket, new, ex=seconds - 1, nx=True):
        return new
    kept = await redis().get(of_ticket)
    return kept.decode() if kept else new


async def invited(key: str) -> UUID:
    """The ticket that a code leads to. Raises InvitationRanOut, or Unavailable without Redis."""
    try:
        ticket_id = await redis().get(f"rating-invitation:{key}")
    except RedisError as error:
        raise Unavailable from error
    if ticket_id is None:
        raise InvitationRanOut
    return UUID(ticket_id.decode())


async def rate_invited(actor: Actor, key: str, command: Rate, now: datetime) -> UUID:
    """Rate by a code, which is spent; see `rate`. Raises InvitationRanOut as well."""
    if await invited(key) != command.ticket_id:
        raise InvitationRanOut
    kept = await rate(actor, command, now)
    # Should Redis be away: the rating is kept, and rating_once_a_visit refuses a second one.
    with suppress(RedisError):
        await redis().delete(f"rating-invitation:{key}", f"rating-key:{command.ticket_id}")
    return kept
