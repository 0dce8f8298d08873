"""The waiting list as people see it."""

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.states import WaitlistStatus
from services.appointments.waitlist.errors import WaitlistUnknown
from services.kernel import database
from services.kernel.actor import Actor


class OfferedSeat(Struct, frozen=True, kw_only=True):
    """A seat that is kept for somebody on the waiting list until `until`."""

    hold_id: UUID
    slot_id: UUID
    office_code: str
    starts_at: datetime
    ends_at: datetime
    until: datetime


class WaitlistEntry(Struct, frozen=True, kw_only=True):
    """Somebody's place on the waiting list for an item.

    `ahead` counts the people who have waited longer for seats that this entry would go to, too;
    it is None unless the entry waits. `offer` is the latest, also when it is over.
    """

    id: UUID
    person_id: UUID
    item_code: str
    status: WaitlistStatus
    office_codes: tuple[str, ...]
    first_day: date
    last_day: date
    created_at: datetime
    closed_at: datetime | None
    ahead: int | None
    offer: OfferedSeat | None


_ENTRIES = """
    SELECT e.*, hold.id AS hold_id, slot.id AS slot_id, slot.office_code, slot.starts_at,
           slot.ends_at,
           ARRAY(SELECT office_code FROM waitlist_office JOIN office ON office.code = office_code
                  WHERE entry_id = e.id ORDER BY office.position) AS office_codes,
           CASE WHEN e.status = 'waiting' THEN (
               SELECT count(*) FROM waitlist_entry other
                WHERE other.status = 'waiting' AND other.line = e.line
                  AND (other.created_at, other.id) < (e.created_at, e.id)
                  AND other.first_day <= e.last_day AND other.last_day >= e.first_day
                  AND EXISTS (
                      SELECT FROM waitlist_office mine JOIN waitlist_office theirs
                          ON theirs.office_code = mine.office_code
                       WHERE mine.entry_id = e.id AND theirs.entry_id = other.id)) END AS ahead
      FROM waitlist_entry e
      LEFT JOIN hold ON hold.id = e.hold_id
      LEFT JOIN seat ON seat.id = hold.seat_id
      LEFT JOIN slot ON slot.id = seat.slot_id
"""


def _entry(row: asyncpg.Record) -> WaitlistEntry:
    offer = None
    if row["hold_id"] is not None:
        offer = OfferedSeat(
            hold_id=row["hold_id"],
            slot_id=row["slot_id"],
            office_code=row["office_code"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            until=row["offered_until"],
        )
    return WaitlistEntry(
        id=row["id"],
        person_id=row["person_id"],
        item_code=row["item_code"],
        status=WaitlistStatus(row["status"]),
        office_codes=tuple(row["office_codes"]),
        first_day=row["first_day"],
        last_day=row["last_day"],
        created_at=row["created_at"],
        closed_at=row["closed_at"],
        ahead=row["ahead"],
        offer=offer,
    )


async def waitlist_entry(entry_id: UUID) -> WaitlistEntry:
    """One entry by its key. Raises WaitlistUnknown."""
    row = await database.fetchrow(f"{_ENTRIES} WHERE e.id = $1", entry_id)
    if row is None:
        raise WaitlistUnknown
    return _entry(row)


async def own_entry(actor: Actor, entry_id: UUID) -> WaitlistEntry:
    """A citizen's own entry. Raises WaitlistUnknown for anybody else's."""
    person_id = actor.person_id()
    found = await waitlist_entry(entry_id)
    if found.person_id != person_id:
        raise WaitlistUnknown
    return found


async def my_waitlist(actor: Actor, limit: int = 50) -> list[WaitlistEntry]:
    """A citizen's entries: what is offered, what waits, then what is over, newest first."""
    rows = await database.fetch(
        f"""
        {_ENTRIES} WHERE e.person_id = $1
         ORDER BY e.closed_at IS NOT NULL, e.status, e.id DESC LIMIT $2
        """,
        actor.person_id(),
        limit,
    )
    return [_entry(row) for row in rows]


async def withdrawn_offer(entry: WaitlistEntry) -> OfferedSeat | None:
    """The latest seat that was offered and that the hall has taken away; None if none was."""
    row = await database.fetchrow(
        """
        SELECT hold.id AS hold_id, slot.id AS slot_id, slot.office_code, slot.starts_at,
               slot.ends_at, hold.expires_at AS until
          FROM hold JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
         WHERE hold.person_id = $1 AND hold.item_code = $2 AND hold.status = 'withdrawn'
           AND hold.created_at >= $3
         ORDER BY hold.created_at DESC LIMIT 1
        """,
        entry.person_id,
        entry.item_code,
        entry.created_at,
    )
    return OfferedSeat(**dict(row)) if row else None
