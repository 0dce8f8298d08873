"""What becomes of an appointment at the hall. The queue calls these in its own transaction.

The queue has authorised the actor for the office by then; what is checked here is the step.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.booking.errors import AppointmentSettled, NotToday
from services.appointments.booking.transitions import move
from services.appointments.rules import UNDO_WITHIN, is_day_of
from services.appointments.standing import strikes
from services.appointments.states import AppointmentStatus, StrikeKind
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.kernel import database, outbox
from services.kernel.actor import SYSTEM, Actor
from services.kernel.clock import local_date
from services.kernel.unit_of_work import unit_of_work

BATCH = 500
_FIRST = UUID(int=0)
_LEFT_OPEN = """
    SELECT a.id FROM appointment a JOIN slot ON slot.id = a.slot_id
     WHERE a.status = 'booked' AND a.day < $1 AND slot.closed_at IS NULL AND a.id > $2
     ORDER BY a.id LIMIT $3
"""
# What each step is called in the audit, and to those who are told of it once it cannot be undone.
_DEEDS: Mapping[AppointmentStatus, tuple[str, str]] = {
    AppointmentStatus.CHECKED_IN: ("appointment.checked_in", events.CHECKED_IN),
    AppointmentStatus.COMPLETED: ("appointment.completed", events.COMPLETED),
    AppointmentStatus.NO_SHOW: ("appointment.no_show", events.NO_SHOW),
}


async def check_in(actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    """The person is here.

    Locks the appointment, then what is counted against the person.

    Raises NotToday, AppointmentSettled, AppointmentUnknown.
    """
    async with unit_of_work() as uow:
        appointment = await _step(actor, appointment_id, AppointmentStatus.CHECKED_IN, now)
        if not is_day_of(appointment.starts_at, now):
            raise NotToday(starts_at=appointment.starts_at)
        # Whoever missed the calls and came back has not missed the appointment.
        await strikes.withdraw(uow, appointment, now)
    return appointment


async def complete(actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    """The person was served.

    Locks the appointment. Raises AppointmentSettled, AppointmentUnknown.
    """
    return await _step(actor, appointment_id, AppointmentStatus.COMPLETED, now)


async def mark_no_show(actor: Actor, appointment_id: UUID, now: datetime) -> Appointment:
    """The person did not come, or did not answer the calls; it counts against them.

    Locks the appointment, then what is counted. Raises AppointmentSettled, AppointmentUnknown.
    """
    async with unit_of_work() as uow:
        appointment = await _step(actor, appointment_id, AppointmentStatus.NO_SHOW, now)
        await strikes.strike(uow, appointment, StrikeKind.NO_SHOW, appointment.starts_at, now)
    return appointment


async def close_days(now: datetime) -> int:
    """Note who did not come on earlier days; the number noted. The worker runs it at night.

    Whoever is still booked then was never checked in. A slot that was closed is nobody's fault
    and is left alone. Each appointment is a transaction of its own: a run that was broken off is
    simply run again, and what somebody else is changing is passed over.
    """
    noted, after = 0, _FIRST
    while batch := await database.fetch(_LEFT_OPEN, local_date(now), after, BATCH):
        after = batch[-1]["id"]
        for row in batch:
            try:
                await mark_no_show(SYSTEM, row["id"], now)
            except AppointmentSettled:
                continue
            noted += 1
    return noted


async def step_back(
    actor: Actor,
    appointment_id: UUID,
    found: AppointmentStatus,
    to: AppointmentStatus,
    now: datetime,
) -> None:
    """Take a step back that was a misclick: from `found` to where it stood before.

    Locks the appointment, then what is counted against the person, for a no-show counts only while
    it stands. Raises AppointmentSettled when it stands elsewhere, or what the rules of an active
    appointment refuse when the person has booked another since.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            UPDATE appointment SET status = $3 WHERE id = $1 AND status = $2
            RETURNING {COLUMNS}
            """,  # noqa: S608 - the column list is a constant
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
        appointment = appointment_from(row)
        if found is AppointmentStatus.NO_SHOW:
            await strikes.withdraw(uow, appointment, now)
        elif to is AppointmentStatus.NO_SHOW:
            await strikes.strike(uow, appointment, StrikeKind.NO_SHOW, appointment.starts_at, now)


async def _step(
    actor: Actor, appointment_id: UUID, status: AppointmentStatus, now: datetime
) -> Appointment:
    action, topic = _DEEDS[status]
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
        payload = {"appointment_id": str(appointment.id)}
        await outbox.publish(topic, payload, now, not_before=now + UNDO_WITHIN)
    return appointment
