"""Searching the audit, which is a look as well."""

from datetime import datetime
from uuid import UUID

from services.audit.queries import Entry, Search, search
from services.audit.records import record
from services.kernel.actor import Actor
from services.kernel.unit_of_work import unit_of_work


async def look(
    actor: Actor, wanted: Search, now: datetime, before: UUID | None = None, limit: int = 50
) -> list[Entry]:
    """Search on behalf of `actor`.

    Who looks into one person's or one thing's doings is recorded; turning the pages of one search
    is one look.
    """
    found = await search(wanted, before, limit)
    if before is None and (wanted.subject_id or wanted.actor_id):
        async with unit_of_work():
            await record(
                actor,
                "audit.searched",
                subject="audit",
                subject_id=wanted.subject_id or str(wanted.actor_id),
                data={"subject": wanted.subject, "as_actor": wanted.actor_id is not None},
                now=now,
            )
    return found
