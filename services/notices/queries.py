"""Reading notices: a person's own, and the administrator's figures."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.kernel import database
from services.kernel.actor import Actor
from services.notices.states import Channel, Kind, NoticeStatus, Reason

FIGURES_OVER = timedelta(hours=24)


class Notice(Struct, frozen=True, kw_only=True):
    """One notice as its recipient sees it. `subject_id` is the appointment it speaks of."""

    id: UUID
    kind: Kind
    channel: Channel
    subject_id: UUID
    status: NoticeStatus
    reason: Reason | None
    created_at: datetime
    settled_at: datetime | None


class Figures(Struct, frozen=True, kw_only=True):
    """How notices fare: `sent` and `dropped` within FIGURES_OVER, the others altogether."""

    pending: int
    failed: int
    sent: int
    dropped: int


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(
        id=row["id"],
        kind=Kind(row["kind"]),
        channel=Channel(row["channel"]),
        subject_id=row["subject_id"],
        status=NoticeStatus(row["status"]),
        reason=Reason(row["reason"]) if row["reason"] else None,
        created_at=row["created_at"],
        settled_at=row["settled_at"],
    )


async def mine(actor: Actor, before: UUID | None = None, limit: int = 20) -> list[Notice]:
    """A citizen's own notices, newest first, or those older than the notice `before`."""
    rows = await database.fetch(
        """
        SELECT id, kind, channel, subject_id, status, reason, created_at, settled_at FROM notice
         WHERE recipient_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
        """,
        actor.person_id(),
        before,
        limit,
    )
    return [_notice(row) for row in rows]


async def figures(now: datetime) -> Figures:
    """How many notices wait, have failed, were sent and were dropped."""
    rows = await database.fetch(
        """
        SELECT status, count(*) AS n FROM notice WHERE status IN ('pending', 'failed')
         GROUP BY status
        UNION ALL
        SELECT status, count(*) FROM notice
         WHERE status IN ('sent', 'dropped') AND settled_at > $1 GROUP BY status
        """,
        now - FIGURES_OVER,
    )
    counted = {row["status"]: row["n"] for row in rows}
    return Figures(
        pending=counted.get("pending", 0),
        failed=counted.get("failed", 0),
        sent=counted.get("sent", 0),
        dropped=counted.get("dropped", 0),
    )
