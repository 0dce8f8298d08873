"""Claiming one seat and giving it back. Locking: docs/locking.md.

A claim skips rows that others are claiming, so that a rush on one slot spreads over its seats and
nobody waits in line for the first of them.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.appointments.states import HoldStatus, SeatState, Share
from services.kernel.unit_of_work import UnitOfWork

# The SQL of rules.claimable.
CLAIMABLE = """
    (seat.state = 'free' AND (seat.returns_at IS NULL OR seat.returns_at <= {now})
     OR seat.state = 'held' AND seat.held_until <= {now})
"""

_CLAIM = f"""
    WITH picked AS (
        SELECT seat.id, seat.state = 'held' AS lapsed
          FROM seat
         WHERE seat.slot_id = $1 AND seat.share = ANY($2::text[])
           AND {CLAIMABLE.format(now="$3")}
         ORDER BY array_position($2::text[], seat.share), seat.number
         LIMIT 1 FOR UPDATE SKIP LOCKED)
    UPDATE seat SET state = $4, held_until = $5, returns_at = NULL
      FROM picked WHERE seat.id = picked.id
    RETURNING seat.id, seat.share, picked.lapsed
"""  # noqa: S608 - constants only


class Seat(Struct, frozen=True):
    """A seat that the current transaction has locked."""

    id: UUID
    share: Share


async def claim(
    uow: UnitOfWork,
    slot_id: UUID,
    shares: Sequence[Share],
    now: datetime,
    *,
    held_until: datetime | None = None,
) -> Seat | None:
    """Take one claimable seat of `shares`, the first share first; None when there is none.

    The seat becomes held until `held_until`, or booked when that is None. Locks the seat, without
    waiting; then, if the seat was held for somebody whose time was up, ends that hold.
    """
    state = SeatState.BOOKED if held_until is None else SeatState.HELD
    row = await uow.fetchrow(_CLAIM, slot_id, list(shares), now, state, held_until)
    if row is None:
        return None
    if row["lapsed"]:
        await uow.execute(
            "UPDATE hold SET status = $2 WHERE seat_id = $1 AND status = 'active'",
            row["id"],
            HoldStatus.EXPIRED,
        )
    return Seat(row["id"], Share(row["share"]))


async def give_back(uow: UnitOfWork, seat_id: UUID, returns_at: datetime | None = None) -> None:
    """Free a held or booked seat, at once or from `returns_at` on. Locks the seat."""
    await uow.execute(
        "UPDATE seat SET state = 'free', held_until = NULL, returns_at = $2 WHERE id = $1",
        seat_id,
        returns_at,
    )
