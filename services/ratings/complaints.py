"""What an office does about a complaint, what its holder may do, and what time does.

Every step is `UPDATE … WHERE status = expected`; it locks the complaint and nothing else.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit, catalog
from services.identity import Role
from services.kernel import live
from services.kernel.actor import SYSTEM, Actor
from services.kernel.clock import local_date
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.ratings.errors import (
    AppealedBefore,
    AppealTooLate,
    CallFirst,
    ComplaintMoved,
    DecidedByAnother,
)
from services.ratings.states import CallOutcome, ComplaintStatus, Decision
from services.ratings.terms import terms
from services.ratings.texts import sealed, written
from services.ratings.views import Rating, rating_of, rating_of_complaint

COMPLAINT_ROLES = (Role.SUPERVISOR, Role.ADMINISTRATOR)


class Swept(Struct, frozen=True):
    """How many complaints became overdue, and how many answers were accepted by silence."""

    overdue: int
    closed: int


async def call_back(
    actor: Actor, complaint_id: UUID, outcome: CallOutcome, note: str, now: datetime
) -> None:
    """Note a try to call the person. Raises ComplaintMoved once it is answered, Forbidden."""
    text = written("note", note, required=False)
    found = await _of_office(actor, complaint_id)
    call_id = new_id()
    async with unit_of_work() as uow:
        held = await uow.fetchval(
            "SELECT 1 FROM complaint WHERE id = $1 AND status = 'open' FOR UPDATE", complaint_id
        )
        if not held:
            raise ComplaintMoved
        await uow.execute(
            """
            INSERT INTO complaint_call (id, complaint_id, staff_id, called_at, outcome, note)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            call_id,
            complaint_id,
            actor.id,
            now,
            outcome,
            sealed(text, "complaint_call", "note", call_id),
        )
        await _record(actor, "ratings.called_back", complaint_id, found.office_code, now)


async def answer(actor: Actor, complaint_id: UUID, text: str, now: datetime) -> None:
    """Answer a complaint. Its holder reads it on the visit's page.

    Raises:
        CallFirst: The person can be called and was not, since the complaint was opened again.
        ComplaintMoved, InvalidInput, Forbidden, NotFound.
    """
    kept = written("answer", text, required=True)
    found = await _of_office(actor, complaint_id)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            """
            UPDATE complaint
               SET status = 'answered', answer = $2, answered_by = $3, answered_at = $4
             WHERE id = $1 AND status = 'open'
            RETURNING coalesce(decided_at, opened_at) AS since
            """,
            complaint_id,
            sealed(kept, "complaint", "answer", complaint_id),
            actor.id,
            now,
        )
        if row is None:
            raise ComplaintMoved
        called = await uow.fetchval(
            "SELECT count(*) FROM complaint_call WHERE complaint_id = $1 AND called_at >= $2",
            complaint_id,
            row["since"],
        )
        if found.person_id is not None and not called:
            raise CallFirst
        await _record(actor, "ratings.answered", complaint_id, found.office_code, now)


async def accept(actor: Actor, ticket_id: UUID, now: datetime) -> None:
    """The holder is content with the answer. Raises ComplaintMoved or NotFound."""
    found = await _of_ticket(ticket_id)
    async with unit_of_work() as uow:
        complaint_id = await uow.fetchval(
            """
            UPDATE complaint SET status = 'closed', closed_at = $2
             WHERE rating_id = $1 AND status = 'answered' RETURNING id
            """,
            found.id,
            now,
        )
        if complaint_id is None:
            raise ComplaintMoved
        await _record(
            _holder(actor, found), "ratings.accepted", complaint_id, found.office_code, now
        )


async def appeal(actor: Actor, ticket_id: UUID, reason: str, now: datetime) -> None:
    """The holder contests the answer; somebody else than who gave it decides. Once only.

    Raises AppealedBefore, AppealTooLate, ComplaintMoved, InvalidInput or NotFound.
    """
    text = written("reason", reason, required=True)
    found = await _of_ticket(ticket_id)
    complaint = found.complaint
    days = (await terms(found.office_code)).appeal_days
    if complaint is None:
        raise NotFound
    if complaint.appealed_at is not None:
        raise AppealedBefore
    if complaint.answered_at is not None and (now - complaint.answered_at).days >= days:
        raise AppealTooLate(days=days)
    async with unit_of_work() as uow:
        touched = await uow.execute(
            """
            UPDATE complaint
               SET status = 'appealed', appeal = $2, appealed_at = $3, contested_by = answered_by
             WHERE id = $1 AND status = 'answered' AND appealed_at IS NULL
            """,
            complaint.id,
            sealed(text, "complaint", "appeal", complaint.id),
            now,
        )
        if not touched:
            raise ComplaintMoved
        who = _holder(actor, found)
        await _record(who, "ratings.appealed", complaint.id, found.office_code, now)


async def decide(
    actor: Actor, complaint_id: UUID, decision: Decision, note: str, now: datetime
) -> None:
    """Decide on an appeal: upheld, the office answers again by a new date; else it is closed.

    Raises:
        DecidedByAnother: The actor gave the answer that is contested.
        ComplaintMoved, InvalidInput, Forbidden, NotFound.
    """
    kept = written("decision_note", note, required=True)
    found = await _of_office(actor, complaint_id)
    if found.complaint is not None and found.complaint.contested_by == actor.id:
        raise DecidedByAnother
    days = (await terms(found.office_code)).answer_days
    upheld = decision is Decision.UPHELD
    async with unit_of_work() as uow:
        touched = await uow.execute(
            """
            UPDATE complaint
               SET status = $2, decision = $3, decision_note = $4, decided_by = $5,
                   decided_at = $6,
                   closed_at = CASE WHEN $7 THEN NULL ELSE $6::timestamptz END,
                   due_on = CASE WHEN $7 THEN $8::date ELSE due_on END,
                   overdue_at = CASE WHEN $7 THEN NULL ELSE overdue_at END
             WHERE id = $1 AND status = 'appealed'
            """,
            complaint_id,
            ComplaintStatus.OPEN if upheld else ComplaintStatus.CLOSED,
            decision,
            sealed(kept, "complaint", "decision_note", complaint_id),
            actor.id,
            now,
            upheld,
            await catalog.add_working_days(local_date(now), days),
        )
        if not touched:
            raise ComplaintMoved
        await _record(actor, "ratings.decided", complaint_id, found.office_code, now)


async def sweep(now: datetime) -> Swept:
    """Mark what is overdue since today, and close answers that nobody appealed in time."""
    async with unit_of_work() as uow:
        overdue = await uow.fetch(
            """
            UPDATE complaint SET overdue_at = $1
             WHERE status = 'open' AND due_on < $2 AND overdue_at IS NULL
            RETURNING id, office_code
            """,
            now,
            local_date(now),
        )
        standing = await terms()
        closed = await uow.fetch(
            """
            UPDATE complaint c SET status = 'closed', closed_at = $1
             WHERE c.status = 'answered'
               AND c.answered_at + make_interval(days => coalesce(
                   (SELECT t.appeal_days FROM complaint_term t
                     WHERE t.office_code = c.office_code), $2)) <= $1
            RETURNING c.id, c.office_code
            """,
            now,
            standing.appeal_days,
        )
        for rows, action in ((overdue, "ratings.overdue"), (closed, "ratings.accepted")):
            for row in rows:
                await _record(SYSTEM, action, row["id"], row["office_code"], now)
    return Swept(overdue=len(overdue), closed=len(closed))


async def _of_office(actor: Actor, complaint_id: UUID) -> Rating:
    actor.require_role(*COMPLAINT_ROLES)
    found = await rating_of_complaint(complaint_id)
    actor.require_role(*COMPLAINT_ROLES, office_code=found.office_code)
    return found


async def _of_ticket(ticket_id: UUID) -> Rating:
    found = await rating_of(ticket_id)
    if found is None or found.complaint is None:
        raise NotFound
    return found


def _holder(actor: Actor, found: Rating) -> Actor:
    return Actor(kind=actor.kind) if found.anonymous else actor


async def _record(
    actor: Actor, action: str, complaint_id: UUID, office_code: str, now: datetime
) -> None:
    await audit.record(
        actor,
        action,
        subject="complaint",
        subject_id=complaint_id,
        office_code=office_code,
        now=now,
    )
    live.announce(live.office_topic(office_code))
