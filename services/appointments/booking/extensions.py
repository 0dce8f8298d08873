"""Keeping a held seat for longer, as often as the rule allows."""

from datetime import datetime, timedelta
from uuid import UUID

from services import audit
from services.appointments.booking.errors import HoldLongEnough, HoldUnknown
from services.appointments.booking.kept import ended, held_seat, lives, lock_kept
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.seating import returns
from services.appointments.views import HeldSeat
from services.kernel.actor import Actor
from services.kernel.unit_of_work import unit_of_work


async def extend_hold(actor: Actor, hold_id: UUID, now: datetime) -> HeldSeat:
    """Keep what a citizen's hold keeps for the rule's minutes more, not past its beginning.

    Locks the seats, then the hold: of two tabs, the second finds nothing left to add.

    Raises:
        HoldUnknown: There is no such hold of this person.
        HoldExpired, HoldReleased, HoldUsed: It has ended.
        HoldLongEnough: It was prolonged as often as the rule allows, or is an offer.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            SELECT slot.id AS slot_id, slot.office_code, slot.starts_at, {RULE_COLUMNS}
              FROM hold JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
                   {RULE_OF.format(of="slot")}
             WHERE hold.id = $1 AND hold.person_id = $2 AND hold.part_of IS NULL
            """,  # noqa: S608 - constants only
            hold_id,
            actor.person_id(),
        )
        if row is None:
            raise HoldUnknown
        kept = await lock_kept(uow, hold_id)
        if not await lives(hold_id, now):
            raise await ended(hold_id)
        until = await uow.fetchval(
            """
            UPDATE hold SET expires_at = least(expires_at + $2, $3),
                            extensions_left = extensions_left - 1
             WHERE id = $1 AND status = 'active' AND extensions_left > 0
            RETURNING expires_at
            """,
            hold_id,
            timedelta(minutes=rule_from(row).hold_minutes),
            row["starts_at"],
        )
        if until is None:
            raise HoldLongEnough
        await uow.execute("UPDATE hold SET expires_at = $2 WHERE part_of = $1", hold_id, until)
        await returns.keep_until(uow, [one.seat.id for one in kept], until)
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
