"""Whether the member of staff in this session has made sure who is on the telephone.

It counts for one person at a time and for as long as a call lasts. That it
was done is kept in the audit.
"""

from datetime import datetime, timedelta
from uuid import UUID

from services.identity import CallerUnverified
from web.common.rendering import AnyRequest

CALLER = "caller"
LASTS = timedelta(minutes=15)


def remember(request: AnyRequest, person_id: UUID, now: datetime) -> None:
    """This person has been verified just now."""
    request.session[CALLER] = [str(person_id), (now + LASTS).timestamp()]


def is_verified(request: AnyRequest, person_id: UUID, now: datetime) -> bool:
    """Whether this very person has been verified, not too long ago."""
    kept = request.session.get(CALLER)
    return kept is not None and kept[0] == str(person_id) and now.timestamp() <= kept[1]


def require_verified(request: AnyRequest, person_id: UUID, now: datetime) -> None:
    """Raise CallerUnverified unless `is_verified`."""
    if not is_verified(request, person_id, now):
        raise CallerUnverified
