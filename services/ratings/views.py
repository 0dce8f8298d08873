"""A rating and its complaint, as the rest of the program sees them: texts are open in these."""

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.catalog import Line
from services.kernel import database
from services.kernel.errors import NotFound
from services.ratings.states import CallOutcome, ComplaintStatus, Decision, Grade
from services.ratings.texts import opened


class Complaint(Struct, frozen=True, kw_only=True):
    """A low grade and how far its answer has come."""

    id: UUID
    status: ComplaintStatus
    opened_at: datetime
    due_on: date
    overdue_at: datetime | None
    answer: str | None
    answered_by: UUID | None
    answered_at: datetime | None
    appeal: str | None
    appealed_at: datetime | None
    contested_by: UUID | None
    decision: Decision | None
    decision_note: str | None
    decided_at: datetime | None
    closed_at: datetime | None


class Rating(Struct, frozen=True, kw_only=True):
    """One rating, with its complaint if it is one. `person_id` is None when it is anonymous."""

    id: UUID
    ticket_id: UUID
    office_code: str
    line: Line
    clerk_id: UUID | None
    grade: Grade
    comment: str | None
    anonymous: bool
    person_id: UUID | None
    created_at: datetime
    number: str
    complaint: Complaint | None


class Call(Struct, frozen=True, kw_only=True):
    """One try to call the person back."""

    staff_id: UUID
    called_at: datetime
    outcome: CallOutcome
    note: str | None


RATINGS = """
SELECT r.id, r.ticket_id, r.office_code, r.line, r.clerk_id, r.grade, r.comment, r.anonymous,
       r.person_id, r.created_at, t.number, c.id AS complaint_id
  FROM rating r JOIN ticket t ON t.id = r.ticket_id
  LEFT JOIN complaint c ON c.rating_id = r.id
"""


async def from_rows(rows: list[asyncpg.Record]) -> tuple[Rating, ...]:
    """The ratings in rows of RATINGS, each with its complaint, in the same order."""
    found = await database.fetch(
        "SELECT * FROM complaint WHERE id = ANY($1::uuid[])",
        [row["complaint_id"] for row in rows if row["complaint_id"]],
    )
    complaints = {row["id"]: _complaint(row) for row in found}
    return tuple(
        Rating(
            id=row["id"],
            ticket_id=row["ticket_id"],
            office_code=row["office_code"],
            line=Line(row["line"]),
            clerk_id=row["clerk_id"],
            grade=Grade(row["grade"]),
            comment=opened(row, "rating", "comment"),
            anonymous=row["anonymous"],
            person_id=row["person_id"],
            created_at=row["created_at"],
            number=row["number"],
            complaint=complaints.get(row["complaint_id"]),
        )
        for row in rows
    )


def _complaint(row: asyncpg.Record) -> Complaint:
    return Complaint(
        id=row["id"],
        status=ComplaintStatus(row["status"]),
        opened_at=row["opened_at"],
        due_on=row["due_on"],
        overdue_at=row["overdue_at"],
        answer=opened(row, "complaint", "answer"),
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
        appeal=opened(row, "complaint", "appeal"),
        appealed_at=row["appealed_at"],
        contested_by=row["contested_by"],
        decision=Decision(row["decision"]) if row["decision"] else None,
        decision_note=opened(row, "complaint", "decision_note"),
        decided_at=row["decided_at"],
        closed_at=row["closed_at"],
    )


async def rating_of(ticket_id: UUID) -> Rating | None:
    """What was said of a visit, for whoever holds its ticket."""
    rows = await database.fetch(f"{RATINGS} WHERE r.ticket_id = $1", ticket_id)
    return (await from_rows(rows))[0] if rows else None


async def rating_of_complaint(complaint_id: UUID) -> Rating:
    """The rating that complains. Raises NotFound."""
    rows = await database.fetch(f"{RATINGS} WHERE c.id = $1", complaint_id)
    if not rows:
        raise NotFound
    return (await from_rows(rows))[0]


async def calls(complaint_id: UUID) -> tuple[Call, ...]:
    """The tries to call back, in order."""
    rows = await database.fetch(
        "SELECT id, staff_id, called_at, outcome, note FROM complaint_call"
        " WHERE complaint_id = $1 ORDER BY id",
        complaint_id,
    )
    return tuple(
        Call(
            staff_id=row["staff_id"],
            called_at=row["called_at"],
            outcome=CallOutcome(row["outcome"]),
            note=opened(row, "complaint_call", "note"),
        )
        for row in rows
    )
