"""Keeping a held seat for longer, as often as the rule allows."""

from datetime import datetime, timedelta
from uuid import UUID

from services import audit
from services.appointments.booking.errors import HoldLongEnough, HoldUnknown
from services.appointments.booking.holds import ended, held_seat
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import FIRST_OFFERED
from services.appointments.seating.returns import waited_for
from services.appointments.views import HeldSeat
from services.kernel.actor import Actor
from services.kernel.unit_of_work import unit_of_work


async def extend_hold(actor: Actor, hold_id: UUID, now: datetime) -> HeldSeat:
    """Keep a citizen's held seat for the rule's minutes more, not past its beginning.

    Locks the seat, then the hold: of two tabs, the second finds nothing left to add.

    Raises:
        HoldUnknown: There is no such hold of this person.
        HoldExpired, HoldReleased, HoldUsed: It has ended.
        HoldLongEnough: It was prolonged as often as the rule allows, or is an offer.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            SELECT hold.seat_id, slot.id AS slot_id, slot.office_code, slot.starts_at,
                   {RULE_COLUMNS}
              FROM hold JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
                   {RULE_OF.format(of="slot")}
             WHERE hold.id = $1 AND hold.person_id = $2
            """,  # noqa: S608 - constants only
            hold_id,
            actor.person_id(),
        )
        if row is None:
            raise HoldUnknown
        await uow.execute("SELECT 1 FROM seat WHERE id = $1 FOR UPDATE", row["seat_id"])
        until = await uow.fetchval(
            """
            UPDATE hold SET expires_at = least(expires_at + $3, $4),
                            extensions_left = extensions_left - 1
             WHERE id = $1 AND status = 'active' AND expires_at > $2 AND extensions_left > 0
            RETURNING expires_at
            """,
            hold_id,
            now,
            timedelta(minutes=rule_from(row).hold_minutes),
            row["starts_at"],
        )
        if until is None:
            still = await uow.fetchval(
                "SELECT status = 'active' AND expires_at > $2 FROM hold WHERE id = $1", hold_id, now
            )
            raise HoldLongEnough if still else await ended(hold_id)
        await uow.execute(
            "UPDATE seat SET held_until = $2 WHERE id = $1 AND state = 'held'",
            row["seat_id"],
            until + FIRST_OFFERED if await waited_for(uow, row["slot_id"]) else until,
        )
        await audit.record(
            actor,
            "appointment.hold_extended",
            subject="slot",
            subject_id=row["slot_id"],
            office_code=row["office_code"],
            data={"hold_id": str(hold_id)},
            now=now,
        )
        return await held_seat(actor, hold_id, now)
