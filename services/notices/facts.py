"""What a notice says and to which address: fetched the moment before it is sent, kept nowhere."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import appointments, catalog, identity, queue
from services.notices.states import Channel, Kind


class CodeFacts(Struct, frozen=True, kw_only=True):
    """What a message with a sign-in code says."""

    code: str
    expires_at: datetime


class AppointmentFacts(Struct, frozen=True, kw_only=True):
    """What a message about an appointment says; texts in both languages.

    Until `change_until` it may be cancelled or moved. `displacement` is the hall's own moving or
    cancelling of it, if there was one.
    """

    appointment: appointments.Appointment
    change_until: datetime
    item: catalog.Item
    office: catalog.Office
    displacement: appointments.DisplacementView | None = None


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
    """What a message about an offered seat says; texts in both languages."""

    entry: appointments.WaitlistEntry
    offer: appointments.OfferedSeat
    item: catalog.Item
    office: catalog.Office


class VisitFacts(Struct, frozen=True, kw_only=True):
    """What a message about a visit says; `ahead` is how many are before a number that waits."""

    ticket: queue.Ticket
    office: catalog.Office
    ahead: int


class Dispatch(Struct, frozen=True, kw_only=True):
    """A notice ready to be put into words and sent. `to` is a phone or a mail address, in clear."""

    notice_id: UUID
    kind: Kind
    channel: Channel
    to: str
    language: str
    created_at: datetime
    facts: CodeFacts | AppointmentFacts | OfferFacts | StandingFacts | VisitFacts


async def appointment_facts(appointment: appointments.Appointment) -> AppointmentFacts:
    """Everything that a message about an appointment may say."""
    return AppointmentFacts(
        appointment=appointment,
        change_until=await appointments.change_until(appointment),
        item=await catalog.item(appointment.item_code),
        office=await catalog.office(appointment.office_code),
        displacement=await appointments.displacement(appointment.id),
    )


async def offer_facts(
    entry: appointments.WaitlistEntry, offer: appointments.OfferedSeat
) -> OfferFacts:
    """Everything that a message about an offered seat may say."""
    return OfferFacts(
        entry=entry,
        offer=offer,
        item=await catalog.item(entry.item_code),
        office=await catalog.office(offer.office_code),
    )


async def address_of(person_id: UUID, channel: Channel) -> tuple[str | None, str]:
    """Where the person is reached through a channel, if anywhere, and in which language."""
    contact = await identity.contact(person_id)
    address = contact.email if channel is Channel.EMAIL else contact.phone
    return address, contact.language
