"""A family, a firm's group and a visit of two slots, by the citizen whose sign-in is shown."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from banshi.demo.identity import HALL, person
from services import appointments, identity
from services.appointments import (
    Arrangement,
    Book,
    BookVisit,
    KeepList,
    ReadList,
    SlotView,
    VisitShape,
    wishes_from,
)
from services.identity import AddFirm, IdType, MemberDetails, RealName
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date

FAMILY_ITEM = "id-card-renew"
LONG_ITEM = "vehicle-transfer"
GROUP_ITEM = "residence-permit-apply"
FIRM = AddFirm(credit_code="91350100M000100Y43", name="聊城示例制造有限公司")
# Numbers of the demonstration's people beyond those who book by themselves.
CHILDREN = (301, 302)
STAFF = range(311, 317)
AHEAD = timedelta(days=7)


async def seed(now: datetime) -> None:
    """Arrange them once."""
    clerk = await identity.staff_by_username("clerk")
    staff = Actor(kind=ActorKind.STAFF, id=clerk.id, roles=clerk.roles)
    registered = await identity.register_by_staff(staff, person(1), now)
    citizen = Actor(kind=ActorKind.CITIZEN, id=registered.person_id)
    if await identity.firms(citizen):
        return
    firm_id = await identity.add_firm(citizen, FIRM, now)
    await _family(citizen, now)
    await _booked_for_by_another(staff, now)
    await _group(citizen, firm_id, now)
    if found := await _free(LONG_ITEM, VisitShape(), now):
        await appointments.book(citizen, Book(item_code=LONG_ITEM, slot_id=found[-1].id), now)


async def _free(item_code: str, shape: VisitShape, now: datetime) -> Sequence[SlotView]:
    """Where a visit of this shape fits at the hall, from tomorrow on."""
    first = local_date(now) + timedelta(days=1)
    slots = await appointments.availability(HALL, item_code, first, first + AHEAD, now, shape=shape)
    return [slot for slot in slots if slot.left and slot.released_at <= now]


async def _family(citizen: Actor, now: datetime) -> None:
    people: list[UUID] = []
    for number in CHILDREN:
        child = person(number)
        details = RealName(name=child.name, id_type=child.id_type, id_number=child.id_number)
        people.append(await identity.add_companion(citizen, details, now))
    if found := await _free(FAMILY_ITEM, VisitShape(people=3), now):
        visit = BookVisit(
            item_code=FAMILY_ITEM,
            slot_id=found[-1].id,
            people=tuple(people),
            wishes=wishes_from(["wheelchair", "seat"]),
        )
        await appointments.book_visit(citizen, visit, now)


async def _booked_for_by_another(staff: Actor, now: datetime) -> None:
    """Somebody else has the citizen on their list: the citizen sees it, and can stop it."""
    spouse = (await identity.register_by_staff(staff, person(2), now)).person_id
    one = person(1)
    details = RealName(name=one.name, id_type=one.id_type, id_number=one.id_number)
    await identity.add_companion(Actor(kind=ActorKind.CITIZEN, id=spouse), details, now)


async def _group(citizen: Actor, firm_id: UUID, now: datetime) -> None:
    members = tuple((number, _member(number)) for number in STAFF)
    command = KeepList(firm_id=firm_id, item_code=GROUP_ITEM, office_code=HALL)
    draft_id = await appointments.keep_list(citizen, command, ReadList(members=members), now)
    found = await _free(GROUP_ITEM, VisitShape(people=len(members)), now)
    if isinstance(draft_id, UUID) and found:
        together = Arrangement.TOGETHER
        await appointments.book_group(citizen, draft_id, found[-1].id, together, now)


def _member(number: int) -> MemberDetails:
    made = person(number)
    return MemberDetails(
        name=made.name,
        id_type=IdType(made.id_type),
        id_number=made.id_number,
        phone=made.phone,
    )
