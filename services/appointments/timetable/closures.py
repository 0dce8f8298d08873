"""Closures: a change that takes seats away from people, and how far the hall is with them.

A closure is worked off one appointment, or one party, a transaction, in the order in which they
were booked. Each transaction ends with the event for the next one, so a killed worker loses nothing
and repeats nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.appointments import events
from services.appointments.states import ClosureStatus, DisplacementStatus, Treatment
from services.appointments.timetable.errors import ClosureUnknown
from services.appointments.timetable.planner import Displaced
from services.catalog import Text
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current

# Who may see and start closures at their offices.
CLOSING_ROLES = (Role.ADMINISTRATOR, Role.SUPERVISOR)
# What a closure is called that no change of an administrator's started.
TIMETABLE = "timetable"
WITHIN_DAYS = 10


class StartClosure(Struct, frozen=True, kw_only=True):
    """What was changed, what is done about those it displaces, and what they are told.

    Another time is looked for within so many calendar days after the one that was booked. Without
    a note people are told that the hall's timetable has changed.
    """

    office_code: str
    change: str
    treatment: Treatment
    within_days: int = WITHIN_DAYS
    note: Text | None = None


class Closure(Struct, frozen=True, kw_only=True):
    """A closure and how many of its appointments stand how."""

    id: UUID
    office_code: str
    change: str
    treatment: Treatment
    note: Text | None
    status: ClosureStatus
    started_at: datetime
    done_at: datetime | None
    counts: Mapping[DisplacementStatus, int]

    @property
    def total(self) -> int:
        """How many appointments it displaced."""
        return sum(self.counts.values())

    @property
    def handled(self) -> int:
        """How many of them are dealt with."""
        return self.total - self.counts[DisplacementStatus.WAITING]


class Case(Struct, frozen=True, kw_only=True):
    """One displaced appointment, as staff see it: its reference, and from when to when.

    A stuck one says why (the code of an error) and since when.
    """

    id: UUID
    reference: str
    line: str
    from_starts_at: datetime
    to_starts_at: datetime | None
    status: DisplacementStatus
    reason: str | None
    handled_at: datetime | None


class DisplacementView(Struct, frozen=True, kw_only=True):
    """What the hall did with an appointment last, as its holder is told.

    `change` is the kind of change of the timetable, as of its closure. Without a note the timetable
    has changed. Until `priority_until` the holder of a cancelled one may choose another time before
    everybody else.
    """

    change: str
    note: Text | None
    status: DisplacementStatus
    from_starts_at: datetime
    priority_until: datetime | None


async def start_closure(
    actor: Actor, command: StartClosure, displaced: Sequence[Displaced], now: datetime
) -> UUID:
    """Note whom a change displaces and set the work going; in the transaction of the change."""
    uow = current()
    closure_id = new_id()
    await uow.execute(
        """
        INSERT INTO closure (id, office_code, change, treatment, within_days, note_zh, note_en,
                             status, started_by, started_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $9)
        """,
        closure_id,
        command.office_code,
        command.change,
        command.treatment,
        command.within_days,
        command.note.zh if command.note else None,
        command.note.en if command.note else None,
        actor.id if actor.kind is ActorKind.STAFF else None,
        now,
    )
    await uow.execute(
        """
        INSERT INTO displacement
               (id, closure_id, appointment_id, position, from_slot_id, from_starts_at, status)
        SELECT DISTINCT ON (a.id) new.id, $1, a.id, new.position, a.slot_id, a.starts_at, 'waiting'
          FROM unnest($2::uuid[], $3::uuid[]) WITH ORDINALITY
               AS new (id, appointment_id, position)
          JOIN appointment a ON a.id = new.appointment_id
         ORDER BY a.id, new.position
        """,
        closure_id,
        [new_id() for _ in displaced],
        [one.appointment_id for one in displaced],
    )
    await audit.record(
        actor,
        "appointment.closure_started",
        subject="closure",
        subject_id=closure_id,
        office_code=command.office_code,
        data={
            "change": command.change,
            "treatment": command.treatment,
            "appointments": len(displaced),
        },
        now=now,
    )
    await events.publish_closure(closure_id, now)
    return closure_id


_CLOSURES = """
    SELECT closure.*,
           count(*) FILTER (WHERE d.status = 'waiting') AS waiting,
           count(*) FILTER (WHERE d.status = 'moved') AS moved,
           count(*) FILTER (WHERE d.status = 'cancelled') AS cancelled,
           count(*) FILTER (WHERE d.status = 'settled') AS settled,
           count(*) FILTER (WHERE d.status = 'stuck') AS stuck
      FROM closure JOIN displacement d ON d.closure_id = closure.id
"""


def _closure(row: asyncpg.Record) -> Closure:
    return Closure(
        id=row["id"],
        office_code=row["office_code"],
        change=row["change"],
        treatment=Treatment(row["treatment"]),
        note=Text(row["note_zh"], row["note_en"]) if row["note_zh"] else None,
        status=ClosureStatus(row["status"]),
        started_at=row["started_at"],
        done_at=row["done_at"],
        counts={status: row[status] for status in DisplacementStatus},
    )


async def closure(actor: Actor, closure_id: UUID) -> Closure:
    """One closure. Raises ClosureUnknown, also for one of an office that is not the actor's."""
    row = await database.fetchrow(
        f"{_CLOSURES} WHERE closure.id = $1 GROUP BY closure.id", closure_id
    )
    if row is None or not actor.has_role(*CLOSING_ROLES, office_code=row["office_code"]):
        raise ClosureUnknown
    return _closure(row)


async def closures_at(actor: Actor, office_code: str, limit: int = 20) -> list[Closure]:
    """The latest closures of an office, newest first. For those who may close there."""
    actor.require_role(*CLOSING_ROLES, office_code=office_code)
    rows = await database.fetch(
        f"{_CLOSURES} WHERE closure.office_code = $1"
        " GROUP BY closure.id ORDER BY closure.id DESC LIMIT $2",
        office_code,
        limit,
    )
    return [_closure(row) for row in rows]


async def cases(actor: Actor, closure_id: UUID, limit: int = 500) -> list[Case]:
    """What became of each appointment of a closure, in the order of its work."""
    await closure(actor, closure_id)
    rows = await database.fetch(
        """
        SELECT d.id, a.reference, a.line, d.from_starts_at, d.status, d.reason, d.handled_at,
               slot.starts_at AS to_starts_at
          FROM displacement d JOIN appointment a ON a.id = d.appointment_id
          LEFT JOIN slot ON slot.id = d.to_slot_id
         WHERE d.closure_id = $1 ORDER BY d.status <> 'stuck', d.position LIMIT $2
        """,
        closure_id,
        limit,
    )
    return [Case(**{**dict(row), "status": DisplacementStatus(row["status"])}) for row in rows]


async def next_try(actor: Actor, closure_id: UUID) -> datetime | None:
    """When the work goes on after a failure; None if it has not failed, or is given up."""
    await closure(actor, closure_id)
    at: datetime | None = await database.fetchval(
        """
        SELECT available_at FROM outbox_event
         WHERE topic = $1 AND status = 'pending' AND attempts > 0
           AND payload->>'closure_id' = $2
        """,
        events.CLOSURE_DUE,
        str(closure_id),
    )
    return at


async def displacement(appointment_id: UUID) -> DisplacementView | None:
    """How the hall has moved or cancelled an appointment that stands as the hall left it.

    None if it never did, or if its holder has chosen another time since.
    """
    row = await database.fetchrow(
        """
        SELECT c.change, c.note_zh, c.note_en, d.status, d.from_starts_at, d.priority_until
          FROM displacement d JOIN closure c ON c.id = d.closure_id
          JOIN appointment a ON a.id = d.appointment_id AND a.displaced
         WHERE d.appointment_id = $1 AND d.status IN ('moved', 'cancelled')
         ORDER BY d.handled_at DESC LIMIT 1
        """,
        appointment_id,
    )
    if row is None:
        return None
    return DisplacementView(
        change=row["change"],
        note=Text(row["note_zh"], row["note_en"]) if row["note_zh"] else None,
        status=DisplacementStatus(row["status"]),
        from_starts_at=row["from_starts_at"],
        priority_until=row["priority_until"],
    )
