"""Trying again what a closure's worker could not deal with."""

from datetime import datetime
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.timetable.closures import CLOSING_ROLES
from services.appointments.timetable.errors import ClosureUnknown
from services.kernel.actor import Actor
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

_OFFICE_OF = """
    SELECT c.id, c.office_code FROM closure c JOIN displacement d ON d.closure_id = c.id
     WHERE d.id = $1 FOR UPDATE OF c
"""

# With a case those of the same party that are stuck with it.
_WAIT_AGAIN = """
    UPDATE displacement SET status = 'waiting', reason = NULL, handled_at = NULL
      FROM appointment a, displacement asked
      JOIN appointment whose ON whose.id = asked.appointment_id
     WHERE asked.id = $1 AND a.id = displacement.appointment_id
       AND displacement.closure_id = asked.closure_id AND displacement.status = 'stuck'
       AND (displacement.id = asked.id OR a.party_id = whose.party_id)
       AND NOT EXISTS (SELECT FROM displacement other
                        WHERE other.appointment_id = a.id AND other.status = 'waiting')
    RETURNING displacement.id
"""


async def try_again(actor: Actor, case_id: UUID, now: datetime) -> UUID:
    """Let the worker take up a stuck case, and those of its party, once more; its closure.

    Pressed twice, or once it is not stuck any more, it changes nothing. For administrators, and
    supervisors at their own office. Locks the closure, then the cases. Raises ClosureUnknown.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(_OFFICE_OF, case_id)
        if row is None or not actor.has_role(*CLOSING_ROLES, office_code=row["office_code"]):
            raise ClosureUnknown
        closure_id: UUID = row["id"]
        again = await uow.fetch(_WAIT_AGAIN, case_id)
        if again:
            await _go_on(uow, closure_id, now)
            await audit.record(
                actor,
                "appointment.closure_retried",
                subject="closure",
                subject_id=closure_id,
                office_code=row["office_code"],
                data={"appointments": len(again)},
                now=now,
            )
    return closure_id


async def _go_on(uow: UnitOfWork, closure_id: UUID, now: datetime) -> None:
    """Set the work going, unless the closure still runs: then its event is under way."""
    reopened = await uow.execute(
        "UPDATE closure SET status = 'running', done_at = NULL WHERE id = $1 AND status = 'done'",
        closure_id,
    )
    if reopened:
        await events.publish_closure(closure_id, now)
