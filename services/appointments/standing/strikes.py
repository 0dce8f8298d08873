"""Missed and cancelled appointments are counted, and too many of them pause booking.

Counted per document or phone, by identity's blind indexes. One strike is counted at a time for
whoever shares one of them: two events in the same instant would each miss the other and impose
nothing. See docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import Rule
from services.appointments.standing import emergencies
from services.appointments.standing.penalties import Cause, impose, lift
from services.appointments.standing.rules import REASONS, is_due, window
from services.appointments.standing.whose import THEIRS, Whose, lock, whose
from services.appointments.states import PenaltyReason, StrikeKind
from services.appointments.views import Appointment
from services.kernel import database
from services.kernel.actor import SYSTEM
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork


async def cancelled(
    uow: UnitOfWork, appointment: Appointment, person_id: UUID, now: datetime
) -> None:
    """Count a cancellation against who cancelled, for themselves or for somebody of their party.

    A party that is cancelled counts once a day, however many come. Locks as `strike`.
    """
    kind = StrikeKind.CANCELLATION
    await strike(uow, appointment, kind, now, now, person_id=person_id)


async def strike(
    uow: UnitOfWork,
    appointment: Appointment,
    kind: StrikeKind,
    at: datetime,
    now: datetime,
    *,
    person_id: UUID | None = None,
) -> None:
    """Count an appointment that was missed or cancelled at `at`, against who was to come.

    `person_id` is whom it counts against instead: who has arranged it, and cancels it.
    One too many pauses booking; before that, a no-show is followed by a warning. Nothing is counted
    while an emergency is in force at the office, then or now, or for a time that the hall chose
    (a closure moved the person there). Locks what is counted against them.
    """
    if await _spared(uow, appointment, at, now):
        return
    who = await whose(person_id or appointment.person_id)
    await lock(uow, who)
    if kind is StrikeKind.CANCELLATION and await party_counted(appointment, who.person_id, now):
        return
    counted = await uow.fetchval(
        """
        INSERT INTO booking_strike
               (id, kind, appointment_id, person_id, document_key, phone_key, item_code, booked_on,
                struck_at, party_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            ON CONFLICT (appointment_id) DO UPDATE
           SET withdrawn_at = NULL, struck_at = excluded.struck_at
         WHERE booking_strike.withdrawn_at IS NOT NULL
        RETURNING id
        """,
        new_id(),
        kind,
        appointment.id,
        *who.three,
        appointment.item_code,
        local_date(appointment.booked_at),
        at,
        appointment.party_id,
    )
    if counted is None:
        return
    rule = await _rule_of(uow, appointment)
    number = await count(who, kind, at - window(kind, rule))
    if is_due(REASONS[kind], number, rule):
        await impose(uow, Cause(who, appointment, REASONS[kind], rule), now)
    elif kind is StrikeKind.NO_SHOW:
        await events.publish(events.NO_SHOW_WARNED, appointment.id, now)


async def _spared(uow: UnitOfWork, appointment: Appointment, *moments: datetime) -> bool:
    displaced: bool = await uow.fetchval(
        "SELECT displaced FROM appointment WHERE id = $1", appointment.id
    )
    return displaced or await emergencies.spares(appointment.office_code, *moments)


async def party_counted(appointment: Appointment, person_id: UUID, now: datetime) -> bool:
    """Whether cancelling it counts no more for somebody: they cancelled in its party today."""
    found: bool = await database.fetchval(
        """
        SELECT EXISTS (SELECT FROM booking_strike
                        WHERE party_id = $1 AND person_id = $2 AND kind = 'cancellation'
                          AND (struck_at AT TIME ZONE 'Asia/Shanghai')::date = $3)
        """,
        appointment.party_id,
        person_id,
        local_date(now),
    )
    return found


async def withdraw(uow: UnitOfWork, appointment: Appointment, now: datetime) -> None:
    """Take back what was counted for an appointment, and the penalty that it completed.

    The other strikes of that penalty count again. Locks what is counted against the person.
    """
    row = await uow.fetchrow(
        """
        SELECT person_id, document_key, phone_key FROM booking_strike
         WHERE appointment_id = $1 AND withdrawn_at IS NULL
        """,
        appointment.id,
    )
    if row is None:
        return
    await lock(uow, Whose(**dict(row)))
    penalty_id = await uow.fetchval(
        """
        WITH taken AS (SELECT id, penalty_id FROM booking_strike
                        WHERE appointment_id = $1 AND withdrawn_at IS NULL FOR UPDATE)
        UPDATE booking_strike SET withdrawn_at = $2, penalty_id = NULL
          FROM taken WHERE booking_strike.id = taken.id
        RETURNING taken.penalty_id
        """,
        appointment.id,
        now,
    )
    if penalty_id is None or not await lift(uow, penalty_id, now):
        return
    await uow.execute(
        "UPDATE booking_strike SET penalty_id = NULL WHERE penalty_id = $1", penalty_id
    )
    await audit.record(
        SYSTEM,
        "appointment.penalty_lifted",
        subject="booking_penalty",
        subject_id=penalty_id,
        office_code=appointment.office_code,
        now=now,
    )


async def booked_again(
    uow: UnitOfWork, appointment: Appointment, now: datetime, *, person_id: UUID | None = None
) -> None:
    """Pause booking when this booking of an item is one too many in a day.

    A person has one active appointment an item, so the earlier ones of the day are among the
    cancelled and missed: those are counted, and this one. `person_id` has arranged it, if that is
    not who comes. Locks what is counted against them.
    """
    if await emergencies.spares(appointment.office_code, now):
        return
    who = await whose(person_id or appointment.person_id)
    await lock(uow, who)
    rule = await _rule_of(uow, appointment)
    earlier = await given_back(who, appointment.item_code, now)
    if is_due(PenaltyReason.BOOKINGS, earlier + 1, rule):
        await impose(
            uow,
            Cause(who, appointment, PenaltyReason.BOOKINGS, rule),
            now,
        )


async def arranged_again(
    uow: UnitOfWork, appointment: Appointment, organiser_id: UUID, rule: Rule, now: datetime
) -> None:
    """As `booked_again`, for who arranges a visit; locks nothing while it is not too often."""
    earlier = await given_back(await whose(organiser_id), appointment.item_code, now)
    if is_due(PenaltyReason.BOOKINGS, earlier + 1, rule):
        await booked_again(uow, appointment, now, person_id=organiser_id)


async def given_back(who: Whose, item_code: str, now: datetime) -> int:
    """How often the item was booked today and given back."""
    counted: int = await database.fetchval(
        f"""
        SELECT count(*) FROM booking_strike
         WHERE {THEIRS} AND withdrawn_at IS NULL AND penalty_id IS NULL
           AND item_code = $4 AND booked_on = $5
        """,  # noqa: S608 - a constant
        *who.three,
        item_code,
        local_date(now),
    )
    return counted


async def count(who: Whose, kind: StrikeKind, since: datetime) -> int:
    """How many of a kind count against somebody since then."""
    counted: int = await database.fetchval(
        f"""
        SELECT count(*) FROM booking_strike
         WHERE {THEIRS} AND withdrawn_at IS NULL AND penalty_id IS NULL AND kind = $4
           AND struck_at > $5
        """,  # noqa: S608 - a constant
        *who.three,
        kind,
        since,
    )
    return counted


async def _rule_of(uow: UnitOfWork, appointment: Appointment) -> Rule:
    row = await uow.fetchrow(
        f"SELECT {RULE_COLUMNS} FROM appointment a {RULE_OF.format(of='a')} WHERE a.id = $1",  # noqa: S608 - constants only
        appointment.id,
    )
    assert row is not None  # noqa: S101 - the caller has just changed the row
    return rule_from(row)
