"""What has to be known before somebody may book: one query for as many as ask."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import Rule
from services.appointments.standing.emergencies import IN_FORCE
from services.kernel.unit_of_work import UnitOfWork

# As whose.THEIRS, for what is counted or imposed and whoever asks.
_THEIRS = """
    ({of}.person_id = ask.person_id OR {of}.document_key = ask.document_key
     OR {of}.phone_key = ask.phone_key)
"""

_FACTS = f"""
    SELECT slot.id, slot.office_code, slot.line, slot.starts_at, slot.ends_at, slot.released_at,
           slot.closed_at, {RULE_COLUMNS},
           (SELECT max(penalty.blocked_until) FROM booking_penalty penalty
             WHERE {_THEIRS.format(of="penalty")}
               AND penalty.lifted_at IS NULL AND penalty.blocked_until > ask.at
               AND NOT EXISTS (
                   SELECT FROM booking_emergency emergency
                    WHERE {IN_FORCE.format(office="slot.office_code", at="ask.at")})
           ) AS blocked_until,
           (SELECT count(*) FROM booking_strike strike
             WHERE {_THEIRS.format(of="strike")}
               AND strike.withdrawn_at IS NULL AND strike.penalty_id IS NULL
               AND strike.item_code = ask.item_code
               AND strike.booked_on = (ask.at AT TIME ZONE 'Asia/Shanghai')::date) AS given_back,
           (SELECT reference FROM appointment
             WHERE person_id = ask.person_id AND item_code = ask.item_code
               AND status IN ('booked', 'checked_in')) AS same_item,
           that_day.references AS day_references, that_day.numbers AS day_numbers,
           mine.id AS hold_id, mine.seat_id AS hold_seat_id, kept.slot_id AS hold_slot_id,
           mine.expires_at AS hold_expires_at,
           mine.people > 1 OR cardinality(mine.further_items) > 0 AS hold_for_visit
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::bytea[],
                  $7::bytea[])
           WITH ORDINALITY AS ask (slot_id, hold_id, person_id, item_code, at, document_key,
                                   phone_key, position)
      LEFT JOIN hold confirmed
        ON confirmed.id = ask.hold_id AND confirmed.person_id = ask.person_id
       AND confirmed.item_code = ask.item_code AND confirmed.part_of IS NULL
      LEFT JOIN seat confirmed_seat ON confirmed_seat.id = confirmed.seat_id
      LEFT JOIN slot ON slot.id = coalesce(ask.slot_id, confirmed_seat.slot_id)
      {RULE_OF.format(of="slot")}
      LEFT JOIN LATERAL (
           SELECT array_agg(reference) AS references, array_agg(nth_of_day) AS numbers
             FROM appointment
            WHERE person_id = ask.person_id AND line = slot.line
              AND day = (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
              AND status IN ('booked', 'checked_in')) that_day ON true
      LEFT JOIN hold mine
        ON mine.person_id = ask.person_id AND mine.item_code = ask.item_code
       AND mine.status = 'active' AND mine.part_of IS NULL
      LEFT JOIN seat kept ON kept.id = mine.seat_id
     ORDER BY ask.position
"""  # noqa: S608 - constants only


class Question(Struct, frozen=True, kw_only=True):
    """Somebody wants an item in a slot, or in the slot of their hold, at the moment `at`.

    The keys are identity's blind indexes of their document and phone.
    """

    person_id: UUID
    document_key: bytes | None
    phone_key: bytes | None
    item_code: str
    slot_id: UUID | None
    hold_id: UUID | None
    at: datetime


class KeptSeat(Struct, frozen=True, kw_only=True):
    """The person's hold for the item; active until `expires_at`, unless it is ended before.

    One that is `for_visit`, of several people or items, is used by a visit and nothing else.
    """

    hold_id: UUID
    seat_id: UUID
    slot_id: UUID
    expires_at: datetime
    for_visit: bool = False


class Facts(Struct, frozen=True, kw_only=True):
    """A slot, its rule, and what the person has already.

    `blocked_until` is the end of the longest penalty that holds there, `given_back` counts today's
    bookings of the item that were given back or missed. `same_item` is the reference of the
    appointment for the item that lies ahead, `same_day` those on the slot's day at its line, each
    with its number among them.
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
    same_day: Mapping[str, int]
    given_back: int
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
        [one.document_key for one in questions],
        [one.phone_key for one in questions],
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
            for_visit=row["hold_for_visit"],
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
        same_day=dict(zip(row["day_references"] or (), row["day_numbers"] or (), strict=True)),
        given_back=row["given_back"],
        kept=kept,
    )
