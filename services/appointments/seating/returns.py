"""Seats that come back: to whoever waits for them first, then to everybody."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.appointments import events
from services.appointments.rules import FIRST_OFFERED, offered_first
from services.appointments.seating import seats
from services.kernel.unit_of_work import UnitOfWork

# Of a slot: whether somebody would take a seat of it.
_WANTED = """
    EXISTS (
        SELECT FROM waitlist_entry e JOIN waitlist_office o ON o.entry_id = e.id
         WHERE e.status = 'waiting' AND e.line = slot.line AND o.office_code = slot.office_code
           AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
               BETWEEN e.first_day AND e.last_day
           AND slot.ends_at - slot.starts_at >= make_interval(mins => e.minutes))
"""
_WAITED_FOR = f"SELECT {_WANTED} FROM slot WHERE slot.id = $1"  # noqa: S608 - a constant


async def waited_for(uow: UnitOfWork, slot_id: UUID) -> bool:
    """Whether somebody on the waiting list would take a seat of this slot."""
    return bool(await uow.fetchval(_WAITED_FOR, slot_id))


async def offer_added(uow: UnitOfWork, slot_ids: Sequence[UUID], now: datetime) -> None:
    """Let new seats of slots that somebody waits for be offered before they are everybody's."""
    rows = await uow.fetch(
        f"SELECT id FROM slot WHERE id = ANY($1::uuid[]) AND released_at <= $2 AND {_WANTED}",  # noqa: S608 - a constant
        slot_ids,
        now,
    )
    for row in rows:
        await uow.execute(
            "UPDATE seat SET returns_at = $2"
            " WHERE slot_id = $1 AND state = 'free' AND returns_at IS NULL",
            row["id"],
            now + FIRST_OFFERED,
        )
        await events.announce_seat(row["id"], now, not_before=now)


async def come_back(
    uow: UnitOfWork, seat_id: UUID, now: datetime, *, public_from: datetime | None = None
) -> None:
    """Free a seat, for everybody from `public_from` on (None: at once).

    If somebody waits for it, it is offered a minute before, and is public a minute from now at
    the earliest. Locks the seat.
    """
    slot_id: UUID = await uow.fetchval("SELECT slot_id FROM seat WHERE id = $1", seat_id)
    if await waited_for(uow, slot_id):
        earliest = now + FIRST_OFFERED
        public_from = max(public_from or earliest, earliest)
        await events.announce_seat(slot_id, now, not_before=offered_first(public_from))
    await seats.give_back(uow, seat_id, public_from)


async def keep_until(uow: UnitOfWork, seat_ids: Sequence[UUID], until: datetime) -> None:
    """Keep held seats until then; a minute longer where somebody waits, to be offered to them.

    Locks the seats.
    """
    await uow.execute(
        f"""
        UPDATE seat SET held_until = CASE WHEN {_WANTED} THEN $3::timestamptz ELSE $2 END
          FROM slot
         WHERE slot.id = seat.slot_id AND seat.id = ANY($1::uuid[]) AND seat.state = 'held'
        """,  # noqa: S608 - a constant
        seat_ids,
        until,
        until + FIRST_OFFERED,
    )


async def all_come_back(
    uow: UnitOfWork, seat_ids: Iterable[UUID], now: datetime, *, public_from: datetime
) -> None:
    """As `come_back`, for several seats."""
    for each in seat_ids:
        await come_back(uow, each, now, public_from=public_from)


async def visit_comes_back(
    uow: UnitOfWork, appointment_id: UUID, seat_id: UUID, now: datetime, *, public_from: datetime
) -> None:
    """As `come_back`, for an appointment's first seat and for all that lengthen it."""
    lengthening = await seats.shorten(uow, appointment_id)
    await all_come_back(uow, (seat_id, *lengthening), now, public_from=public_from)
