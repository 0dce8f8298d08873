"""What becomes of an appointment at the hall. The queue calls these in its own transaction.

The queue has authorised the actor for the office by then; what is checked here is the step.
"""

from datetime import datetime
from uuid import UUID

from services import audit
from services.appointments.errors import AppointmentSettled, NotToday
from services.appointments.rules import is_day_of
from services.appointments.states import AppointmentStatus
from services.appointments.transitions import move
from services.appointments.views import Appointment
from services.kernel.actor import Actor
from services.kernel.unit_of_work import unit_of_work


async def check_in(actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    """The person is here.

    Locks the appointment. Raises NotToday, AppointmentSettled, AppointmentUnknown.
    """
    async with unit_of_work():
        appointment = await _step(
            actor, appointment_id, AppointmentStatus.CHECKED_IN, "appointment.checked_in", now
        )
        if not is_day_of(appointment.starts_at, now):
            raise NotToday(starts_at=appointment.starts_at)
    return appointment


async def complete(actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    """The person was served.

    Locks the appointment. Raises AppointmentSettled, AppointmentUnknown.
    """
    return await _step(
        actor, appointment_id, AppointmentStatus.COMPLETED, "appointment.completed", now
    )


async def mark_no_show(actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    """The person did not come, or did not answer the calls.

    Locks the appointment. Raises AppointmentSettled, AppointmentUnknown.
    """
    return await _step(actor, appointment_id, AppointmentStatus.NO_SHOW, "appointment.no_show", now)


async def step_back(
    actor: Actor,
    appointment_id: UUID,
    found: AppointmentStatus,
    to: AppointmentStatus,
    now: datetime,
) -> None:
    """Take a step back that was a misclick: from `found` to where it stood before.

    Locks the appointment. Raises AppointmentSettled when it stands elsewhere, or what the rules of
    an active appointment refuse when the person has booked another since.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            """
            UPDATE appointment SET status = $3 WHERE id = $1 AND status = $2
            RETURNING office_code
            """,
            appointment_id,
            found,
            to,
        )
        if row is None:
            present = await uow.fetchval(
                "SELECT status FROM appointment WHERE id = $1", appointment_id
            )
            raise AppointmentSettled(status=present)
        await audit.record(
            actor,
            "appointment.stepped_back",
            subject="appointment",
            subject_id=appointment_id,
            office_code=row["office_code"],
            data={"from": found.value, "to": to.value},
            now=now,
        )


async def _step(
    actor: Actor, appointment_id: UUID, status: AppointmentStatus, action: str, now: datetime
) -> Appointment:
    async with unit_of_work() as uow:
        appointment = await move(uow, appointment_id, status, now)
        await audit.record(
            actor,
            action,
            subject="appointment",
            subject_id=appointment.id,
            office_code=appointment.office_code,
            now=now,
        )
    return appointment
