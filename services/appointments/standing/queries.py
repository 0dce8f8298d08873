"""Where a person stands with the booking rules: what counts against them, and what it leads to."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.rulebook.settings import rule_for
from services.appointments.rules import Rule
from services.appointments.standing.appeals import Appeal, appeals_of
from services.appointments.standing.emergencies import Emergency, emergency_at, spares
from services.appointments.standing.errors import PenaltyUnknown
from services.appointments.standing.rules import is_due, window
from services.appointments.standing.strikes import count, given_back, party_counted
from services.appointments.standing.whose import RUNNING, THEIRS, whose
from services.appointments.states import PenaltyReason, StrikeKind
from services.appointments.views import Appointment
from services.kernel import database
from services.kernel.actor import Actor

_STRIKES_OF = "(strike.person_id = $1 OR strike.document_key = $2 OR strike.phone_key = $3)"


class Counted(Struct, frozen=True, kw_only=True):
    """An appointment that counts at present, and until when."""

    kind: StrikeKind
    reference: str
    item_code: str
    office_code: str
    starts_at: datetime
    counts_until: datetime


class Penalty(Struct, frozen=True, kw_only=True):
    """A pause of booking. `office_code` is where it arose: whose supervisor answers an appeal."""

    id: UUID
    person_id: UUID
    reason: PenaltyReason
    office_code: str
    imposed_at: datetime
    blocked_until: datetime
    lifted_at: datetime | None


class Standing(Struct, frozen=True, kw_only=True):
    """What counts under the city's general rule; a hall may have set other figures.

    `led_to` is what was counted for the penalty, and is spent on it.
    """

    rule: Rule
    counted: tuple[Counted, ...]
    penalty: Penalty | None
    led_to: tuple[Counted, ...]
    appeals: tuple[Appeal, ...]
    emergency: Emergency | None

    def number(self, kind: StrikeKind) -> int:
        """How many of one kind count at present."""
        return sum(one.kind is kind for one in self.counted)

    @property
    def blocked(self) -> bool:
        """Whether booking is paused: a penalty runs, and no emergency suspends it everywhere."""
        return self.penalty is not None and self.emergency is None

    @property
    def open_appeal(self) -> Appeal | None:
        """The appeal that waits for its answer."""
        return next((one for one in self.appeals if one.answered_at is None), None)


class WouldCount(Struct, frozen=True, kw_only=True):
    """The number that a cancellation would have under the rule of its place.

    `pauses` says whether it is the one that pauses booking.
    """

    number: int
    rule: Rule
    pauses: bool


async def standing(actor: Actor, now: datetime) -> Standing:
    """Where a citizen stands, by their document and phone, whichever account it was."""
    who = await whose(actor.person_id())
    rule = await rule_for(None, None)
    rows = await database.fetch(
        f"""
        SELECT strike.kind, strike.struck_at, a.reference, a.item_code, a.office_code, a.starts_at
          FROM booking_strike strike JOIN appointment a ON a.id = strike.appointment_id
         WHERE {_STRIKES_OF} AND strike.withdrawn_at IS NULL AND strike.penalty_id IS NULL
           AND strike.struck_at > $4
         ORDER BY strike.struck_at DESC
        """,  # noqa: S608 - constants
        *who.three,
        now - max(window(kind, rule) for kind in StrikeKind),
    )
    penalty = await running_penalty(who.person_id, now)
    counted = [_counted(row, rule) for row in rows]
    return Standing(
        rule=rule,
        counted=tuple(one for one in counted if one.counts_until > now),
        penalty=penalty,
        led_to=tuple(await led_to(penalty.id)) if penalty else (),
        appeals=tuple(await appeals_of(who.person_id)),
        emergency=await emergency_at(None, now),
    )


async def running_penalty(person_id: UUID, now: datetime) -> Penalty | None:
    """The penalty that runs against a person, the longest if there are several."""
    row = await database.fetchrow(
        f"""
        SELECT id, person_id, reason, office_code, imposed_at, blocked_until, lifted_at
          FROM booking_penalty WHERE {THEIRS} AND {RUNNING} ORDER BY blocked_until DESC LIMIT 1
        """,  # noqa: S608 - constants
        *(await whose(person_id)).three,
        now,
    )
    return _penalty(row) if row else None


async def if_cancelled(actor: Actor, appointment: Appointment, now: datetime) -> WouldCount | None:
    """As what it counts if a citizen cancels this appointment now; None if it does not count."""
    person_id = actor.person_id()
    displaced = await database.fetchval(
        "SELECT displaced FROM appointment WHERE id = $1", appointment.id
    )
    if displaced or await spares(appointment.office_code, now):
        return None
    if await party_counted(appointment, person_id, now):
        return None
    rule = await rule_for(appointment.office_code, appointment.line)
    kind = StrikeKind.CANCELLATION
    number = 1 + await count(await whose(person_id), kind, now - window(kind, rule))
    paused = await running_penalty(person_id, now)
    due = is_due(PenaltyReason.CANCELLATIONS, number, rule)
    return WouldCount(number=number, rule=rule, pauses=due and paused is None)


async def led_to(penalty_id: UUID) -> list[Counted]:
    """The appointments that were counted for a penalty, the first first."""
    rows = await database.fetch(
        """
        SELECT strike.kind, strike.struck_at, a.reference, a.item_code, a.office_code, a.starts_at
          FROM booking_strike strike JOIN appointment a ON a.id = strike.appointment_id
         WHERE strike.penalty_id = $1 ORDER BY strike.struck_at, strike.id
        """,
        penalty_id,
    )
    return [_counted(row, Rule()) for row in rows]


async def penalty_by_id(penalty_id: UUID) -> Penalty:
    """One penalty, for the notice about it. Raises PenaltyUnknown."""
    row = await database.fetchrow(
        """
        SELECT id, person_id, reason, office_code, imposed_at, blocked_until, lifted_at
          FROM booking_penalty WHERE id = $1
        """,
        penalty_id,
    )
    if row is None:
        raise PenaltyUnknown
    return _penalty(row)


async def booked_today(actor: Actor, item_code: str, now: datetime) -> int:
    """How often a citizen has booked an item today and given it back."""
    return await given_back(await whose(actor.person_id()), item_code, now)


def _counted(row: asyncpg.Record, rule: Rule) -> Counted:
    kind = StrikeKind(row["kind"])
    return Counted(
        kind=kind,
        reference=row["reference"],
        item_code=row["item_code"],
        office_code=row["office_code"],
        starts_at=row["starts_at"],
        counts_until=row["struck_at"] + window(kind, rule),
    )


def _penalty(row: asyncpg.Record) -> Penalty:
    return Penalty(**{**dict(row), "reason": PenaltyReason(row["reason"])})
