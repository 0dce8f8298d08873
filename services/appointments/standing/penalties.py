"""Pausing booking for somebody, and ending the pause."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit
from services.appointments import events
from services.appointments.rules import Rule
from services.appointments.standing.rules import REASONS, blocked_until
from services.appointments.standing.whose import RUNNING, THEIRS, Whose
from services.appointments.states import PenaltyReason, StrikeKind
from services.appointments.views import Appointment
from services.kernel import outbox
from services.kernel.actor import SYSTEM
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork

KINDS: Mapping[PenaltyReason, StrikeKind] = {reason: kind for kind, reason in REASONS.items()}


class Cause(Struct, frozen=True):
    """What was too much: the appointment that completed it, under the rule that holds for it."""

    who: Whose
    appointment: Appointment
    reason: PenaltyReason
    rule: Rule


async def impose(uow: UnitOfWork, cause: Cause, now: datetime) -> None:
    """Pause booking, unless it is paused already; what led to it is spent on it.

    What counts against the person is locked.
    """
    who = cause.who
    if await uow.fetchval(
        f"SELECT EXISTS (SELECT FROM booking_penalty WHERE {THEIRS} AND {RUNNING})",  # noqa: S608 - constants
        *who.three,
        now,
    ):
        return
    penalty_id, until = new_id(), blocked_until(now, cause.rule)
    await uow.execute(
        """
        INSERT INTO booking_penalty
               (id, person_id, document_key, phone_key, reason, office_code, imposed_at,
                blocked_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        penalty_id,
        *who.three,
        cause.reason,
        cause.appointment.office_code,
        now,
        until,
    )
    await _spend(uow, cause, penalty_id, now)
    await audit.record(
        SYSTEM,
        "appointment.penalty_imposed",
        subject="booking_penalty",
        subject_id=penalty_id,
        office_code=cause.appointment.office_code,
        data={"person_id": str(who.person_id), "reason": cause.reason, "until": until.isoformat()},
        now=now,
    )
    await outbox.publish(events.BLOCKED, {"penalty_id": str(penalty_id)}, now)


async def _spend(uow: UnitOfWork, cause: Cause, penalty_id: UUID, now: datetime) -> None:
    """Whatever made a penalty makes no other."""
    await uow.execute(
        f"""
        UPDATE booking_strike SET penalty_id = $4
         WHERE {THEIRS} AND withdrawn_at IS NULL AND penalty_id IS NULL
           AND CASE WHEN $5::text = 'bookings' THEN item_code = $6 AND booked_on = $7
                    ELSE kind = $8 END
        """,  # noqa: S608 - a constant
        *cause.who.three,
        penalty_id,
        cause.reason,
        cause.appointment.item_code,
        local_date(now),
        KINDS.get(cause.reason),
    )


async def lift(uow: UnitOfWork, penalty_id: UUID, now: datetime) -> bool:
    """End a penalty at once; False when it was lifted already. Locks the penalty."""
    lifted = await uow.execute(
        "UPDATE booking_penalty SET lifted_at = greatest(imposed_at, $2)"
        " WHERE id = $1 AND lifted_at IS NULL",
        penalty_id,
        now,
    )
    return bool(lifted)
