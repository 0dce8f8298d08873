"""Reading slots and appointments."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

import asyncpg
from msgspec import structs

from services import catalog
from services.appointments.booking.admission import BOOKING_ROLES
from services.appointments.booking.errors import AppointmentUnknown
from services.appointments.booking.facts import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rulebook.settings import rule_for
from services.appointments.rules import DEFAULT, change_deadline, shares_to_try
from services.appointments.seating.fitting import Room, VisitShape, firsts_that_fit
from services.appointments.seating.seats import CLAIMABLE
from services.appointments.standing.rules import first_bookable_day
from services.appointments.states import AppointmentStatus, Share
from services.appointments.views import COLUMNS, Appointment, SlotView, appointment_from
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date, local_moment
from services.kernel.ids import normalise_reference

MIDNIGHT = time()

# One's own, and those of the parties that one has organised.
_OWN = """(person_id = {whose}
           OR party_id IN (SELECT id FROM party WHERE organiser_id = {whose}))"""
# As above, but a firm's people have lists of their own.
_IN_THE_FAMILY = """(person_id = {whose} OR party_id IN (
    SELECT id FROM party WHERE organiser_id = {whose} AND kind = 'family'))"""

_SLOTS = f"""
    SELECT slot.id, slot.office_code, slot.starts_at, slot.ends_at, slot.released_at,
           count(*) FILTER (WHERE seat.state <> 'withdrawn') AS capacity,
           count(*) FILTER (WHERE {CLAIMABLE.format(now="$4")}) AS left
      FROM slot JOIN seat ON seat.slot_id = slot.id AND seat.share = ANY($5::text[])
     WHERE {{where}} AND slot.line = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3
       AND slot.starts_at > $4 AND slot.closed_at IS NULL
     GROUP BY slot.id
"""  # noqa: S608 - constants only


# Released, and not too near for the rule of the slot's place; without one, the default holds.
_BOOKABLE_NOW = f"""
    slot.released_at <= $4
    AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
        >= ($4 AT TIME ZONE 'Asia/Shanghai')::date + coalesce((
           SELECT r.days_before FROM booking_rule r
            WHERE coalesce(r.office_code, slot.office_code) = slot.office_code
              AND coalesce(r.line, slot.line) = slot.line
            ORDER BY r.office_code NULLS LAST, r.line NULLS LAST LIMIT 1), {DEFAULT.days_before})
"""  # noqa: S608 - constants only


async def availability(
    office_code: str,
    item_code: str,
    first: date,
    last: date,
    now: datetime,
    *,
    share: Share = Share.ONLINE,
    shape: VisitShape | None = None,
) -> list[SlotView]:
    """The slots for an item at an office from `first` to `last` that have not begun, in order.

    Closed slots are left out; unreleased ones are there, with their release. Online, so are those
    of days that are too near to be booked. Counts the seats that a booking from `share` may take.
    A slot in which a visit of that `shape` cannot begin has none left; so do all when its items
    are dealt with at different windows. Raises ItemUnknown or OfficeUnknown.
    """
    item = await catalog.item(item_code)
    office = await catalog.office(office_code)
    if share is Share.ONLINE:
        first = max(first, first_bookable_day(now, await rule_for(office.code, item.line)))
    rows = await database.fetch(
        _SLOTS.format(where="slot.office_code = $6") + "ORDER BY slot.starts_at",
        item.line,
        local_moment(first, MIDNIGHT),
        local_moment(last + timedelta(days=1), MIDNIGHT),
        now,
        shares_to_try(share),
        office.code,
    )
    return await _narrowed([_slot(row) for row in rows], item, shape or VisitShape())


async def _narrowed(slots: list[SlotView], item: catalog.Item, shape: VisitShape) -> list[SlotView]:
    """The slots with nothing left where the visit does not fit; as they are, where one slot is."""
    further = [await catalog.item(code) for code in shape.further_items]
    if any(one.line is not item.line for one in further):
        return [structs.replace(one, left=0) for one in slots]
    minutes = item.minutes + sum(one.minutes for one in further)
    if shape.people == 1 and all(
        one.ends_at - one.starts_at >= timedelta(minutes=minutes) for one in slots
    ):
        return slots
    rooms = [
        Room(id=one.id, starts_at=one.starts_at, ends_at=one.ends_at, left=one.left)
        for one in slots
    ]
    fitting = firsts_that_fit(rooms, shape.people, minutes, apart=shape.apart)
    return [one if one.id in fitting else structs.replace(one, left=0) for one in slots]


async def next_free(item_code: str, now: datetime) -> Mapping[str, SlotView]:
    """The first slot in which a citizen can begin an item, by office. Raises ItemUnknown."""
    item = await catalog.item(item_code)
    asked = (item.line, now, now + timedelta(days=90), now, shares_to_try(Share.ONLINE))
    rows = await database.fetch(
        f"""
        SELECT DISTINCT ON (office_code) *
          FROM ({_SLOTS.format(where=_BOOKABLE_NOW)}) bookable
         WHERE bookable.left > 0 ORDER BY office_code, starts_at
        """,  # noqa: S608 - constants only
        *asked,
    )
    length = timedelta(minutes=item.minutes)
    tight = [row["office_code"] for row in rows if row["ends_at"] - row["starts_at"] < length]
    found = {row["office_code"]: _slot(row) for row in rows if row["office_code"] not in tight}
    if tight:
        rows = await database.fetch(
            _SLOTS.format(where=f"{_BOOKABLE_NOW} AND slot.office_code = ANY($6::text[])")
            + "ORDER BY slot.office_code, slot.starts_at",
            *asked,
            tight,
        )
        for office_code, of_office in groupby(rows, key=lambda row: row["office_code"]):
            slots = [_slot(row) for row in of_office]
            narrowed = await _narrowed(slots, item, VisitShape())
            first = next((one for one in narrowed if one.left), None)
            if first is not None:
                found[office_code] = first
    return found


def _slot(row: asyncpg.Record) -> SlotView:
    return SlotView(**{name: row[name] for name in SlotView.__struct_fields__})


async def appointment(appointment_id: UUID) -> Appointment:
    """One appointment by its key. Raises AppointmentUnknown."""
    row = await database.fetchrow(
        f"SELECT {COLUMNS} FROM appointment WHERE id = $1",  # noqa: S608 - a constant
        appointment_id,
    )
    if row is None:
        raise AppointmentUnknown
    return appointment_from(row)


async def appointments_by_id(ids: Iterable[UUID]) -> dict[UUID, Appointment]:
    """Those of several appointments that exist, by key; for lists that speak of them."""
    rows = await database.fetch(
        f"SELECT {COLUMNS} FROM appointment WHERE id = ANY($1::uuid[])",  # noqa: S608 - a constant
        list(ids),
    )
    return {row["id"]: appointment_from(row) for row in rows}


async def by_reference(reference: str) -> Appointment | None:
    """One appointment by its reference as it was typed, for those who may see any."""
    row = await database.fetchrow(
        f"SELECT {COLUMNS} FROM appointment WHERE reference = $1",  # noqa: S608 - a constant
        normalise_reference(reference),
    )
    return appointment_from(row) if row else None


async def for_office(office_code: str, reference: str) -> Appointment:
    """One appointment at an office, by its reference as it was typed. Raises AppointmentUnknown."""
    found = await by_reference(reference)
    if found is None or found.office_code != office_code:
        raise AppointmentUnknown
    return found


async def own(actor: Actor, reference: str) -> Appointment:
    """An appointment of a citizen, or one that they booked for somebody else in a party.

    Raises AppointmentUnknown for anybody else's.
    """
    row = await database.fetchrow(
        f"SELECT {COLUMNS} FROM appointment WHERE reference = $1 AND {_OWN.format(whose='$2')}",  # noqa: S608 - constants
        normalise_reference(reference),
        actor.person_id(),
    )
    if row is None:
        raise AppointmentUnknown
    return appointment_from(row)


async def mine(actor: Actor, cursor: UUID | None = None, limit: int = 20) -> list[Appointment]:
    """A citizen's appointments, the latest booked first, from before the one with key `cursor`."""
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM appointment
         WHERE {_IN_THE_FAMILY.format(whose="$1")} AND ($2::uuid IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3
        """,  # noqa: S608 - the column list is a constant
        actor.person_id(),
        cursor,
        limit,
    )
    return [appointment_from(row) for row in rows]


async def coming(actor: Actor, now: datetime) -> list[Appointment]:
    """A citizen's appointments that lie ahead or are going on today, the next first."""
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM appointment
         WHERE {_IN_THE_FAMILY.format(whose="$1")}
           AND status IN ('booked', 'checked_in') AND starts_at >= $2
         ORDER BY starts_at
        """,  # noqa: S608 - the column list is a constant
        actor.person_id(),
        local_moment(local_date(now), MIDNIGHT),
    )
    return [appointment_from(row) for row in rows]


async def coming_of(actor: Actor, person_id: UUID, now: datetime) -> list[Appointment]:
    """A person's appointments from today on at the offices of the staff who ask, the next first.

    Raises NotSignedIn or Forbidden for who may not book for people.
    """
    actor.require_role(*BOOKING_ROLES)
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM appointment
         WHERE person_id = $1 AND status IN ('booked', 'checked_in') AND starts_at >= $2
         ORDER BY starts_at
        """,  # noqa: S608 - the column list is a constant
        person_id,
        local_moment(local_date(now), MIDNIGHT),
    )
    found = [appointment_from(row) for row in rows]
    return [one for one in found if actor.has_role(*BOOKING_ROLES, office_code=one.office_code)]


async def expected_today(office_code: str, now: datetime) -> list[Appointment]:
    """Who is booked at an office today and has not come yet, in order of time."""
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM appointment
         WHERE office_code = $1 AND day = $2 AND status = $3 ORDER BY starts_at, id
        """,  # noqa: S608 - the column list is a constant
        office_code,
        local_date(now),
        AppointmentStatus.BOOKED,
    )
    return [appointment_from(row) for row in rows]


async def change_until(found: Appointment) -> datetime:
    """Until when its holder may cancel or move an appointment."""
    row = await database.fetchrow(
        f"""
        SELECT a.displaced, {RULE_COLUMNS}
          FROM appointment a {RULE_OF.format(of="a")} WHERE a.id = $1
        """,  # noqa: S608 - constants only
        found.id,
    )
    if row is None:
        raise AppointmentUnknown
    return change_deadline(found.starts_at, rule_from(row), displaced=row["displaced"])
