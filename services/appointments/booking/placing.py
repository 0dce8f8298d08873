"""Booking for several people in one transaction: each gets their own outcome.

A handful of statements, however many people: what is known of them, the seats they hold, the seats
they want, their appointments, and what the audit and the outbox keep. A batch of one is how a
single booking is made, too. See docs/decisions/0016-group-commit.md.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.booking.admission import Application, offers
from services.appointments.booking.errors import AlreadyBooked, HeldForOthers
from services.appointments.booking.facts import Facts
from services.appointments.booking.kept import ended, let_go
from services.appointments.booking.refusals import number_that_day, pauses_booking
from services.appointments.rules import shares_to_try
from services.appointments.seating import seats
from services.appointments.seating.demand import found_full
from services.appointments.seating.errors import SlotFull
from services.appointments.standing import strikes
from services.appointments.states import HoldStatus, Share
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.kernel.errors import DomainError
from services.kernel.ids import new_id, new_reference
from services.kernel.unit_of_work import UnitOfWork

_INSERT = """
    INSERT INTO appointment
           (id, reference, status, person_id, item_code, slot_id, office_code, line, starts_at,
            ends_at, seat_id, share, channel, nth_of_day, sequence, booked_at)
    SELECT new.id, new.reference, 'booked', new.person_id, new.item_code, slot.id,
           slot.office_code, slot.line, slot.starts_at, slot.ends_at, new.seat_id, new.share,
           new.channel, new.nth_of_day, 0, new.booked_at
      FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[],
                  $7::text[], $8::text[], $9::timestamptz[], $10::smallint[])
           AS new (id, reference, person_id, item_code, slot_id, seat_id, share, channel, booked_at,
                   nth_of_day)
      JOIN slot ON slot.id = new.slot_id
     ORDER BY new.person_id
"""

_LOCK_WAITING = "SELECT id FROM seat WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"


class Later(Enum):
    """Somebody else is at the same person's bookings in this very moment: ask again, alone."""

    LATER = "later"


LATER = Later.LATER
Outcome = Appointment | DomainError | Later


@dataclass(eq=False)
class _Try:
    """One application on its way; it is over once there is an outcome."""

    application: Application
    facts: Facts
    outcome: Outcome | None = None
    seat: seats.Seat | None = None
    from_hold: bool = False


async def place(
    uow: UnitOfWork, applications: Sequence[Application], *, alone: bool = False
) -> list[Outcome]:
    """Book what can be booked, in order of arrival; the outcome of each application.

    A person may be in it once. `alone`, with one application, waits for whoever is at that
    person's bookings, and raises what a broken constraint means; a batch says LATER instead, so
    that nobody in it waits for a stranger's second tab.

    Locks: the people's held seats (waiting only when `alone`), the seats claimed (without waiting);
    then inserts in the order of the people's keys, so that two batches wait for each other only
    one way. See docs/locking.md.
    """
    verdicts = await offers(uow, applications)
    tries = [
        _Try(application, verdict)
        for application, verdict in zip(applications, verdicts, strict=True)
        if not isinstance(verdict, DomainError)
    ]
    if not alone:
        # What may pause booking waits for whoever counts against the same person.
        for one in tries:
            one.outcome = LATER if pauses_booking(one.facts) else None
    await _take_held_seats(uow, _going(tries), wait=alone)
    await _claim_seats(uow, _going(tries))
    if going := _going(tries):
        await _insert(uow, going, alone=alone)
        await _settle_holds(uow, going)
        made = [one.outcome for one in going if isinstance(one.outcome, Appointment)]
        await _record(going, made)
        for one in tries:
            if isinstance(one.outcome, Appointment) and pauses_booking(one.facts):
                await strikes.booked_again(uow, one.outcome, one.application.now)
    tried = iter(tries)
    return [
        verdict if isinstance(verdict, DomainError) else _outcome(next(tried))
        for verdict in verdicts
    ]


def _going(tries: Iterable[_Try]) -> list[_Try]:
    return [one for one in tries if one.outcome is None]


def _outcome(one: _Try) -> Outcome:
    assert one.outcome is not None  # noqa: S101 - every way through place() sets one
    return one.outcome


async def _take_held_seats(uow: UnitOfWork, tries: Sequence[_Try], *, wait: bool) -> None:
    """Lock the seats that people hold for the item; a hold on the wanted slot is used."""
    for one in tries:
        kept, hold_id = one.facts.kept, one.application.hold_id
        if hold_id is not None and (
            kept is None or kept.hold_id != hold_id or kept.expires_at <= one.application.now
        ):
            one.outcome = await ended(hold_id)
        elif hold_id is not None and kept is not None and kept.for_visit:
            one.outcome = HeldForOthers()
    # A hold whose time is up is not locked: its seat is for whoever comes first.
    holding = [
        (one, one.facts.kept)
        for one in _going(tries)
        if one.facts.kept and one.facts.kept.expires_at > one.application.now
    ]
    if not holding:
        return
    locked = await uow.fetch(
        _LOCK_WAITING if wait else f"{_LOCK_WAITING} SKIP LOCKED",
        [kept.seat_id for _, kept in holding],
    )
    ours = {row["id"] for row in locked}
    # Read once the seats are locked: a hold changes only under its seat's lock.
    rows = await uow.fetch(
        """
        SELECT hold.id, seat.share FROM hold JOIN seat ON seat.id = hold.seat_id
         WHERE hold.id = ANY($1::uuid[]) AND hold.status = 'active'
        """,
        [kept.hold_id for _, kept in holding],
    )
    shares = {row["id"]: Share(row["share"]) for row in rows}
    for one, kept in holding:
        share = shares.get(kept.hold_id)
        if kept.seat_id not in ours:
            one.outcome = LATER
        elif share and kept.slot_id == one.facts.slot_id and not kept.for_visit:
            one.seat, one.from_hold = seats.Seat(kept.seat_id, share), True
        elif one.application.hold_id is not None:
            one.outcome = await _hold_lost(uow, one.application, kept.hold_id)


async def _hold_lost(uow: UnitOfWork, application: Application, hold_id: UUID) -> DomainError:
    # A second submit of the same page waited for the first, which has used the hold.
    reference = await uow.fetchval(
        """
        SELECT reference FROM appointment
         WHERE person_id = $1 AND item_code = $2 AND status IN ('booked', 'checked_in')
        """,
        application.wish.person_id,
        application.wish.item_code,
    )
    return AlreadyBooked(reference=reference) if reference else await ended(hold_id)


async def _claim_seats(uow: UnitOfWork, tries: Sequence[_Try]) -> None:
    """A seat for everybody without one, first come, first served."""
    seatless = [one for one in tries if one.seat is None]
    # The earliest moment of the whole batch: at a later one, a seat that somebody in it confirms
    # in time would count as lapsed.
    earliest = min((one.application.now for one in tries), default=None)
    if earliest is None:
        return
    for share in {one.application.wish.share for one in seatless}:
        wanting = [one for one in seatless if one.application.wish.share == share]
        claimed = await seats.claim_some(
            uow,
            Counter(one.facts.slot_id for one in wanting),
            shares_to_try(share),
            earliest,
        )
        left = {slot_id: iter(some) for slot_id, some in claimed.items()}
        for one in wanting:
            one.seat = next(left.get(one.facts.slot_id, iter(())), None)
            if one.seat is None:
                found_full(one.facts.slot_id, one.application.wish.person_id)
                one.outcome = SlotFull()


async def _insert(uow: UnitOfWork, tries: Sequence[_Try], *, alone: bool) -> None:
    """Write the appointments; whom a constraint leaves out gives the seat back."""
    ids = {new_id(): one for one in tries}
    rows = await uow.fetch(
        f"{_INSERT} {'' if alone else 'ON CONFLICT DO NOTHING'} RETURNING {COLUMNS}",
        list(ids),
        [new_reference() for _ in tries],
        [one.application.wish.person_id for one in tries],
        [one.application.wish.item_code for one in tries],
        [one.facts.slot_id for one in tries],
        [one.seat.id for one in tries if one.seat],
        [one.seat.share for one in tries if one.seat],
        [one.application.wish.channel for one in tries],
        [one.application.now for one in tries],
        [number_that_day(one.facts) for one in tries],
    )
    for row in rows:
        ids[row["id"]].outcome = appointment_from(row)
    left_out = _going(tries)
    for one in left_out:
        one.outcome = LATER
    if claimed := [one.seat.id for one in left_out if one.seat and not one.from_hold]:
        await seats.give_some_back(uow, claimed)


async def _settle_holds(uow: UnitOfWork, tries: Sequence[_Try]) -> None:
    """End the holds of those who are booked: used, or let go for the seat they got elsewhere.

    Those whose time is up are left to the sweep, and to whoever claims their seats.
    """
    booked = [
        (one, one.facts.kept)
        for one in tries
        if isinstance(one.outcome, Appointment)
        and one.facts.kept
        and one.facts.kept.expires_at > one.application.now
    ]
    if used := [kept.hold_id for one, kept in booked if one.from_hold]:
        await uow.execute(
            """
            WITH over AS (
                UPDATE hold SET status = $2 WHERE id = ANY($1::uuid[]) AND status = 'active'
                RETURNING seat_id)
            UPDATE seat SET state = 'booked', held_until = NULL
              FROM over WHERE seat.id = over.seat_id
            """,
            used,
            HoldStatus.USED,
        )
    for one, kept in booked:
        if not one.from_hold:
            status, at = HoldStatus.RELEASED, one.application.now
            await let_go(uow, kept.hold_id, status, at)


async def _record(tries: Sequence[_Try], made: Sequence[Appointment]) -> None:
    actors = {
        one.outcome.id: one.application.actor
        for one in tries
        if isinstance(one.outcome, Appointment)
    }
    await audit.record_all(
        audit.Record(
            actor=actors[one.id],
            action="appointment.booked",
            subject="appointment",
            subject_id=one.id,
            office_code=one.office_code,
            data={
                "item_code": one.item_code,
                "slot_id": str(one.slot_id),
                "share": one.share,
            },
            at=one.booked_at,
        )
        for one in made
    )
    await events.publish_all(events.BOOKED, {one.id: one.booked_at for one in made})
