"""Notices ready to be put into words, about the shipped catalogue's items and offices."""

from datetime import UTC, datetime, timedelta
from functools import cache

from msgspec import structs

from services import catalog
from services.appointments import (
    Appointment,
    AppointmentStatus,
    BookingChannel,
    HallWithRoom,
    OfferedSeat,
    Share,
    SlotView,
    WaitlistEntry,
    WaitlistStatus,
)
from services.catalog import Item, Office
from services.kernel.ids import new_id
from services.notices import (
    AppointmentFacts,
    Channel,
    CodeFacts,
    Dispatch,
    Kind,
    OfferFacts,
    WaitFacts,
)

NOW = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)
STARTS = datetime(2025, 7, 8, 1, 30, tzinfo=UTC)
REFERENCE = "K7M3X9AH4T"
EMAIL = "wang.fang@example.org"
PHONE = "13812345678"


@cache
def items() -> tuple[Item, ...]:
    return catalog.read_catalogue().items


@cache
def offices() -> tuple[Office, ...]:
    return tuple(
        Office(
            code=office.code,
            name=office.name,
            district=office.district,
            address=office.address,
            directions=office.directions,
            phone=office.phone,
            location=office.location,
            lines=(),
        )
        for office in catalog.read_catalogue().offices
    )


def item(code: str) -> Item:
    return next(each for each in items() if each.code == code)


def appointment(*, cancelled: bool = False, sequence: int = 0) -> Appointment:
    return Appointment(
        id=new_id(),
        reference=REFERENCE,
        status=AppointmentStatus.CANCELLED if cancelled else AppointmentStatus.BOOKED,
        person_id=new_id(),
        item_code="id-card-renew",
        office_code="dongchangfu",
        line="household",
        slot_id=new_id(),
        starts_at=STARTS,
        ends_at=STARTS + timedelta(minutes=30),
        booked_at=NOW,
        share=Share.ONLINE,
        channel=BookingChannel.ONLINE,
        sequence=sequence,
        cancelled_at=NOW if cancelled else None,
    )


def offer_facts(what: Item, where: Office) -> OfferFacts:
    """A seat that is kept for somebody on the waiting list, for half an hour."""
    offer = OfferedSeat(
        hold_id=new_id(),
        slot_id=new_id(),
        office_code=where.code,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(minutes=30),
        until=NOW + timedelta(minutes=30),
    )
    entry = WaitlistEntry(
        id=new_id(),
        person_id=new_id(),
        item_code=what.code,
        status=WaitlistStatus.OFFERED,
        office_codes=(where.code,),
        first_day=STARTS.date(),
        last_day=STARTS.date(),
        created_at=NOW,
        closed_at=None,
        ahead=None,
        offer=offer,
    )
    return OfferFacts(entry=entry, offer=offer, item=what, office=where)


def wait_facts(what: Item, where: Office) -> WaitFacts:
    """The end of waiting in vain."""
    entry = structs.replace(offer_facts(what, where).entry, status=WaitlistStatus.LAPSED)
    return WaitFacts(entry=entry, item=what, offices=(where,))


def hall_with_room(where: Office) -> HallWithRoom:
    """Another hall that has a time, a day later."""
    first = SlotView(
        id=new_id(),
        starts_at=STARTS + timedelta(days=1),
        ends_at=STARTS + timedelta(days=1, minutes=30),
        capacity=2,
        left=1,
        released_at=NOW,
    )
    return HallWithRoom(office=where, first=first, kilometres=12.0)


def dispatch(
    kind: Kind = Kind.APPOINTMENT_BOOKED,
    channel: Channel = Channel.EMAIL,
    language: str = "zh_CN",
    *,
    what: Item | None = None,
    where: Office | None = None,
    about: Appointment | None = None,
    to: str | None = None,
    elsewhere: tuple[HallWithRoom, ...] = (),
) -> Dispatch:
    """A notice; by default a mail in Chinese that an ID card's renewal is booked."""
    facts: CodeFacts | AppointmentFacts | OfferFacts | WaitFacts = CodeFacts(
        code="123456", expires_at=NOW + timedelta(minutes=5)
    )
    if kind in (Kind.WAITLIST_OFFERED, Kind.WAITLIST_WITHDRAWN):
        facts = offer_facts(what or item("id-card-renew"), where or offices()[0])
    elif kind is Kind.WAITLIST_OVER:
        facts = wait_facts(what or item("id-card-renew"), where or offices()[0])
    elif kind is not Kind.SIGN_IN_CODE:
        facts = AppointmentFacts(
            appointment=about or appointment(cancelled=kind.cancels),
            change_until=STARTS - timedelta(hours=2),
            item=what or item("id-card-renew"),
            office=where or offices()[0],
            elsewhere=elsewhere,
        )
    return Dispatch(
        notice_id=new_id(),
        kind=kind,
        channel=channel,
        to=to or (EMAIL if channel is Channel.EMAIL else PHONE),
        language=language,
        created_at=NOW,
        facts=facts,
    )
