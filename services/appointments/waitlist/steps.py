"""The one place where an entry of the waiting list steps from state to state."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.rulebook.rows import RULE_OF
from services.appointments.rules import DEFAULT, by_day
from services.appointments.states import WAITLIST_TRANSITIONS, WaitlistStatus
from services.appointments.waitlist.errors import WaitlistSettled, WaitlistUnknown
from services.kernel.actor import SYSTEM
from services.kernel.clock import local_date
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

# An offer that would be over sooner is not worth a message.
SHORTEST = timedelta(minutes=2)


async def step(uow: UnitOfWork, entry_id: UUID, status: WaitlistStatus, now: datetime) -> None:
    """End an entry in `status` if WAITLIST_TRANSITIONS allows it from where it stands.

    Locks the entry. Raises WaitlistSettled with the state found, or WaitlistUnknown.
    """
    sources = sorted(before for before, after in WAITLIST_TRANSITIONS.items() if status in after)
    moved = await uow.execute(
        """
        UPDATE waitlist_entry SET status = $2, closed_at = $4
         WHERE id = $1 AND status = ANY($3::text[])
        """,
        entry_id,
        status,
        sources,
        now,
    )
    if moved:
        return
    found = await uow.fetchval("SELECT status FROM waitlist_entry WHERE id = $1", entry_id)
    if found is None:
        raise WaitlistUnknown
    raise WaitlistSettled(status=found)


async def wait_again(uow: UnitOfWork, hold_ids: Sequence[UUID], now: datetime) -> None:
    """Put those back into the line, where they were, whose offered seats the hall takes away.

    They are told, if they have been told of the offer. Locks the entries, after seats and holds.
    """
    rows = await uow.fetch(
        """
        UPDATE waitlist_entry e SET status = 'waiting', hold_id = NULL, offered_until = NULL
          FROM hold
         WHERE hold.id = e.hold_id AND e.hold_id = ANY($1::uuid[])
           AND e.status = 'offered' AND e.offered_until > $2
        RETURNING e.id, hold.id AS hold_id, hold.created_at AS offered_at
        """,
        hold_ids,
        now,
    )
    if not rows:
        return
    await audit.record_all(
        audit.Record(
            actor=SYSTEM,
            action="appointment.offer_withdrawn",
            subject="waitlist_entry",
            subject_id=row["id"],
            data={"hold_id": str(row["hold_id"])},
            at=now,
        )
        for row in rows
    )
    await events.withdraw_offers({row["id"]: row["offered_at"] for row in rows}, now)


# Of an entry: whether a seat on its days can still be offered anywhere; $2 is today, $3 when an
# offer has to begin at the latest.
_MAY_BE_OFFERED = f"""
    EXISTS (SELECT FROM waitlist_office o
             CROSS JOIN LATERAL (SELECT o.office_code, e.line) place {RULE_OF.format(of="place")}
             WHERE o.entry_id = e.id
               AND e.last_day >= $2::date + coalesce(rule.days_before, {DEFAULT.days_before})
               AND (e.last_day > $2
                    OR EXISTS (SELECT FROM slot
                                WHERE slot.office_code = o.office_code AND slot.line = e.line
                                  AND slot.closed_at IS NULL AND slot.starts_at > $3
                                  AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date = $2)))
"""  # noqa: S608 - constants only

_SETTLE = f"""
    WITH over AS (
        SELECT e.id, fate.became
          FROM waitlist_entry e LEFT JOIN hold ON hold.id = e.hold_id
         CROSS JOIN LATERAL (
               SELECT CASE WHEN EXISTS (
                        SELECT FROM appointment a
                         WHERE a.person_id = e.person_id AND a.item_code = e.item_code
                           AND a.status IN ('booked', 'checked_in')) THEN 'taken'
                    WHEN hold.status = 'released' THEN 'left'
                    WHEN hold.expires_at <= $1 OR hold.status <> 'active'
                         OR hold.id IS NULL AND NOT {_MAY_BE_OFFERED} THEN 'lapsed' END AS became
               ) fate
         WHERE e.closed_at IS NULL AND fate.became IS NOT NULL
           FOR UPDATE OF e SKIP LOCKED)
    UPDATE waitlist_entry SET status = over.became, closed_at = $1
      FROM over WHERE waitlist_entry.id = over.id
    RETURNING waitlist_entry.id, status = 'lapsed' AND hold_id IS NULL AS in_vain
"""  # noqa: S608 - constants only


async def settle_entries(now: datetime) -> int:
    """End the entries that time or their person has settled; the number ended.

    An offer that was not taken in time has lapsed. So has a line on whose days nothing can be
    offered any more, and the person is told, by day. Whoever booked the item in another way has
    what they waited for; whoever gave the offered seat back has left. Locks entries that nobody
    else is changing.
    """
    async with unit_of_work() as uow:
        rows = await uow.fetch(_SETTLE, now, local_date(now), now + SHORTEST)
        if in_vain := [row["id"] for row in rows if row["in_vain"]]:
            await events.end_waits(in_vain, now, not_before=by_day(now))
    return len(rows)
