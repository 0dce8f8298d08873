"""One partner platform with a key and a webhook; /dev/sign-ins and /dev/webhooks show them."""

from datetime import datetime

import msgspec

from banshi.demo.identity import person
from services import identity, partners
from services.appointments import next_free
from services.identity import Role
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.errors import DomainError
from services.kernel.settings import settings
from services.partners import (
    AddEndpoint,
    BookFor,
    Details,
    EventType,
    NewKey,
    PartnerNameTaken,
    RegisterPerson,
    Scope,
)
from web.dev.webhooks import DemoPartner, partner_file

NAME = "水城办事通小程序"
ITEM = "id-card-renew"
HALL = "dongchangfu"
# Of the demonstration's citizens, some whom nothing else books for.
BOOKED_FOR = range(221, 225)


async def seed(now: datetime) -> None:
    """Add the platform once, with some bookings of its own."""
    admin = await identity.staff_by_username("admin")
    actor = Actor(kind=ActorKind.STAFF, id=admin.id, roles=(RoleAt(Role.ADMINISTRATOR),))
    try:
        partner_id = await partners.create_partner(
            actor, Details(name=NAME, kind="mini_program", contact="ops@example.org"), now
        )
    except PartnerNameTaken:
        return
    command = NewKey(partner_id=partner_id, label="demonstration", scopes=tuple(Scope))
    issued = await partners.create_key(actor, command, now)
    endpoint = await partners.add_endpoint(
        actor,
        AddEndpoint(
            partner_id=partner_id,
            url=f"{settings().base_url}/dev/webhooks",
            event_types=EventType.subscribable(),
        ),
        now,
    )
    kept = DemoPartner(name=NAME, key=issued.key, secret=endpoint.secret)
    partner_file(settings()).write_bytes(msgspec.json.encode(kept))
    grants = tuple(RoleAt(scope) for scope in Scope)
    await _book_some(Actor(kind=ActorKind.PARTNER, id=partner_id, roles=grants), now)


async def _book_some(partner: Actor, now: datetime) -> None:
    for number in BOOKED_FOR:
        slot = (await next_free(ITEM, now)).get(HALL)
        if slot is None:
            return
        citizen = person(number)
        person_id = await partners.register_person(
            partner,
            RegisterPerson(
                name=citizen.name,
                id_type=citizen.id_type,
                id_number=citizen.id_number,
                phone=citizen.phone,
                consent=True,
            ),
            now,
        )
        try:
            await partners.book_for(
                partner, BookFor(person_id=person_id, item_code=ITEM, slot_id=slot.id), now
            )
        except DomainError:
            # Somebody of the demonstration booked the place or the day meanwhile.
            continue
