"""Makes partner platforms the way they come about: through the area's own operations."""

from datetime import datetime
from uuid import UUID

from services import partners
from services.identity import Role
from services.kernel import leases
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.ids import new_id
from services.partners import (
    AddEndpoint,
    BookFor,
    Details,
    EventType,
    NewKey,
    NewSecret,
    PartnerAppointment,
    RegisterPerson,
    Scope,
)
from tests.bookings import ITEM, NOW, TOMORROW, slots
from tests.people import new_phone, new_resident_id, staff_actor
from workers.consumers import CONSUMERS

ADMINISTRATOR = staff_actor(new_id(), RoleAt(Role.ADMINISTRATOR))


async def new_partner(
    now: datetime = NOW, *, requests_a_minute: int = 600, bookings_a_day: int = 100
) -> UUID:
    """A platform with a name of its own."""
    details = Details(
        name=f"平台 {new_id()}",
        kind="portal",
        requests_a_minute=requests_a_minute,
        bookings_a_day=bookings_a_day,
    )
    return await partners.create_partner(ADMINISTRATOR, details, now)


def acting(partner_id: UUID, *scopes: Scope, office_code: str | None = None) -> Actor:
    """What the edge passes on for a partner's key; with every scope if none is named."""
    grants = tuple(RoleAt(scope, office_code) for scope in scopes or tuple(Scope))
    return Actor(kind=ActorKind.PARTNER, id=partner_id, roles=grants)


async def new_key(
    partner_id: UUID, *scopes: Scope, office_code: str | None = None, now: datetime = NOW
) -> str:
    """A key; with every scope if none is named."""
    command = NewKey(
        partner_id=partner_id,
        label="test",
        scopes=scopes or tuple(Scope),
        office_code=office_code,
    )
    return (await partners.create_key(ADMINISTRATOR, command, now)).key


async def new_endpoint(
    partner_id: UUID, url: str, *event_types: EventType, now: datetime = NOW
) -> NewSecret:
    """An endpoint; for every kind of event if none is named."""
    command = AddEndpoint(
        partner_id=partner_id, url=url, event_types=event_types or EventType.subscribable()
    )
    return await partners.add_endpoint(ADMINISTRATOR, command, now)


async def registered(actor: Actor, now: datetime = NOW) -> UUID:
    """Somebody whom the partner has registered."""
    command = RegisterPerson(
        name="张三",
        id_type="resident_id",
        id_number=new_resident_id(),
        phone=new_phone(),
        consent=True,
    )
    return await partners.register_person(actor, command, now)


async def booked_by(actor: Actor, now: datetime = NOW) -> PartnerAppointment:
    """An appointment that the partner has made tomorrow, for somebody new."""
    slot = next(slot for slot in await slots(TOMORROW, now=now) if slot.left)
    person_id = await registered(actor, now)
    command = BookFor(person_id=person_id, item_code=ITEM, slot_id=slot.id)
    return await partners.book_for(actor, command, now)


async def expand_all(now: datetime) -> None:
    """Let everything that happened become what it calls for, as the workers do."""
    for event in await leases.claim(tuple(CONSUMERS), now, 100):
        await leases.consume(event, CONSUMERS[event.topic], now)
