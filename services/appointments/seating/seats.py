"""Claiming seats and giving them back. Locking: docs/locking.md.

A claim skips rows that others are claiming, so that a rush on one slot spreads over its seats and
nobody waits in line for the first of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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

# One share at a time: then the index that numbers a slot's seats has them in order, and a claim
# stops at the first that it can have. The update is told ids, so that it never reads all seats.
_CLAIM = f"""
    WITH picked AS MATERIALIZED (
        SELECT one.*
          FROM unnest($1::uuid[], $2::integer[]) AS wanted (slot_id, seats)
          CROSS JOIN LATERAL (
               SELECT seat.id, seat.state = 'held' AS lapsed
                 FROM seat
                WHERE seat.slot_id = wanted.slot_id AND seat.share = $3
                  AND {CLAIMABLE.format(now="$4")}
                ORDER BY seat.number LIMIT wanted.seats FOR UPDATE SKIP LOCKED) one),
    claimed AS (
        UPDATE seat SET state = $5, held_until = $6, returns_at = NULL
         WHERE id = ANY(ARRAY(SELECT id FROM picked))
        RETURNING id, slot_id, number)
    SELECT claimed.id, claimed.slot_id, picked.lapsed
      FROM claimed JOIN picked ON picked.id = claimed.id
     ORDER BY claimed.number
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

    The seat becomes held until `held_until`, or booked when that is None. Locks as `claim_some`.
    """
    claimed = await claim_some(uow, {slot_id: 1}, shares, now, held_until=held_until)
    return next(iter(claimed[slot_id]), None)


async def claim_some(
    uow: UnitOfWork,
    wanted: Mapping[UUID, int],
    shares: Sequence[Share],
    now: datetime,
    *,
    held_until: datetime | None = None,
) -> Mapping[UUID, Sequence[Seat]]:
    """Take up to so many claimable seats of each slot, as `claim` does, the best first.

    Locks the seats, without waiting; then, if seats were held for somebody whose time was up,
    ends those holds.
    """
    state = SeatState.BOOKED if held_until is None else SeatState.HELD
    claimed: defaultdict[UUID, list[Seat]] = defaultdict(list)
    lapsed: list[UUID] = []
    for share in shares:
        lacking = {
            slot_id: seats - len(claimed[slot_id])
            for slot_id, seats in wanted.items()
            if seats > len(claimed[slot_id])
        }
        if not lacking:
            break
        rows = await uow.fetch(
            _CLAIM, list(lacking), list(lacking.values()), share, now, state, held_until
        )
        for row in rows:
            claimed[row["slot_id"]].append(Seat(row["id"], share))
        lapsed += [row["id"] for row in rows if row["lapsed"]]
    if lapsed:
        await uow.execute(
            "UPDATE hold SET status = $2 WHERE seat_id = ANY($1::uuid[]) AND status = 'active'",
            lapsed,
            HoldStatus.EXPIRED,
        )
    return claimed


async def book_held(uow: UnitOfWork, seat_ids: Iterable[UUID]) -> None:
    """Let seats that are held be booked. Locks them."""
    await uow.execute(
        "UPDATE seat SET state = 'booked', held_until = NULL WHERE id = ANY($1::uuid[])",
        list(seat_ids),
    )


async def give_back(uow: UnitOfWork, seat_id: UUID, returns_at: datetime | None = None) -> None:
    """Free a held or booked seat, at once or from `returns_at` on. Locks the seat."""
    await give_some_back(uow, [seat_id], returns_at)


async def give_some_back(
    uow: UnitOfWork, seat_ids: Iterable[UUID], returns_at: datetime | None = None
) -> None:
    """Free several seats. Locks them.

    One that a closure or a smaller capacity has taken away is withdrawn instead.
    """
    await uow.execute(
        """
        UPDATE seat
           SET state = CASE WHEN leaving THEN 'withdrawn' ELSE 'free' END, leaving = false,
               held_until = NULL, returns_at = CASE WHEN NOT leaving THEN $2::timestamptz END
         WHERE id = ANY($1::uuid[])
        """,
        list(seat_ids),
        returns_at,
    )


async def lengthen(uow: UnitOfWork, extra: Sequence[tuple[UUID, UUID]]) -> None:
    """Let claimed seats lengthen appointments: (seat, appointment) of each. Locks the seats."""
    if not extra:
        return
    await uow.execute(
        """
        UPDATE seat SET extra_of = more.appointment_id
          FROM unnest($1::uuid[], $2::uuid[]) AS more (seat_id, appointment_id)
         WHERE seat.id = more.seat_id
        """,
        [seat_id for seat_id, _ in extra],
        [appointment_id for _, appointment_id in extra],
    )


async def shorten(uow: UnitOfWork, appointment_id: UUID) -> list[UUID]:
    """Let no seat lengthen an appointment any more; those that did, still booked. Locks them."""
    return await shorten_some(uow, [appointment_id])


async def shorten_some(uow: UnitOfWork, appointment_ids: Sequence[UUID]) -> list[UUID]:
    """As `shorten`, for several appointments."""
    rows = await uow.fetch(
        "UPDATE seat SET extra_of = NULL WHERE extra_of = ANY($1::uuid[]) RETURNING id",
        appointment_ids,
    )
    return [row["id"] for row in rows]
