"""Rating a visit. Whoever holds the ticket's unguessable id may, once; a low grade complains."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from services import audit, catalog, queue
from services.kernel import live
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.queue import Ticket, TicketStatus
from services.ratings.errors import NotServedYet, RatedTooLate
from services.ratings.states import ComplaintStatus, Grade
from services.ratings.terms import terms
from services.ratings.texts import sealed, written

RATE_WITHIN = timedelta(days=30)


class Rate(Struct, frozen=True, kw_only=True):
    """What somebody thinks of a visit. Anonymous, the rating is tied to no person."""

    ticket_id: UUID
    grade: Grade
    comment: str = ""
    anonymous: bool = False


async def rate(actor: Actor, command: Rate, now: datetime) -> UUID:
    """Keep a rating; its key. The lower two grades open a complaint with a due date.

    Takes no lock: two ratings of one visit at once are settled by rating_once_a_visit.

    Raises:
        NotServedYet, RatedTooLate: The visit is not finished, or finished too long ago.
        AlreadyRated: It has its rating.
        InvalidInput: The comment is too long.
        NotFound: There is no such ticket.
    """
    comment = written("comment", command.comment, required=False)
    visit = await queue.ticket(command.ticket_id)
    check_ratable(visit, now)
    rating_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO rating (id, ticket_id, office_code, line, clerk_id, grade, comment,
                                anonymous, person_id, created_at)
            SELECT $1, t.id, t.office_code, t.line, t.called_by, $3, $4, $5,
                   CASE WHEN $5 THEN NULL ELSE t.person_id END, $6
              FROM ticket t WHERE t.id = $2
            """,
            rating_id,
            visit.id,
            command.grade,
            sealed(comment, "rating", "comment", rating_id),
            command.anonymous,
            now,
        )
        # Anonymous means that the audit does not tell either.
        who = Actor(kind=actor.kind) if command.anonymous else actor
        await audit.record(
            who,
            "ratings.rated",
            subject="rating",
            subject_id=rating_id,
            office_code=visit.office_code,
            data={"grade": int(command.grade)},
            now=now,
        )
        if command.grade.complains:
            await _open_complaint(rating_id, visit, now)
            live.announce(live.office_topic(visit.office_code))
    return rating_id


def check_ratable(visit: Ticket, now: datetime) -> None:
    """Raise NotServedYet or RatedTooLate unless the visit can be rated now."""
    if visit.status is not TicketStatus.FINISHED or visit.ended_at is None:
        raise NotServedYet
    if now - visit.ended_at > RATE_WITHIN:
        raise RatedTooLate(days=RATE_WITHIN.days)


async def _open_complaint(rating_id: UUID, visit: Ticket, now: datetime) -> None:
    days = (await terms(visit.office_code)).answer_days
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO complaint (id, rating_id, office_code, status, opened_at, due_on)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            new_id(),
            rating_id,
            visit.office_code,
            ComplaintStatus.OPEN,
            now,
            await catalog.add_working_days(local_date(now), days),
        )
