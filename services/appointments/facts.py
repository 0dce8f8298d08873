"""What has to be known before somebody may book: one query for as many as ask."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.rules import DEFAULT, Rule
from services.kernel.unit_of_work import UnitOfWork

RULE_COLUMNS = ", ".join(f"rule.{name}" for name in Rule.__struct_fields__)
# The most particular rule that fits a slot or an appointment, by its alias.
RULE_OF = """
    LEFT JOIN LATERAL (
        SELECT * FROM booking_rule r
         WHERE coalesce(r.office_code, {of}.office_code) = {of}.office_code
           AND coalesce(r.line, {of}.line) = {of}.line
         ORDER BY r.office_code NULLS LAST, r.line NULLS LAST LIMIT 1) rule ON true
"""

_FACTS = f"""
    SELECT slot.id, slot.office_code, slot.line, slot.starts_at, slot.ends_at, slot.released_at,
           slot.closed_at, {RULE_COLUMNS},
           (SELECT max(blocked_until) FROM booking_penalty
             WHERE person_id = ask.person_id AND blocked_until > ask.at) AS blocked_until,
           (SELECT reference FROM appointment
             WHERE person_id = ask.person_id AND item_code = ask.item_code
               AND status IN ('booked', 'checked_in')) AS same_item,
           (SELECT reference FROM appointment
             WHERE person_id = ask.person_id AND line = slot.line
               AND day = (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
               AND status IN ('booked', 'checked_in')) AS same_day,
           mine.id AS hold_id, mine.seat_id AS hold_seat_id, kept.slot_id AS hold_slot_id,
           mine.expires_at AS hold_expires_at
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
           WITH ORDINALITY AS ask (slot_id, hold_id, person_id, item_code, at, position)
      LEFT JOIN hold confirmed
        ON confirmed.id = ask.hold_id AND confirmed.person_id = ask.person_id
       AND confirmed.item_code = ask.item_code
      LEFT JOIN seat confirmed_seat ON confirmed_seat.id = confirmed.seat_id
      LEFT JOIN slot ON slot.id = coalesce(ask.slot_id, confirmed_seat.slot_id)
      {RULE_OF.format(of="slot")}
      LEFT JOIN hold mine
        ON mine.person_id = ask.person_id AND mine.item_code = ask.item_code
       AND mine.status = 'active'
      LEFT JOIN seat kept ON kept.id = mine.seat_id
     ORDER BY ask.position
"""  # noqa: S608 - constants only


class Question(Struct, frozen=True, kw_only=True):
    """Somebody wants an item in a slot, or in the slot of their hold, at the moment `at`."""

    person_id: UUID
    item_code: str
    slot_id: UUID | None
    hold_id: UUID | None
    at: datetime


class KeptSeat(Struct, frozen=True, kw_only=True):
    """The person's hold for the item; active until `expires_at`, unless it is ended before."""

    hold_id: UUID
    seat_id: UUID
    slot_id: UUID
    expires_at: datetime


class Facts(Struct, frozen=True, kw_only=True):
    """A slot, its rule, and what the person has already.

    `blocked_until` is the end of the longest penalty, `same_item` and `same_day` the references
    of appointments that lie ahead: for the item, and on the slot's day at its line.
    """

    slot_id: UUID
    office_code: str
    line: str
    starts_at: datetime
    ends_at: datetime
    released_at: datetime
    closed_at: datetime | None
    rule: Rule
    blocked_until: datetime | None
    same_item: str | None
    same_day: str | None
    kept: KeptSeat | None


async def facts_of(uow: UnitOfWork, questions: Sequence[Question]) -> list[Facts | None]:
    """The facts for each question, in order; None where there is no such slot or hold.

    Locks nothing.
    """
    rows = await uow.fetch(
        _FACTS,
        [one.slot_id for one in questions],
        [one.hold_id for one in questions],
        [one.person_id for one in questions],
        [one.item_code for one in questions],
        [one.at for one in questions],
    )
    return [_facts(row) for row in rows]


def _facts(row: asyncpg.Record) -> Facts | None:
    if row["id"] is None:
        return None
    kept = None
    if row["hold_id"] is not None:
        kept = KeptSeat(
            hold_id=row["hold_id"],
            seat_id=row["hold_seat_id"],
            slot_id=row["hold_slot_id"],
            expires_at=row["hold_expires_at"],
        )
    return Facts(
        slot_id=row["id"],
        office_code=row["office_code"],
        line=row["line"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        released_at=row["released_at"],
        closed_at=row["closed_at"],
        rule=rule_from(row),
        blocked_until=row["blocked_until"],
        same_item=row["same_item"],
        same_day=row["same_day"],
        kept=kept,
    )


def rule_from(row: asyncpg.Record) -> Rule:
    """The rule in a row's RULE_COLUMNS; the defaults where no rule is set."""
    if row["days_ahead"] is None:
        return DEFAULT
    return Rule(**{name: row[name] for name in Rule.__struct_fields__})
