"""The one place where an entry of the waiting list steps from state to state."""

from datetime import datetime
from uuid import UUID

from services.appointments.states import WAITLIST_TRANSITIONS, WaitlistStatus
from services.appointments.waitlist.errors import WaitlistSettled, WaitlistUnknown
from services.kernel.clock import local_date
from services.kernel.unit_of_work import UnitOfWork, unit_of_work


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


async def settle_entries(now: datetime) -> int:
    """End the entries that time or their person has settled; the number ended.

    An offer that was not taken in time has lapsed, so has a line whose days are over. Whoever
    booked the item in another way has what they waited for; whoever gave the offered seat back
    has left. Locks entries that nobody else is changing.
    """
    async with unit_of_work() as uow:
        return await uow.execute(
            """
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
                                 OR e.last_day < $2 AND hold.id IS NULL THEN 'lapsed' END AS became
                       ) fate
                 WHERE e.closed_at IS NULL AND fate.became IS NOT NULL
                   FOR UPDATE OF e SKIP LOCKED)
            UPDATE waitlist_entry SET status = over.became, closed_at = $1
              FROM over WHERE waitlist_entry.id = over.id
            """,
            now,
            local_date(now),
        )
