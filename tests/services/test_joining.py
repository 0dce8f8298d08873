"""Whoever was booked for by others takes over the record that was made for them.

A firm's people with the phone that it gave, a family's and a caller's with a reference.
"""

from datetime import timedelta
from uuid import UUID

import pytest
from msgspec import structs

from services import appointments, identity, notices
from services.appointments import Arrangement, Book, BookVisit, KeepList
from services.appointments.booking.errors import AppointmentUnknown
from services.identity import (
    AddFirm,
    CompanionRefused,
    CompanionUnknown,
    DocumentRefused,
    JoiningRefused,
    RealName,
    RealNameRequired,
    RegisterByStaff,
    Role,
)
from services.kernel import database, leases
from services.kernel.actor import Actor, RoleAt
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.notices.facts import appointment_facts
from tests.bookings import (
    CLERK,
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TOMORROW,
    held,
    named,
    open_hall,
    slots,
)
from tests.lists import HEAD, Row, csv, person
from tests.people import citizen_actor, new_phone, new_resident_id, signed_in, staff_actor
from workers.rendering import render

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

OVERMORROW = TOMORROW + timedelta(days=1)
FIRM = AddFirm(credit_code="91350100M000100Y43", name="东昌重工")


async def booked_by_firm(row: Row) -> tuple[Actor, appointments.Appointment]:
    """The firm's agent, and the appointment of the one person on the list."""
    await open_hall()
    [first, _] = await slots()
    agent = await named(name="王五")
    firm_id = await identity.add_firm(agent, FIRM, NOW)
    command = KeepList(firm_id=firm_id, item_code=ITEM, office_code=OFFICE)
    draft_id = await appointments.keep_list(
        agent, command, appointments.read_list(csv([HEAD, row]), NOW), NOW
    )
    assert isinstance(draft_id, UUID)
    [made] = await appointments.book_group(agent, draft_id, first.id, Arrangement.TOGETHER, NOW)
    assert made.party_id == draft_id
    return agent, made


def typed(row: Row) -> RealName:
    return RealName(name=str(row[0]), id_type="resident_id", id_number=str(row[2]))


async def test_the_phone_that_the_firm_gave_opens_the_appointment() -> None:
    row = person()
    _, made = await booked_by_firm(row)
    account = await signed_in(row[3], NOW)
    with pytest.raises(AppointmentUnknown):
        await appointments.own(citizen_actor(account.person_id), made.reference)
    joined = await identity.register_real_name(citizen_actor(account.person_id), typed(row), NOW)
    assert joined == made.person_id
    session = await identity.session_facts(account.session_id, NOW)
    assert session is not None
    assert (session.holder_id, session.real_name) == (joined, True)
    actor = citizen_actor(joined)
    assert [one.id for one in await appointments.coming(actor, NOW)] == [made.id]
    assert (await identity.contact(joined)).phone == row[3]
    assert (await appointments.cancel(actor, made.reference, NOW)).id == made.id
    audited = "SELECT count(*) FROM audit_record WHERE action = 'identity.account_joined'"
    assert await database.fetchval(audited) == 1


@pytest.mark.parametrize("wrong", ["phone", "name"])
async def test_another_phone_or_name_does_not(wrong: str) -> None:
    row = person()
    _, made = await booked_by_firm(row)
    account = await signed_in(new_phone() if wrong == "phone" else row[3], NOW)
    name = (
        typed(row)
        if wrong == "phone"
        else RealName(name="赵六", id_type="resident_id", id_number=str(row[2]))
    )
    with pytest.raises(DocumentRefused):
        await identity.register_real_name(citizen_actor(account.person_id), name, NOW)
    seen = await appointments.track(
        citizen_actor(account.person_id), made.reference, row[3][-4:], "192.0.2.1", NOW
    )
    assert seen.id == made.id


async def test_a_firm_gives_no_phone_to_who_is_registered_already() -> None:
    """Else a list of stolen numbers, with a phone of one's own, would take people over."""
    victim = RealName(name="张三", id_type="resident_id", id_number=new_resident_id())
    await identity.add_companion(await named(), victim, NOW)
    row = ("张三", "居民身份证", victim.id_number, new_phone())
    await booked_by_firm(row)
    account = await signed_in(row[3], NOW)
    with pytest.raises(DocumentRefused):
        await identity.register_real_name(citizen_actor(account.person_id), victim, NOW)


async def booked_by_family(
    *, mine: bool = False
) -> tuple[Actor, RealName, appointments.Appointment]:
    """An organiser, and the appointment of a companion whose record is theirs, or somebody's."""
    await open_hall()
    [first, _] = await slots()
    typed = RealName(name="李奶奶", id_type="resident_id", id_number=new_resident_id())
    organiser = await named(name="李小明")
    if not mine:
        await identity.add_companion(await named(name="李大明"), typed, NOW)
    person_id = await identity.add_companion(organiser, typed, NOW)
    visit = BookVisit(item_code=ITEM, slot_id=first.id, people=(person_id,), myself=False)
    [made] = await appointments.book_visit(organiser, visit, NOW)
    return organiser, typed, made


async def test_who_made_the_record_is_told() -> None:
    organiser, typed, made = await booked_by_family(mine=True)
    supervisor = staff_actor(new_id(), RoleAt(Role.SUPERVISOR))
    assert organiser.id is not None
    phone = new_phone()
    await identity.move_phone(supervisor, organiser.id, phone, NOW)
    vouch = appointments.vouched_by(made.reference)
    await identity.register_real_name(await signed_in_as_new(), typed, NOW, vouch)
    [event] = await leases.claim([identity.RECORD_JOINED], NOW, 10)
    await leases.consume(event, [notices.expand], NOW)
    [due] = await leases.claim([notices.Lane.SMS.topic], NOW, 10)
    dispatch = await notices.prepare(due, NOW)
    assert dispatch is not None
    assert dispatch.to == phone
    message = render(dispatch, NOW)
    assert "*奶" in message.text
    assert typed.name not in message.text
    assert notices.sms_parts(message.text) == 1


async def signed_in_as_new() -> Actor:
    return citizen_actor((await signed_in(new_phone(), NOW)).person_id)


async def test_the_reference_opens_what_the_family_made_and_keeps_the_rest_apart() -> None:
    organiser, typed, made = await booked_by_family(mine=True)
    account = await signed_in_as_new()
    vouch = appointments.vouched_by(made.reference.lower())
    me = citizen_actor(await identity.register_real_name(account, typed, NOW, vouch))
    assert me.id == made.person_id
    assert (await appointments.own(organiser, made.reference)).id == made.id
    [listed] = await identity.companions(organiser)
    assert listed.own_account
    [_, second] = await slots()
    another_day = (await slots(OVERMORROW))[0]
    own = await appointments.book(me, Book(item_code=OTHER_ITEM, slot_id=another_day.id), NOW)
    with pytest.raises(AppointmentUnknown):
        await appointments.own(organiser, own.reference)
    await appointments.cancel(me, own.reference, NOW)
    await appointments.reschedule(me, made.reference, second.id, NOW)
    assert made.party_id is not None
    for seen in (
        appointments.own(organiser, made.reference),
        appointments.cancel(organiser, made.reference, NOW),
        appointments.party(organiser, made.party_id),
    ):
        with pytest.raises(NotFound):
            await seen


@pytest.mark.parametrize("wrong", ["reference", "name", "of another", "none"])
async def test_an_id_number_alone_opens_nothing(wrong: str) -> None:
    _, typed, made = await booked_by_family(mine=wrong != "of another")
    reference = "K7M3X9AH4T" if wrong == "reference" else made.reference
    name = structs.replace(typed, name="李奶") if wrong == "name" else typed
    vouch = None if wrong == "none" else appointments.vouched_by(reference)
    with pytest.raises(DocumentRefused if wrong == "none" else JoiningRefused):
        await identity.register_real_name(await signed_in_as_new(), name, NOW, vouch)


@pytest.mark.parametrize("first", [True, False])
async def test_of_what_was_booked_by_telephone_only_the_first_opens(first: bool) -> None:
    """Anybody can call and have more booked for a number off a stolen list."""
    await open_hall()
    typed = RealName(name="赵老伯", id_type="resident_id", id_number=new_resident_id())
    register = RegisterByStaff(name=typed.name, id_type=typed.id_type, id_number=typed.id_number)
    person_id = (await identity.register_by_staff(CLERK, register, NOW)).person_id
    made = [
        await appointments.book(
            CLERK, Book(item_code=item, slot_id=slot.id, person_id=person_id), NOW
        )
        for item, slot in ((ITEM, (await slots())[0]), (OTHER_ITEM, (await slots(OVERMORROW))[0]))
    ]
    reference = made[0 if first else 1].reference
    joining = identity.register_real_name(
        await signed_in_as_new(), typed, NOW, appointments.vouched_by(reference)
    )
    if first:
        assert await joining == person_id
    else:
        with pytest.raises(JoiningRefused):
            await joining


async def test_a_seat_that_is_kept_goes_along() -> None:
    _, typed, made = await booked_by_family(mine=True)
    account = await signed_in_as_new()
    slot = (await slots(OVERMORROW))[0]
    kept = await held(account, slot.id, item_code=OTHER_ITEM)
    with pytest.raises(RealNameRequired):
        await appointments.book(account, Book(item_code=OTHER_ITEM, hold_id=kept.id), NOW)
    vouch = appointments.vouched_by(made.reference)
    me = citizen_actor(await identity.register_real_name(account, typed, NOW, vouch))
    done = await appointments.book(me, Book(item_code=OTHER_ITEM, hold_id=kept.id), NOW)
    assert done.slot_id == slot.id


async def test_who_is_booked_for_can_say_no_more_of_it() -> None:
    organiser, typed, _ = await booked_by_family(mine=True)
    person_id = (await identity.companions(organiser))[0].person_id
    person = citizen_actor(person_id)
    [booker] = await identity.bookers(person)
    assert (booker.name, booker.citizen_id) == ("**明", organiser.person_id())
    await identity.refuse_booker(person, booker.citizen_id, NOW)
    assert not await identity.companions(organiser)
    with pytest.raises(CompanionUnknown):
        await identity.require_companions(organiser, [person_id])
    with pytest.raises(CompanionRefused):
        await identity.add_companion(organiser, typed, NOW)
    await identity.allow_booker(person, booker.citizen_id, NOW)
    assert await identity.add_companion(organiser, typed, NOW) == person_id


async def test_a_record_that_nothing_belongs_to_goes_with_the_entry() -> None:
    organiser = await named()
    typed = RealName(name="李奶奶", id_type="resident_id", id_number=new_resident_id())
    person_id = await identity.add_companion(organiser, typed, NOW)
    await identity.remove_companion(organiser, person_id, NOW)
    account = await signed_in_as_new()
    assert await identity.register_real_name(account, typed, NOW) == account.person_id()


async def test_the_message_says_who_booked_and_the_organiser_reads_names() -> None:
    row = person()
    agent, made = await booked_by_firm(row)
    assert (await appointment_facts(made, made.person_id)).arranged_by == FIRM.name
    assert (await appointment_facts(made, agent.person_id())).visitor
    assert await appointments.names_for(agent, [made]) == {made.person_id: row[0]}
    stranger = citizen_actor(new_id())
    assert row[0] not in (await appointments.names_for(stranger, [made])).values()
