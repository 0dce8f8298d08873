"""Who is signed in where. The facts are here; Redis holds only the key of a row.

Every request asks these facts again, so that ending a session, deactivating staff or changing a
role takes effect with the next request.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services import audit
from services.identity.rules import SEEN_EVERY, SENSITIVE_IDLE, session_ends
from services.identity.states import SessionKind
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current, unit_of_work


class SessionFacts(Struct, frozen=True, kw_only=True):
    """A session that holds good now.

    `epoch` rises when staff roles change: the edge then gives the browser a new session id.
    `proven` says that staff may do sensitive things without showing the second factor again.
    """

    id: UUID
    kind: SessionKind
    holder_id: UUID
    display_name: str
    language: str | None
    real_name: bool
    roles: tuple[RoleAt, ...]
    epoch: int
    proven: bool


class OpenSession(Struct, frozen=True, kw_only=True):
    """One line of the list on the access page."""

    id: UUID
    device: str
    started_at: datetime
    seen_at: datetime


async def start_session(kind: SessionKind, holder_id: UUID, device: str, now: datetime) -> UUID:
    """Note that somebody has just signed in, in the current unit of work; the session's key."""
    session_id = new_id()
    citizen = kind is SessionKind.CITIZEN
    await current().execute(
        """
        INSERT INTO sign_in_session
               (id, person_id, staff_id, device, started_at, seen_at, ends_at, proven)
        VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
        """,
        session_id,
        holder_id if citizen else None,
        None if citizen else holder_id,
        device,
        now,
        session_ends(kind, now, now),
        not citizen,
    )
    return session_id


async def session_facts(session_id: UUID, now: datetime) -> SessionFacts | None:
    """The facts of a session, or None if it has ended, run out, or its holder was deactivated."""
    row = await database.fetchrow(
        """
        SELECT s.person_id, s.staff_id, s.started_at, s.seen_at, s.proven,
               p.language, p.real_name_at, t.display_name, coalesce(t.epoch, 0) AS epoch,
               (SELECT json_agg(json_build_object('role', r.role, 'office_code', r.office_code))
                  FROM staff_role r WHERE r.staff_id = s.staff_id) AS roles
          FROM sign_in_session s
          LEFT JOIN person p ON p.id = s.person_id
          LEFT JOIN staff t ON t.id = s.staff_id
         WHERE s.id = $1 AND s.ended_at IS NULL AND s.ends_at > $2 AND t.deactivated_at IS NULL
        """,
        session_id,
        now,
    )
    if row is None:
        return None
    kind = SessionKind.CITIZEN if row["person_id"] else SessionKind.STAFF
    proven = row["proven"] and now - row["seen_at"] <= SENSITIVE_IDLE
    if now - row["seen_at"] >= SEEN_EVERY:
        await _seen(session_id, session_ends(kind, row["started_at"], now), now, proven=proven)
    return SessionFacts(
        id=session_id,
        kind=kind,
        holder_id=row["person_id"] or row["staff_id"],
        display_name=row["display_name"] or "",
        language=row["language"],
        real_name=row["real_name_at"] is not None,
        roles=msgspec.json.decode(row["roles"] or "[]", type=tuple[RoleAt, ...]),
        epoch=row["epoch"],
        proven=proven,
    )


async def _seen(session_id: UUID, ends_at: datetime, now: datetime, *, proven: bool) -> None:
    async with unit_of_work() as uow:
        await uow.execute(
            """
            UPDATE sign_in_session SET seen_at = $2, ends_at = $3, proven = proven AND $4
             WHERE id = $1 AND ended_at IS NULL AND seen_at < $2
            """,
            session_id,
            now,
            ends_at,
            proven,
        )


async def end_session(session_id: UUID, now: datetime) -> None:
    """Sign out. Ending a session that has ended already changes nothing."""
    async with unit_of_work() as uow:
        await uow.execute(
            "UPDATE sign_in_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL",
            session_id,
            now,
        )


async def open_sessions(person_id: UUID, now: datetime) -> list[OpenSession]:
    """Where a citizen is signed in, the most recently used first."""
    rows = await database.fetch(
        """
        SELECT id, device, started_at, seen_at FROM sign_in_session
         WHERE person_id = $1 AND ended_at IS NULL AND ends_at > $2
         ORDER BY seen_at DESC, id
        """,
        person_id,
        now,
    )
    return [OpenSession(**dict(row)) for row in rows]


async def end_own_session(actor: Actor, session_id: UUID, now: datetime) -> None:
    """Sign a citizen out on one of their devices. Raises NotFound if it is not theirs or ended."""
    async with unit_of_work() as uow:
        ended = await uow.execute(
            """
            UPDATE sign_in_session SET ended_at = $3
             WHERE id = $1 AND person_id = $2 AND ended_at IS NULL
            """,
            session_id,
            actor.person_id(),
            now,
        )
        if not ended:
            raise NotFound
        await audit.record(
            actor, "identity.session_ended", subject="person", subject_id=actor.person_id(), now=now
        )


async def end_other_sessions(actor: Actor, keep: UUID, now: datetime) -> int:
    """Sign a citizen out everywhere but in the session `keep`; how many sessions ended."""
    async with unit_of_work():
        ended = await end_sessions_of(actor.person_id(), now, keep=keep)
        await audit.record(
            actor,
            "identity.other_sessions_ended",
            subject="person",
            subject_id=actor.person_id(),
            data={"ended": ended},
            now=now,
        )
    return ended


async def end_sessions_of(holder_id: UUID, now: datetime, *, keep: UUID | None = None) -> int:
    """End every session of a citizen or of staff, in the current unit of work."""
    return await current().execute(
        """
        UPDATE sign_in_session SET ended_at = $2
         WHERE (person_id = $1 OR staff_id = $1) AND ended_at IS NULL
           AND id IS DISTINCT FROM $3
        """,
        holder_id,
        now,
        keep,
    )
