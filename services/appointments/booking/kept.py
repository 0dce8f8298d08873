"""What a hold keeps: its own seat and, for a visit, those of the holds that are part of it.

All of it lives and ends together. One part alone ends when its seat is withdrawn, or is claimed by
somebody by whose clock its time is up; then the rest is no longer enough and counts as ended too.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.booking.errors import (
    HoldExpired,
    HoldReleased,
    HoldUnknown,
    HoldUsed,
    SlotClosed,
)
from services.appointments.seating import returns
from services.appointments.seating.fitting import Room, refit
from services.appointments.seating.people import minutes_of
from services.appointments.seating.seats import Seat
from services.appointments.states import HoldStatus, Share
from services.appointments.views import HeldSeat
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.unit_of_work import UnitOfWork

_ALL = "(hold.id = $1 OR hold.part_of = $1)"
_KEPT = f"""
    SELECT seat.id, seat.share, slot.id AS slot_id, slot.starts_at, slot.ends_at
      FROM hold JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
     WHERE {_ALL}
     ORDER BY seat.id
"""  # noqa: S608 - a constant


class Kept(Struct, frozen=True, kw_only=True):
    """A seat that is kept, and its slot."""

    seat: Seat
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime


def runs_of(kept: Sequence[Kept], people: int, minutes: int) -> Sequence[tuple[UUID, ...]] | None:
    """The slots of each of the people, in their order; None unless it is just what they take."""
    left = Counter(one.slot_id for one in kept)
    slots = {one.slot_id: one for one in kept}
    rooms = [
        Room(id=slot_id, starts_at=one.starts_at, ends_at=one.ends_at, left=left[slot_id])
        for slot_id, one in slots.items()
    ]
    return refit(sorted(rooms, key=lambda room: room.starts_at), people, minutes)


async def lock_kept(uow: UnitOfWork, hold_id: UUID) -> list[Kept]:
    """Lock all the seats of a hold, in order of their keys, whatever has become of it."""
    return [_kept(row) for row in await uow.fetch(f"{_KEPT} FOR UPDATE OF seat", hold_id)]


async def all_kept(hold_id: UUID) -> list[Kept]:
    """All that a hold keeps, or has kept; locks nothing."""
    return [_kept(row) for row in await database.fetch(_KEPT, hold_id)]


def _kept(row: asyncpg.Record) -> Kept:
    return Kept(
        seat=Seat(row["id"], Share(row["share"])),
        slot_id=row["slot_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
    )


async def let_go(uow: UnitOfWork, hold_id: UUID, status: HoldStatus, now: datetime) -> bool:
    """End an active hold and free what it keeps; False when the hold had ended already.

    Locks the seats, then the hold. A seat whose hold had ended belongs to somebody else by now
    and is left alone.
    """
    await lock_kept(uow, hold_id)
    ended_now = await uow.fetch(
        f"""
        UPDATE hold SET status = $2 WHERE {_ALL} AND status = 'active' RETURNING seat_id, id
        """,  # noqa: S608 - a constant
        hold_id,
        status,
    )
    for row in ended_now:
        await returns.come_back(uow, row["seat_id"], now)
    return hold_id in {row["id"] for row in ended_now}


async def held_seat(actor: Actor, hold_id: UUID, now: datetime) -> HeldSeat:
    """A citizen's own hold. Raises HoldUnknown; once it has ended, as `ended` says."""
    row = await database.fetchrow(
        """
        SELECT hold.id, hold.item_code, hold.expires_at, hold.extensions_left, hold.people,
               hold.further_items, slot.id AS slot_id, slot.office_code, slot.line,
               slot.starts_at, slot.ends_at
          FROM hold JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
         WHERE hold.id = $1 AND hold.person_id = $2 AND hold.part_of IS NULL
        """,
        hold_id,
        actor.person_id(),
    )
    if row is None:
        raise HoldUnknown
    if not await lives(hold_id, now):
        raise await ended(hold_id)
    kept = await all_kept(hold_id)
    shown = dict(row) | {
        "further_items": tuple(row["further_items"]),
        "ends_at": max(one.ends_at for one in kept),
    }
    if len(kept) > 1:
        minutes = await minutes_of(row["item_code"], row["further_items"])
        runs = runs_of(kept, row["people"], minutes) or ()
        starts = {one.slot_id: one.starts_at for one in kept}
        shown["begins"] = tuple(starts[run[0]] for run in runs)
    return HeldSeat(**shown)


async def live_holds(actor: Actor, now: datetime) -> list[HeldSeat]:
    """What is kept for a citizen now, the first to run out first.

    Places that the waiting list has offered are left out: they have a page of their own.
    """
    rows = await database.fetch(
        """
        SELECT id FROM hold
         WHERE person_id = $1 AND status = 'active' AND part_of IS NULL AND expires_at > $2
           AND NOT EXISTS (SELECT FROM waitlist_entry WHERE waitlist_entry.hold_id = hold.id)
         ORDER BY expires_at, id
        """,
        actor.person_id(),
        now,
    )
    found = []
    for row in rows:
        # A part of it that has ended ends all of it.
        with suppress(HoldUnknown, HoldExpired, HoldUsed, SlotClosed):
            found.append(await held_seat(actor, row["id"], now))
    return found


async def lives(hold_id: UUID, now: datetime) -> bool:
    """Whether a hold, and every part of it, is active and its time not up."""
    whole: bool = await database.fetchval(
        f"""
        SELECT coalesce(bool_and(status = 'active' AND expires_at > $2), false)
          FROM hold WHERE {_ALL}
        """,  # noqa: S608 - a constant
        hold_id,
        now,
    )
    return whole


async def ended(hold_id: UUID) -> HoldExpired | HoldUsed | SlotClosed:
    """How a hold that is no longer there ended: booked, given back, withdrawn, or out of time."""
    row = await database.fetchrow(
        f"""
        SELECT led.item_code, slot.office_code, slot.id AS slot_id,
               (SELECT array_agg(DISTINCT status) FROM hold WHERE {_ALL}) AS statuses,
               (SELECT reference FROM appointment LEFT JOIN party ON party.id = party_id
                 WHERE led.person_id IN (appointment.person_id, party.organiser_id)
                   AND appointment.item_code = led.item_code
                   AND appointment.booked_at >= led.created_at
                 ORDER BY appointment.booked_at, appointment.id LIMIT 1) AS reference
          FROM hold led JOIN seat ON seat.id = led.seat_id JOIN slot ON slot.id = seat.slot_id
         WHERE led.id = $1
        """,  # noqa: S608 - a constant
        hold_id,
    )
    if row is None:
        raise HoldUnknown
    # A person has one hold and one appointment an item: the first booked after it was its own.
    if HoldStatus.USED in row["statuses"]:
        return HoldUsed(reference=row["reference"])
    if HoldStatus.WITHDRAWN in row["statuses"]:
        return SlotClosed()
    kind = HoldReleased if HoldStatus.RELEASED in row["statuses"] else HoldExpired
    return kind(item_code=row["item_code"], office_code=row["office_code"], slot_id=row["slot_id"])
