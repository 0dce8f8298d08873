"""Whoever a firm booked takes over what was made for them, with the phone that the firm gave."""

from uuid import UUID

import pytest

from services import appointments, identity
from services.appointments import Arrangement, KeepList
from services.appointments.booking.errors import AppointmentUnknown
from services.identity import AddFirm, IdNumberTaken, RealName, RegisteredByOther
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.ids import new_id
from services.notices.facts import appointment_facts
from tests.bookings import ITEM, NOW, OFFICE, named, open_hall, slots
from tests.lists import HEAD, Row, csv, person
from tests.people import citizen_actor, new_phone, new_resident_id, signed_in

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

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
    with pytest.raises(RegisteredByOther):
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
    with pytest.raises(IdNumberTaken):
        await identity.register_real_name(citizen_actor(account.person_id), victim, NOW)


async def test_the_message_says_who_booked_and_the_organiser_reads_names() -> None:
    row = person()
    agent, made = await booked_by_firm(row)
    assert (await appointment_facts(made, made.person_id)).arranged_by == FIRM.name
    assert (await appointment_facts(made, agent.person_id())).visitor
    assert await appointments.names_for(agent, [made]) == {made.person_id: row[0]}
    stranger = citizen_actor(new_id())
    assert row[0] not in (await appointments.names_for(stranger, [made])).values()
