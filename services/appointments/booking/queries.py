"""Reading appointments."""

from collections.abc import Iterable
from datetime import datetime, time
from uuid import UUID

from services.appointments.booking.admission import BOOKING_ROLES
from services.appointments.booking.errors import AppointmentUnknown
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import change_deadline
from services.appointments.states import AppointmentStatus
from services.appointments.views import COLUMNS, Appointment, appointment_from
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
