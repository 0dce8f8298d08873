"""Keeping a seat for some minutes while a person checks their details."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit, identity
from services.appointments import limits
from services.appointments.booking.admission import Wish, offer, wish_of
from services.appointments.booking.errors import HoldUnknown
from services.appointments.booking.facts import Facts, KeptSeat
from services.appointments.booking.kept import let_go
from services.appointments.rules import FIRST_OFFERED, hold_expiry, shares_to_try
from services.appointments.seating import returns, seats
from services.appointments.seating.demand import found_full
from services.appointments.seating.errors import SlotFull
from services.appointments.states import HoldStatus
from services.appointments.views import HeldSeat
from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

SWEEP = 500
# Who enters their name while a seat is kept may turn out to be somebody who is known already.
identity.goes_along("UPDATE hold SET person_id = $2 WHERE person_id = $1")


class Hold(Struct, frozen=True, kw_only=True):
    """Keep a seat of this slot for the citizen, for this item."""

    slot_id: UUID
    item_code: str


async def hold(actor: Actor, command: Hold, now: datetime) -> HeldSeat:
    """Keep a seat for a citizen. A hold they had for the same item is given up for it.

    They need no real name yet: it is kept while they enter that, and without it nothing is booked.
    Asking again for the slot that is held already answers with the hold that there is.

    Raises:
        RateLimited: Too many holds in a short time.
        SlotFull: No seat is left.
        HeldElsewhere: The same person took another time for the item in the same moment.
        DomainError: As `admission.wish_of` and `admission.offer`, but for the real name.
    """
    wish = await wish_of(actor, command.item_code)
    await charge((limits.HOLD_BY_PERSON, str(wish.person_id)))
    async with unit_of_work() as uow:
        offered = await offer(uow, actor, wish, command.slot_id, now, keeping=True)
        if offered.kept is not None:
            same = await _same_hold(uow, wish.item_code, offered, offered.kept, now)
            if same is not None:
                return same
        return await _hold_in(uow, actor, wish, offered, now)


async def _same_hold(
    uow: UnitOfWork, item_code: str, offered: Facts, kept: KeptSeat, now: datetime
) -> HeldSeat | None:
    """The hold that the person has on this very slot, if its time is not up."""
    if kept.slot_id != offered.slot_id or kept.for_visit:
        return None
    row = await uow.fetchrow(
        """
        SELECT expires_at, extensions_left FROM hold
         WHERE id = $1 AND status = 'active' AND expires_at > $2
        """,
        kept.hold_id,
        now,
    )
    if row is None:
        return None
    return _view(kept.hold_id, item_code, offered, row["expires_at"], row["extensions_left"])


async def _hold_in(
    uow: UnitOfWork, actor: Actor, wish: Wish, offered: Facts, now: datetime
) -> HeldSeat:
    """Locks: the old seats and their hold, then the new one (without waiting)."""
    # Waited for before anything is claimed; and where nothing is left, it stands as it was.
    if offered.kept is not None:
        await let_go(uow, offered.kept.hold_id, HoldStatus.RELEASED, now)
    expires_at = hold_expiry(now, offered.starts_at, offered.rule)
    # Whoever waits is offered a seat that was not confirmed, before it is everybody's.
    waited_for = await returns.waited_for(uow, offered.slot_id)
    seat = await seats.claim(
        uow,
        offered.slot_id,
        shares_to_try(wish.share),
        now,
        held_until=expires_at + FIRST_OFFERED if waited_for else expires_at,
    )
    if seat is None:
        found_full(offered.slot_id, wish.person_id)
        raise SlotFull
    hold_id = new_id()
    await uow.execute(
        """
        INSERT INTO hold (id, seat_id, person_id, item_code, status, expires_at, created_at,
                          extensions_left)
        VALUES ($1, $2, $3, $4, 'active', $5, $6, $7)
        """,
        hold_id,
        seat.id,
        wish.person_id,
        wish.item_code,
        expires_at,
        now,
        offered.rule.hold_extensions,
    )
    await audit.record(
        actor,
        "appointment.seat_held",
        subject="slot",
        subject_id=offered.slot_id,
        office_code=offered.office_code,
        data={"hold_id": str(hold_id), "item_code": wish.item_code},
        now=now,
    )
    return _view(hold_id, wish.item_code, offered, expires_at, offered.rule.hold_extensions)


def _view(
    hold_id: UUID, item_code: str, offered: Facts, expires_at: datetime, extensions_left: int
) -> HeldSeat:
    return HeldSeat(
        id=hold_id,
        slot_id=offered.slot_id,
        item_code=item_code,
        office_code=offered.office_code,
        line=offered.line,
        starts_at=offered.starts_at,
        ends_at=offered.ends_at,
        expires_at=expires_at,
        extensions_left=extensions_left,
    )


async def release_hold(actor: Actor, hold_id: UUID, now: datetime) -> None:
    """Give what is kept back at once. Does nothing when the hold has ended already.

    Raises HoldUnknown.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            """
            SELECT slot.id AS slot_id, slot.office_code
              FROM hold JOIN seat ON seat.id = hold.seat_id JOIN slot ON slot.id = seat.slot_id
             WHERE hold.id = $1 AND hold.person_id = $2 AND hold.part_of IS NULL
            """,
            hold_id,
            actor.person_id(),
        )
        if row is None:
            raise HoldUnknown
        if await let_go(uow, hold_id, HoldStatus.RELEASED, now):
            await audit.record(
                actor,
                "appointment.seat_released",
                subject="slot",
                subject_id=row["slot_id"],
                office_code=row["office_code"],
                data={"hold_id": str(hold_id)},
                now=now,
            )


async def release_expired_holds(now: datetime) -> int:
    """Tidy up to SWEEP holds whose time is up; the number tidied.

    Nothing waits for this: a claim takes an expired seat by itself. Locks seats that nobody else
    is claiming, then their holds.
    """
    async with unit_of_work() as uow:
        return await uow.execute(
            """
            WITH lapsed AS (
                SELECT seat.id FROM seat
                  JOIN hold ON hold.seat_id = seat.id
                 WHERE hold.status = 'active' AND hold.expires_at <= $1
                   AND seat.state = 'held' AND seat.held_until <= $1
                 LIMIT $2 FOR UPDATE OF seat SKIP LOCKED),
            freed AS (
                UPDATE seat SET state = 'free', held_until = NULL
                  FROM lapsed WHERE seat.id = lapsed.id)
            UPDATE hold SET status = 'expired'
              FROM lapsed WHERE hold.seat_id = lapsed.id AND hold.status = 'active'
               AND hold.expires_at <= $1
            """,
            now,
            SWEEP,
        )
