"""Making slots ahead of time, and keeping them in step with rules, calendar and opening hours."""

from datetime import datetime

from services import audit
from services.appointments.states import Treatment
from services.appointments.timetable.capacity import settled_plan, try_to_lock_office, write_plan
from services.appointments.timetable.closures import TIMETABLE, StartClosure, start_closure
from services.kernel import database
from services.kernel.actor import SYSTEM
from services.kernel.unit_of_work import unit_of_work


async def generate_slots(now: datetime) -> int:
    """Make the slots that schedules and exceptions ask for from `now` on; the number made.

    Slots that are there already are brought in step: their release follows a changed rule, they
    close when the calendar or the opening hours say that the office will be closed, and open again
    when it will not. Whoever loses a seat by that is rebooked. Run as often as one likes; an office
    at which another worker is busy is left to it.
    """
    offices = await database.fetch(
        """
        SELECT DISTINCT office_code FROM schedule
          JOIN office ON office.code = schedule.office_code AND office.active
         ORDER BY office_code
        """
    )
    return sum([await _generate_for(row["office_code"], now) for row in offices])


async def _generate_for(office_code: str, now: datetime) -> int:
    async with unit_of_work() as uow:
        if not await try_to_lock_office(uow, office_code):
            return 0
        planned = await settled_plan(office_code, now)
        if not planned.made and not planned.steps:
            return 0
        await write_plan(uow, office_code, planned, now)
        if planned.displaced:
            command = StartClosure(
                office_code=office_code, change=TIMETABLE, treatment=Treatment.REBOOK
            )
            await start_closure(SYSTEM, command, planned.displaced, now)
        await audit.record(
            SYSTEM,
            "appointment.slots_generated",
            subject="office",
            subject_id=office_code,
            office_code=office_code,
            data={"made": len(planned.made), "mended": len(planned.steps)},
            now=now,
        )
    return len(planned.made)
