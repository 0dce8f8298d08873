"""The cases of a closure as its worker takes them up and puts them down: the rows `displacement`.

Those of one party that come on one day are taken up together.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.states import AppointmentStatus, DisplacementStatus, Treatment
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork

# Why a case is stuck that no rule of the business explains.
FAULT = "fault"


class OpenCase(Struct, frozen=True, kw_only=True):
    """An appointment that waits to be dealt with, and how its closure treats it."""

    id: UUID
    closure_id: UUID
    appointment_id: UUID
    from_slot_id: UUID
    treatment: Treatment
    within_days: int

    def still_holds(self, row: asyncpg.Record) -> bool:
        """Whether the appointment, as locked, is where it was and loses a seat."""
        return bool(
            row["status"] == AppointmentStatus.BOOKED
            and row["slot_id"] == self.from_slot_id
            and row["leaving"]
        )


async def next_cases(uow: UnitOfWork, closure_id: UUID) -> list[OpenCase]:
    """The next case of a closure and those of the same party and day. Locks them."""
    rows = await uow.fetch(
        """
        WITH first AS (
            SELECT d.position, a.party_id,
                   (d.from_starts_at AT TIME ZONE 'Asia/Shanghai')::date AS day
              FROM displacement d JOIN appointment a ON a.id = d.appointment_id
             WHERE d.closure_id = $1 AND d.status = 'waiting' ORDER BY d.position LIMIT 1)
        SELECT d.id, d.closure_id, d.appointment_id, d.from_slot_id, c.treatment, c.within_days
          FROM first, displacement d
          JOIN closure c ON c.id = d.closure_id
          JOIN appointment a ON a.id = d.appointment_id
         WHERE d.closure_id = $1 AND d.status = 'waiting'
           AND (d.position = first.position OR a.party_id = first.party_id
                AND (d.from_starts_at AT TIME ZONE 'Asia/Shanghai')::date = first.day)
         ORDER BY d.position FOR UPDATE OF d
        """,
        closure_id,
    )
    return [OpenCase(**{**dict(row), "treatment": Treatment(row["treatment"])}) for row in rows]


async def lock_party(uow: UnitOfWork, found: Sequence[OpenCase]) -> list[asyncpg.Record]:
    """The appointments of cases, and the booked ones of their party. Locks them by their keys."""
    return await uow.fetch(
        """
        SELECT a.id, a.status, a.person_id, a.slot_id, a.seat_id, a.office_code, a.line, a.share,
               a.starts_at, coalesce(a.visit_ends_at, a.ends_at) AS visit_ends_at, a.item_code,
               a.further_items, party.kind,
               EXISTS (SELECT FROM seat WHERE seat.leaving
                          AND (seat.id = a.seat_id OR seat.extra_of = a.id)) AS leaving
          FROM appointment a LEFT JOIN party ON party.id = a.party_id
         WHERE a.id = ANY($1::uuid[])
            OR a.status = 'booked' AND a.party_id = (SELECT party_id FROM appointment
                                                      WHERE id = $2)
         ORDER BY a.id FOR UPDATE OF a
        """,
        [one.appointment_id for one in found],
        found[0].appointment_id,
    )


async def settle(
    uow: UnitOfWork,
    case_id: UUID,
    status: DisplacementStatus,
    now: datetime,
    *,
    to: UUID | None = None,
    priority_until: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Write what became of a case; a moved one has a slot, a cancelled one a time to choose."""
    await uow.execute(
        """
        UPDATE displacement
           SET status = $2, to_slot_id = $3, priority_until = $4, reason = $5, handled_at = $6
         WHERE id = $1 AND status = 'waiting'
        """,
        case_id,
        status,
        to,
        priority_until,
        reason,
        now,
    )


async def settle_moved(
    uow: UnitOfWork, found: Sequence[OpenCase], row: asyncpg.Record, now: datetime, *, to: UUID
) -> None:
    """Write that an appointment was moved; one that came along gets a case of its own."""
    own = next((one for one in found if one.appointment_id == row["id"]), None)
    if own is not None:
        await settle(uow, own.id, DisplacementStatus.MOVED, now, to=to)
        return
    await uow.execute(
        """
        INSERT INTO displacement (id, closure_id, appointment_id, position, from_slot_id,
                                  from_starts_at, status, to_slot_id, handled_at)
        SELECT $1, $2, $3, max(position) + 1, $4, $5, 'moved', $6, $7
          FROM displacement WHERE closure_id = $2
        ON CONFLICT ON CONSTRAINT displacement_once DO UPDATE
           SET status = 'moved', from_slot_id = excluded.from_slot_id,
               from_starts_at = excluded.from_starts_at, to_slot_id = excluded.to_slot_id,
               priority_until = NULL, reason = NULL, handled_at = excluded.handled_at
        """,
        new_id(),
        found[0].closure_id,
        row["id"],
        row["slot_id"],
        row["starts_at"],
        to,
        now,
    )


async def end(uow: UnitOfWork, closure_id: UUID, now: datetime) -> bool:
    """End a closure unless something of it waits again. Locks the closure, as trying again does."""
    await uow.execute("SELECT FROM closure WHERE id = $1 FOR UPDATE", closure_id)
    waiting: bool = await uow.fetchval(
        "SELECT EXISTS (SELECT FROM displacement WHERE closure_id = $1 AND status = 'waiting')",
        closure_id,
    )
    if not waiting:
        await uow.execute(
            "UPDATE closure SET status = 'done', done_at = $2 WHERE id = $1 AND status = 'running'",
            closure_id,
            now,
        )
    return not waiting
