"""What a notice says and to which address: fetched the moment before it is sent, kept nowhere."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from services import appointments, catalog, identity, queue
from services.notices.states import Channel, Kind

# So many halls a message names where another has to be chosen.
HALLS_NAMED = 3


class CodeFacts(Struct, frozen=True, kw_only=True):
    """What a message with a sign-in code says."""

    code: str
    expires_at: datetime


class AppointmentFacts(Struct, frozen=True, kw_only=True):
    """What a message about an appointment says; texts in both languages.

    Until `change_until` it may be cancelled or moved. `displacement` is the hall's own moving or
    cancelling of it, if there was one. `further` are the other items of the visit. `visitor` is the
    masked name of who comes, for who arranged it; `arranged_by` tells who comes by whom. Where the
    hall has cancelled and has no other time, `elsewhere` are the nearest halls that have one.
    """

    appointment: appointments.Appointment
    change_until: datetime
    item: catalog.Item
    office: catalog.Office
    displacement: appointments.DisplacementView | None = None
    further: tuple[catalog.Item, ...] = ()
    visitor: str | None = None
    arranged_by: str | None = None
    elsewhere: tuple[appointments.HallWithRoom, ...] = ()

    @property
    def items(self) -> tuple[catalog.Item, ...]:
        """Everything that the visit is for."""
        return (self.item, *self.further)


class StandingFacts(Struct, frozen=True, kw_only=True):
    """What a message about the booking rules says: of a no-show, a pause, or an appeal.

    `office` is where it arose; `rule` the one that holds for the appointment.
    """

    office: catalog.Office
    appointment: appointments.Appointment | None = None
    item: catalog.Item | None = None
    rule: appointments.Rule | None = None
    penalty: appointments.Penalty | None = None
    appeal: appointments.Appeal | None = None


class OfferFacts(Struct, frozen=True, kw_only=True):
    """What a message about an offered seat says, or about one that is gone; in both languages."""

    entry: appointments.WaitlistEntry
    offer: appointments.OfferedSeat
    item: catalog.Item
    office: catalog.Office


class WaitFacts(Struct, frozen=True, kw_only=True):
    """What a message about waiting in vain says: for what, where and until when."""

    entry: appointments.WaitlistEntry
    item: catalog.Item
    offices: tuple[catalog.Office, ...]


class VisitFacts(Struct, frozen=True, kw_only=True):
    """What a message about a visit says; `ahead` is how many are before a number that waits."""

    ticket: queue.Ticket
    office: catalog.Office
    ahead: int


class NameFacts(Struct, frozen=True, kw_only=True):
    """Who has joined the record made for them, or asks to book for somebody; the name is masked."""

    name: str


class Dispatch(Struct, frozen=True, kw_only=True):
    """A notice ready to be put into words and sent. `to` is a phone or a mail address, in clear."""

    notice_id: UUID
    kind: Kind
    channel: Channel
    to: str
    language: str
    created_at: datetime
    facts: (
        CodeFacts
        | AppointmentFacts
        | OfferFacts
        | WaitFacts
        | StandingFacts
        | VisitFacts
        | NameFacts
    )


async def appointment_facts(
    appointment: appointments.Appointment, recipient_id: UUID
) -> AppointmentFacts:
    """Everything that a message about an appointment may say to a recipient."""
    arranged = await appointments.arranged(appointment)
    visitor = arranged_by = None
    if arranged is not None and recipient_id == arranged.organiser_id:
        visitor = await _masked(appointment.person_id)
    elif arranged is not None:
        arranged_by = arranged.firm or await _masked(arranged.organiser_id)
    return AppointmentFacts(
        appointment=appointment,
        change_until=await appointments.change_until(appointment),
        item=await catalog.item(appointment.item_code),
        office=await catalog.office(appointment.office_code),
        displacement=await appointments.displacement(appointment.id),
        further=tuple([await catalog.item(code) for code in appointment.further_items]),
        visitor=visitor,
        arranged_by=arranged_by,
    )


async def with_other_halls(
    facts: AppointmentFacts, recipient_id: UUID, now: datetime
) -> AppointmentFacts:
    """The same, with the halls to go to if the one that has cancelled has no other time."""
    found = await appointments.halls_instead(facts.appointment, recipient_id, now, HALLS_NAMED)
    return structs.replace(facts, elsewhere=tuple(found))


async def _masked(person_id: UUID) -> str | None:
    return (await identity.display_names([person_id])).get(person_id)


async def address_of(person_id: UUID, channel: Channel) -> tuple[str | None, str]:
    """Where the person is reached through a channel, if anywhere, and in which language."""
    contact = await identity.contact(person_id)
    address = contact.email if channel is Channel.EMAIL else contact.phone
    return address, contact.language
