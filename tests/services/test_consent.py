"""Whoever has an account agrees before others book for them; nobody is found out."""

from uuid import UUID

import pytest

from services import appointments, identity, notices
from services.appointments import BookVisit, SomebodyBooked
from services.identity import CompanionRefused, CompanionUnknown, DocumentRefused, RealName, Role
from services.kernel import leases
from services.kernel.actor import Actor, RoleAt
from services.kernel.errors import RateLimited
from services.kernel.ids import new_id
from tests.bookings import ITEM, NOW, booked, named, open_hall, slots
from tests.people import citizen_actor, new_phone, new_resident_id, signed_in, staff_actor
from workers.rendering import render

pytestmark = pytest.mark.usefixtures("catalogue", "redis")


async def with_account() -> tuple[Actor, RealName, str]:
    """Somebody who has signed in, their name and document, and their phone."""
    phone = new_phone()
    me = citizen_actor((await signed_in(phone, NOW)).person_id)
    typed = RealName(name="李奶奶", id_type="resident_id", id_number=new_resident_id())
    await identity.register_real_name(me, typed, NOW)
    return me, typed, phone


def alone(person_id: UUID, slot_id: UUID) -> BookVisit:
    return BookVisit(item_code=ITEM, slot_id=slot_id, people=(person_id,), myself=False)


async def test_nothing_can_be_booked_until_they_agree() -> None:
    await open_hall()
    [first, _] = await slots()
    person, typed, _ = await with_account()
    stranger = await named(name="孙某某")
    person_id = await identity.add_companion(stranger, typed, NOW)
    [listed] = await identity.companions(stranger)
    assert listed.waits
    with pytest.raises(CompanionUnknown):
        await appointments.book_visit(stranger, alone(person_id, first.id), NOW)
    await identity.agree_to_booker(person, stranger.person_id(), NOW)
    [made] = await appointments.book_visit(stranger, alone(person_id, first.id), NOW)
    assert made.person_id == person.person_id()
    with pytest.raises(CompanionUnknown):
        await identity.agree_to_booker(person, stranger.person_id(), NOW)
    await identity.refuse_booker(person, stranger.person_id(), NOW)
    with pytest.raises(CompanionUnknown):
        await identity.agree_to_booker(person, stranger.person_id(), NOW)


@pytest.mark.parametrize("still", [True, False])
async def test_they_are_told_when_asked(still: bool) -> None:
    _, typed, phone = await with_account()
    stranger = await named(name="孙某某")
    person_id = await identity.add_companion(stranger, typed, NOW)
    [event] = await leases.claim([identity.COMPANION_ASKED], NOW, 10)
    await leases.consume(event, [notices.expand], NOW)
    if not still:
        await identity.remove_companion(stranger, person_id, NOW)
    [due] = await leases.claim([notices.Lane.SMS.topic], NOW, 10)
    dispatch = await notices.prepare(due, NOW)
    assert (dispatch is not None) is still
    if dispatch:
        assert dispatch.to == phone
        message = render(dispatch, NOW)
        assert "某某" not in message.text
        assert notices.sms_parts(message.text) == 1


async def test_the_same_person_is_not_asked_over_and_over() -> None:
    _, typed, _ = await with_account()
    stranger = await named()
    for _ in range(3):
        person_id = await identity.add_companion(stranger, typed, NOW)
        await identity.remove_companion(stranger, person_id, NOW)
    with pytest.raises(RateLimited):
        await identity.add_companion(stranger, typed, NOW)
    assert not await identity.companions(stranger)


async def test_a_record_that_gets_an_account_is_asked_from_then_on() -> None:
    organiser = await named()
    typed = RealName(name="李奶奶", id_type="resident_id", id_number=new_resident_id())
    person_id = await identity.add_companion(organiser, typed, NOW)
    assert not (await identity.companions(organiser))[0].waits
    supervisor = staff_actor(new_id(), RoleAt(Role.SUPERVISOR))
    await identity.move_phone(supervisor, person_id, new_phone(), NOW)
    assert (await identity.companions(organiser))[0].waits


async def test_a_wrong_name_and_a_refusal_are_one_answer() -> None:
    person, typed, _ = await with_account()
    stranger = await named()
    await identity.add_companion(stranger, typed, NOW)
    await identity.refuse_booker(person, stranger.person_id(), NOW)
    other = RealName(name="李奶", id_type=typed.id_type, id_number=typed.id_number)
    for details in (typed, other):
        with pytest.raises(CompanionRefused):
            await identity.add_companion(stranger, details, NOW)
    with pytest.raises(DocumentRefused) as caught:
        account = citizen_actor((await signed_in(new_phone(), NOW)).person_id)
        await identity.register_real_name(account, typed, NOW)
    assert not caught.value.data


async def test_what_a_companion_has_booked_is_not_told_to_who_books_for_them() -> None:
    await open_hall(seats=3)
    [first, second] = await slots()
    person, typed, _ = await with_account()
    organiser = await named()
    person_id = await identity.add_companion(organiser, typed, NOW)
    await identity.agree_to_booker(person, organiser.person_id(), NOW)
    await booked(person, first.id)
    with pytest.raises(SomebodyBooked) as caught:
        await appointments.book_visit(organiser, alone(person_id, second.id), NOW)
    assert not caught.value.data
