"""Lists and figures of ratings and complaints."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from services import audit, identity
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.unit_of_work import unit_of_work
from services.ratings.complaints import COMPLAINT_ROLES
from services.ratings.states import Grade
from services.ratings.views import RATINGS, Call, Rating, calls, from_rows, rating_of_complaint

FIGURES_OVER = timedelta(days=90)
LEAST_PUBLISHED = 5
"""Fewer ratings than this are not published: they would point at single people."""

MOST_LISTED = 200


class Case(Struct, frozen=True, kw_only=True):
    """A complaint as its supervisor works on it. `names` are display names of staff."""

    rating: Rating
    calls: tuple[Call, ...]
    names: Mapping[UUID, str]
    person: str | None


class Figures(Struct, frozen=True, kw_only=True):
    """How often each grade was given."""

    counts: Mapping[Grade, int]

    @property
    def total(self) -> int:
        """How many ratings there are."""
        return sum(self.counts.values())

    @property
    def content(self) -> int:
        """How many of a hundred were fairly satisfied or better; 0 of none."""
        good = sum(count for grade, count in self.counts.items() if not grade.complains)
        return round(100 * good / self.total) if self.total else 0


async def mine(actor: Actor) -> tuple[Rating, ...]:
    """A citizen's own ratings that are not anonymous, newest first."""
    rows = await database.fetch(
        f"{RATINGS} WHERE r.person_id = $1 ORDER BY r.id DESC LIMIT $2",
        actor.person_id(),
        MOST_LISTED,
    )
    return await from_rows(rows)


async def complaints(actor: Actor, *, closed: bool = False) -> tuple[Rating, ...]:
    """The complaints of the offices that the actor supervises: the most urgent first."""
    actor.require_role(*COMPLAINT_ROLES)
    rows = await database.fetch(
        f"""
        {RATINGS}
         WHERE (c.status = 'closed') = $1 AND ($2::text[] IS NULL OR c.office_code = ANY($2))
         ORDER BY CASE WHEN $1 THEN c.closed_at END DESC,
                  array_position(ARRAY['open', 'appealed', 'answered'], c.status), c.due_on, c.id
         LIMIT $3
        """,
        closed,
        supervised(actor),
        MOST_LISTED,
    )
    return await from_rows(rows)


async def overdue(actor: Actor) -> int:
    """How many of them are unanswered past their day."""
    return int(
        await database.fetchval(
            """
            SELECT count(*) FROM complaint
             WHERE status = 'open' AND overdue_at IS NOT NULL
               AND ($1::text[] IS NULL OR office_code = ANY($1))
            """,
            supervised(actor),
        )
    )


async def case(actor: Actor, complaint_id: UUID, now: datetime) -> Case:
    """One complaint with what was written; that it was opened is kept in the audit.

    Raises NotFound, NotSignedIn or Forbidden.
    """
    actor.require_role(*COMPLAINT_ROLES)
    found = await rating_of_complaint(complaint_id)
    actor.require_role(*COMPLAINT_ROLES, office_code=found.office_code)
    async with unit_of_work():
        await audit.record(
            actor,
            "ratings.complaint_read",
            subject="complaint",
            subject_id=complaint_id,
            office_code=found.office_code,
            now=now,
        )
    tried = await calls(complaint_id)
    complaint = found.complaint
    staff = {each.staff_id for each in tried} | {found.clerk_id}
    if complaint is not None:
        staff |= {complaint.answered_by, complaint.contested_by}
    people = [found.person_id] if found.person_id else []
    names = await identity.display_names(people)
    return Case(
        rating=found,
        calls=tried,
        names=await identity.staff_names(one for one in staff if one is not None),
        person=names.get(found.person_id) if found.person_id else None,
    )


async def office_figures(now: datetime) -> Mapping[tuple[str, Line], Figures]:
    """Grades over FIGURES_OVER by office and line, where there are enough to be published."""
    rows = await database.fetch(
        """
        SELECT office_code, line, grade, count(*) AS n FROM rating WHERE created_at > $1
         GROUP BY office_code, line, grade
        """,
        now - FIGURES_OVER,
    )
    counts: dict[tuple[str, Line], dict[Grade, int]] = {}
    for row in rows:
        place = row["office_code"], Line(row["line"])
        counts.setdefault(place, {})[Grade(row["grade"])] = row["n"]
    found = {place: Figures(counts=given) for place, given in counts.items()}
    return {place: each for place, each in found.items() if each.total >= LEAST_PUBLISHED}


async def clerk_figures(actor: Actor, now: datetime) -> Mapping[tuple[str, str], Figures]:
    """Grades by office and clerk's name, for those who supervise them."""
    actor.require_role(*COMPLAINT_ROLES)
    rows = await database.fetch(
        """
        SELECT office_code, clerk_id, grade, count(*) AS n FROM rating
         WHERE created_at > $1 AND clerk_id IS NOT NULL
           AND ($2::text[] IS NULL OR office_code = ANY($2))
         GROUP BY office_code, clerk_id, grade
        """,
        now - FIGURES_OVER,
        supervised(actor),
    )
    names = await identity.staff_names({row["clerk_id"] for row in rows})
    counts: dict[tuple[str, str], dict[Grade, int]] = {}
    for row in rows:
        place = row["office_code"], names[row["clerk_id"]]
        counts.setdefault(place, {})[Grade(row["grade"])] = row["n"]
    return {place: Figures(counts=given) for place, given in sorted(counts.items())}


def supervised(actor: Actor) -> list[str] | None:
    """The offices whose complaints are the actor's business; None for all."""
    held = [one.office_code for one in actor.roles if one.role in COMPLAINT_ROLES]
    return None if None in held else [code for code in held if code is not None]
