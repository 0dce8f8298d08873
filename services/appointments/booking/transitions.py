"""The one place where an appointment steps from state to state."""

from datetime import datetime
from uuid import UUID

from services.appointments.booking.errors import AppointmentSettled, AppointmentUnknown
from services.appointments.states import AppointmentStatus, sources
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.kernel.unit_of_work import UnitOfWork


async def move(
    uow: UnitOfWork, appointment_id: UUID, status: AppointmentStatus, now: datetime
) -> Appointment:
    """Step into `status` if TRANSITIONS allows it from where the appointment stands.

    Locks the appointment. Raises AppointmentSettled with the state found, or AppointmentUnknown.
    """
    row = await uow.fetchrow(
        f"""
        UPDATE appointment
           SET status = $2,
               cancelled_at = CASE WHEN $2 = 'cancelled' THEN $4::timestamptz END
         WHERE id = $1 AND status = ANY($3::text[])
        RETURNING {COLUMNS}
        """,  # noqa: S608 - the column list is a constant
        appointment_id,
        status,
        sorted(sources(status)),
        now,
    )
    if row is not None:
        return appointment_from(row)
    found = await uow.fetchval("SELECT status FROM appointment WHERE id = $1", appointment_id)
    if found is None:
        raise AppointmentUnknown
    raise AppointmentSettled(status=found)
