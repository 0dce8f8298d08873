"""Families and firms' groups as their organiser sees them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import identity
from services.appointments.booking.admission import BOOKING_ROLES
from services.appointments.booking.changes import cancel
from services.appointments.booking.errors import AppointmentSettled
from services.appointments.states import AppointmentStatus, PartyKind
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.appointments.visits.errors import GroupUnknown
from services.kernel import database
from services.kernel.actor import Actor, ActorKind
from services.kernel.crypto import keyring
from services.kernel.unit_of_work import unit_of_work


class Party(Struct, frozen=True, kw_only=True):
    """Who comes together: everybody's appointment, the first to come first.

    Of `size` people some may have moved theirs by themselves, and are no longer in it.
    """

    id: UUID
    kind: PartyKind
    firm_id: UUID | None
    size: int
    created_at: datetime
    appointments: tuple[Appointment, ...]

    @property
    def on_their_own(self) -> int:
        """How many have moved their appointment by themselves."""
        return self.size - len(self.appointments)

    @property
    def booked(self) -> tuple[Appointment, ...]:
        """Those that can still be cancelled."""
        return tuple(one for one in self.appointments if one.status is AppointmentStatus.BOOKED)


class GroupSummary(Struct, frozen=True, kw_only=True):
    """A firm's group in a list; `active` counts who is still expected."""

    id: UUID
    firm_id: UUID
    item_code: str
    office_code: str
    starts_at: datetime
    size: int
    active: int


async def party(actor: Actor, party_id: UUID) -> Party:
    """A party that the citizen has organised, while anybody is in it. Raises GroupUnknown."""
    return await _party_of(actor.person_id(), party_id)


async def party_of(actor: Actor, person_id: UUID, party_id: UUID) -> Party:
    """A party that a person has organised, for the staff who book for people.

    Raises GroupUnknown; NotSignedIn or Forbidden for who may not.
    """
    actor.require_role(*BOOKING_ROLES)
    return await _party_of(person_id, party_id)


async def _party_of(organiser_id: UUID, party_id: UUID) -> Party:
    row = await database.fetchrow(
        """
        SELECT id, kind, firm_agent_id AS firm_id, size, created_at FROM party
         WHERE id = $1 AND organiser_id = $2
        """,
        party_id,
        organiser_id,
    )
    if row is None:
        raise GroupUnknown
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM appointment WHERE party_id = $1 ORDER BY starts_at, id
        """,  # noqa: S608 - the column list is a constant
        party_id,
    )
    if not rows:
        raise GroupUnknown
    return Party(
        id=row["id"],
        kind=PartyKind(row["kind"]),
        firm_id=row["firm_id"],
        size=row["size"],
        created_at=row["created_at"],
        appointments=tuple(appointment_from(one) for one in rows),
    )


async def party_names(actor: Actor, found: Party) -> dict[UUID, str]:
    """The names of a party, by person, for its organiser: in clear, as the organiser typed them.

    Without them nobody could tell two people of one given name apart. The organiser's own stays
    masked, as everywhere.
    """
    people = {one.person_id for one in found.appointments}
    others = people - {actor.person_id()}
    return await identity.display_names(people) | await identity.typed_names(others)


async def groups(actor: Actor) -> list[GroupSummary]:
    """The groups that a firm's agent has booked, the latest first."""
    rows = await database.fetch(
        """
        SELECT party.id, party.firm_agent_id AS firm_id, party.size, first.item_code,
               first.office_code, first.starts_at,
               (SELECT count(*) FROM appointment
                 WHERE party_id = party.id AND status IN ('booked', 'checked_in')) AS active
          FROM party
          JOIN LATERAL (SELECT item_code, office_code, starts_at FROM appointment
                         WHERE party_id = party.id ORDER BY starts_at, id LIMIT 1) first ON true
         WHERE party.organiser_id = $1 AND party.kind = 'firm'
         ORDER BY party.id DESC LIMIT 50
        """,
        actor.person_id(),
    )
    return [GroupSummary(**dict(row)) for row in rows]


async def cancel_party(actor: Actor, party_id: UUID, now: datetime) -> Sequence[Appointment]:
    """Cancel everybody's appointment that is still booked, all or none; those cancelled.

    Locks the appointments in order of their keys, then their seats.

    Raises:
        GroupUnknown: The citizen has not organised it.
        AppointmentSettled: None of them is booked any more.
        TooLateToChange: It is too late for one of them.
    """
    found = await party(actor, party_id)
    left = sorted(found.booked, key=lambda one: one.id)
    if not left:
        raise AppointmentSettled(status=found.appointments[0].status)
    async with unit_of_work():
        return [await cancel(actor, one.reference, now) for one in left]


async def told_phone(appointment_id: UUID) -> str | None:
    """Where a member of a firm's group is told, if the firm gave a phone. For notices."""
    row = await database.fetchrow(
        "SELECT id, phone FROM group_member WHERE appointment_id = $1", appointment_id
    )
    return keyring().unseal(row["phone"], "group_member", "phone", row["id"]) if row else None


async def reached_at(appointment: Appointment) -> str | None:
    """The phone that the messages about an appointment go to: that of who comes, or arranged it."""
    contact = await identity.contact(appointment.person_id)
    phone = contact.phone or await told_phone(appointment.id)
    if phone or appointment.party_id is None:
        return phone
    return (await identity.contact(await organiser_of(appointment.party_id))).phone


class Arranged(Struct, frozen=True, kw_only=True):
    """Who arranged an appointment for somebody else; `firm` is the name of their firm, if any."""

    organiser_id: UUID
    firm: str | None


async def arranged(appointment: Appointment) -> Arranged | None:
    """Who arranged it, if not who comes. For notices."""
    if appointment.party_id is None:
        return None
    row = await database.fetchrow(
        "SELECT organiser_id, firm_agent_id FROM party WHERE id = $1", appointment.party_id
    )
    if row is None or row["organiser_id"] == appointment.person_id:
        return None
    organiser = Actor(kind=ActorKind.CITIZEN, id=row["organiser_id"])
    firm = await identity.firm(organiser, row["firm_agent_id"]) if row["firm_agent_id"] else None
    return Arranged(organiser_id=row["organiser_id"], firm=firm.name if firm else None)


async def names_for(actor: Actor, found: Sequence[Appointment]) -> dict[UUID, str]:
    """Who comes, by person: in clear the people whom the citizen brings, masked everybody else.

    The organiser of a party typed their names in; the citizen's own is theirs.
    """
    people = {one.person_id for one in found}
    rows = await database.fetch(
        """
        SELECT DISTINCT appointment.person_id FROM party
          JOIN appointment ON appointment.party_id = party.id
         WHERE party.organiser_id = $1 AND appointment.id = ANY($2::uuid[])
        """,
        actor.person_id(),
        [one.id for one in found],
    )
    brought = {row["person_id"] for row in rows} | ({actor.person_id()} & people)
    masked = await identity.display_names(people - brought)
    return {**masked, **await identity.typed_names(brought)}


async def organiser_of(party_id: UUID) -> UUID:
    """Who organised a party. For notices; raises GroupUnknown."""
    found: UUID | None = await database.fetchval(
        "SELECT organiser_id FROM party WHERE id = $1", party_id
    )
    if found is None:
        raise GroupUnknown
    return found
