"""Offering seats that have come back to whoever waits for them, the longest first.

Nothing waits for this: a seat that no worker offers is everybody's a minute later.
"""

from datetime import datetime
from uuid import UUID

import asyncpg

from services import audit
from services.appointments import events
from services.appointments.booking.errors import HeldElsewhere
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import DEFAULT, FIRST_OFFERED, offer_expiry
from services.appointments.seating.errors import SlotFull
from services.appointments.standing.emergencies import IN_FORCE
from services.appointments.states import HoldStatus
from services.appointments.waitlist.steps import SHORTEST, settle_entries
from services.kernel import database
from services.kernel.actor import SYSTEM
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

SWEEP = 200

_DAY = "(slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date"

# Given back and due, or held for somebody whose time is up, on a day that can still be booked
# online; $1 is now, $2 when it is public, `rule` the slot's.
_BACK = f"""
    (seat.state = 'free' AND seat.returns_at <= $2
     OR seat.state = 'held' AND seat.held_until <= $2
        AND NOT EXISTS (SELECT FROM hold WHERE hold.seat_id = seat.id
                           AND hold.status = 'active' AND hold.expires_at > $1))
    AND seat.share = 'online'
    AND slot.starts_at > $1 AND slot.released_at <= $1 AND slot.closed_at IS NULL
    AND {_DAY} >= ($1::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
                  + coalesce(rule.days_before, {DEFAULT.days_before})
"""

_DUE = f"""
    SELECT seat.id FROM slot JOIN seat ON seat.slot_id = slot.id {RULE_OF.format(of="slot")}
     WHERE {_BACK} AND EXISTS (
           SELECT FROM waitlist_entry e JOIN waitlist_office o ON o.entry_id = e.id
            WHERE e.status = 'waiting' AND e.line = slot.line AND o.office_code = slot.office_code
              AND {_DAY} BETWEEN e.first_day AND e.last_day)
     ORDER BY slot.starts_at, seat.id LIMIT {SWEEP}
"""  # noqa: S608 - constants only

_LOCK = f"""
    SELECT seat.id, slot.id AS slot_id, slot.office_code, slot.line, slot.starts_at, {RULE_COLUMNS}
      FROM seat JOIN slot ON slot.id = seat.slot_id {RULE_OF.format(of="slot")}
     WHERE seat.id = $3 AND {_BACK} FOR UPDATE OF seat SKIP LOCKED
"""  # noqa: S608 - constants only

# Who has waited longest and may have the seat: admission asks the same when it is taken.
_FIRST_IN_LINE = f"""
    SELECT e.id, e.person_id, e.item_code
      FROM slot
      JOIN waitlist_entry e ON e.line = slot.line AND e.status = 'waiting'
       AND {_DAY} BETWEEN e.first_day AND e.last_day
      JOIN waitlist_office o ON o.entry_id = e.id AND o.office_code = slot.office_code
     WHERE slot.id = $1
       AND slot.ends_at - slot.starts_at >= make_interval(mins => e.minutes)
       AND NOT EXISTS (SELECT FROM hold
                        WHERE hold.person_id = e.person_id AND hold.item_code = e.item_code
                          AND hold.status = 'active')
       AND (SELECT count(*) FROM appointment a
             WHERE a.person_id = e.person_id AND a.line = e.line AND a.day = {_DAY}
               AND a.status IN ('booked', 'checked_in')) < $2
       AND NOT EXISTS (SELECT FROM booking_penalty p
                        WHERE p.person_id = e.person_id AND p.blocked_until > $3
                          AND p.lifted_at IS NULL
                          AND NOT EXISTS (
                              SELECT FROM booking_emergency emergency
                               WHERE {IN_FORCE.format(office="slot.office_code", at="$3")}))
     ORDER BY e.created_at, e.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED
"""  # noqa: S608 - constants only


async def offer_seats(now: datetime) -> int:
    """Offer every seat that has come back to the first in line for it; the number offered.

    Run as often as one likes, by as many workers. Each offer is a transaction of its own.
    """
    await settle_entries(now)
    due = await database.fetch(_DUE, now, now + FIRST_OFFERED)
    return sum([await _offer(row["id"], now) for row in due])


async def _offer(seat_id: UUID, now: datetime) -> bool:
    """Locks the seat, its lapsed hold and the entry; waits for nobody."""
    try:
        async with unit_of_work() as uow:
            seat = await uow.fetchrow(_LOCK, now, now + FIRST_OFFERED, seat_id)
            if seat is None:
                return False
            rule = rule_from(seat)
            until = offer_expiry(now, seat["starts_at"], rule)
            if until < now + SHORTEST:
                return False
            entry = await uow.fetchrow(_FIRST_IN_LINE, seat["slot_id"], rule.per_day_and_line, now)
            if entry is None:
                return False
            await _keep(uow, seat, entry, until, now)
    except (SlotFull, HeldElsewhere):
        # The person took a seat by themselves in the same moment.
        return False
    return True


async def _keep(
    uow: UnitOfWork, seat: asyncpg.Record, entry: asyncpg.Record, until: datetime, now: datetime
) -> None:
    hold_id = new_id()
    await uow.execute(
        "UPDATE hold SET status = $2 WHERE seat_id = $1 AND status = 'active'",
        seat["id"],
        HoldStatus.EXPIRED,
    )
    await uow.execute(
        """
        INSERT INTO hold (id, seat_id, person_id, item_code, status, expires_at, created_at)
        VALUES ($1, $2, $3, $4, 'active', $5, $6)
        """,
        hold_id,
        seat["id"],
        entry["person_id"],
        entry["item_code"],
        until,
        now,
    )
    # Kept a little longer than the offer, for the next in line.
    await uow.execute(
        "UPDATE seat SET state = 'held', held_until = $2, returns_at = NULL WHERE id = $1",
        seat["id"],
        until + FIRST_OFFERED,
    )
    await uow.execute(
        """
        UPDATE waitlist_entry SET status = 'offered', hold_id = $2, offered_until = $3
         WHERE id = $1 AND status = 'waiting'
        """,
        entry["id"],
        hold_id,
        until,
    )
    await audit.record(
        SYSTEM,
        "appointment.seat_offered",
        subject="waitlist_entry",
        subject_id=entry["id"],
        office_code=seat["office_code"],
        data={"slot_id": str(seat["slot_id"]), "hold_id": str(hold_id)},
        now=now,
    )
    await events.announce_offer(entry["id"], now)
    await events.announce_seat(seat["slot_id"], now, not_before=until)
