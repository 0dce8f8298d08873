"""A firm's group: nothing half-imported, everybody or nobody, one notice each."""

from datetime import timedelta
from uuid import UUID

import pytest

from services import appointments, identity
from services.appointments import (
    Arrangement,
    BookingChannel,
    Fault,
    GroupUnknown,
    HoldExpired,
    HoldUnknown,
    KeepList,
    MoveParty,
    Share,
    VisitDoesNotFit,
)
from services.identity import AddFirm, FirmUnknown
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import InvalidInput
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, OFFICE, booked, named, open_hall, seat_states, slots
from tests.lists import HEAD, Row, csv, people

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

CODE = "91350100M000100Y43"


async def agent() -> tuple[Actor, UUID]:
    """A citizen who acts for a firm."""
    citizen = await named()
    return citizen, await identity.add_firm(
        citizen, AddFirm(credit_code=CODE, name="东昌重工"), NOW
    )


async def kept(actor: Actor, firm_id: UUID, rows: list[Row]) -> UUID | tuple[Fault, ...]:
    read = appointments.read_list(csv(rows), NOW)
    command = KeepList(firm_id=firm_id, item_code=ITEM, office_code=OFFICE)
    return await appointments.keep_list(actor, command, read, NOW)


async def listed(actor: Actor, firm_id: UUID, number: int) -> UUID:
    found = await kept(actor, firm_id, people(number))
    assert isinstance(found, UUID)
    return found


async def test_a_firm_is_checked_and_kept_once() -> None:
    citizen, firm_id = await agent()
    again = AddFirm(credit_code=f" {CODE.lower()} ", name="东昌重工有限公司")
    assert await identity.add_firm(citizen, again, NOW) == firm_id
    assert (await identity.firm(citizen, firm_id)).name == "东昌重工有限公司"
    with pytest.raises(InvalidInput):
        await identity.add_firm(citizen, AddFirm(credit_code=CODE[:-1] + "Z", name="A"), NOW)
    with pytest.raises(FirmUnknown):
        await identity.firm(await named(), firm_id)


async def test_everybody_is_registered_booked_and_told() -> None:
    await open_hall(seats=3, kept_green_channel=2)
    [first, second] = await slots()
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 5)
    assert not await database.fetchval("SELECT count(*) FROM person WHERE id <> $1", citizen.id)
    made = await appointments.book_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)
    assert [one.slot_id for one in made] == [first.id] * 3 + [second.id] * 2
    assert {one.channel for one in made} == {BookingChannel.FIRM}
    assert [one.share for one in made].count(Share.GREEN_CHANNEL) == 4
    assert await appointments.told_phone(made[0].id) is not None
    assert await database.fetchval("SELECT count(*) FROM person WHERE phone IS NOT NULL") == 0
    [group] = await appointments.groups(citizen)
    assert (group.size, group.active) == (5, 5)
    assert not await appointments.coming(citizen, NOW)
    with pytest.raises(GroupUnknown):
        await appointments.book_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)


async def test_nobody_is_registered_where_not_everybody_fits() -> None:
    await open_hall(seats=2)
    [first, _] = await slots()
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 5)
    with pytest.raises(VisitDoesNotFit):
        await appointments.book_group(citizen, draft_id, first.id, Arrangement.APART, NOW)
    assert await database.fetchval("SELECT count(*) FROM person") == 1
    assert (await appointments.draft(citizen, draft_id, NOW)).members
    assert await seat_states(first.id) == ["free", "free"]


async def test_a_gap_is_no_matter_when_they_come_apart() -> None:
    await open_hall(seats=1, slot_minutes=40)
    [first, second, third] = await slots()
    await booked(await named(), second.id)
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 2)
    with pytest.raises(VisitDoesNotFit):
        await appointments.book_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)
    made = await appointments.book_group(citizen, draft_id, first.id, Arrangement.APART, NOW)
    assert [one.slot_id for one in made] == [first.id, third.id]


async def test_who_is_booked_or_called_differently_is_named_by_row() -> None:
    await open_hall(seats=5)
    [first, _] = await slots()
    citizen, firm_id = await agent()
    rows = people(3)
    draft_id = await kept(citizen, firm_id, rows)
    assert isinstance(draft_id, UUID)
    await appointments.book_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)
    renamed = ("赵六", *rows[2][1:])
    found = await kept(citizen, firm_id, [HEAD, rows[1], renamed])
    assert isinstance(found, tuple)
    assert [(one.row, one.column) for one in found] == [(2, "id_number"), (3, "id_number")]


async def test_a_list_is_ones_own_and_runs_out() -> None:
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 1)
    with pytest.raises(GroupUnknown):
        await appointments.draft(await named(), draft_id, NOW)
    with pytest.raises(GroupUnknown):
        await appointments.draft(citizen, draft_id, NOW + timedelta(hours=3))
    members = await database.fetchval("SELECT members FROM group_draft")
    assert "身份证".encode() not in members
    async with unit_of_work():
        assert await appointments.forget_drafts(NOW + timedelta(hours=3)) == 1


async def test_cancelling_the_group() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 3)
    made = await appointments.book_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)
    party_id = made[0].party_id
    assert party_id is not None
    await appointments.cancel(citizen, made[0].reference, NOW)
    assert len(await appointments.cancel_party(citizen, party_id, NOW)) == 2
    assert await seat_states(first.id) == ["free"] * 3


async def test_the_seats_of_a_list_are_kept_and_just_these_are_booked() -> None:
    await open_hall(seats=3, kept_green_channel=2)
    [first, second] = await slots()
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 5)
    before = await database.fetchval("SELECT count(*) FROM person")
    held = await appointments.hold_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)
    assert held.begins == (first.starts_at,) * 3 + (second.starts_at,) * 2
    assert await seat_states(first.id) == ["held"] * 3
    assert await database.fetchval("SELECT count(*) FROM person") == before
    other, other_firm = await agent()
    other_draft = await listed(other, other_firm, 2)
    with pytest.raises(VisitDoesNotFit):
        await appointments.hold_group(other, other_draft, first.id, Arrangement.APART, NOW)
    with pytest.raises(HoldUnknown):
        await appointments.book_held_group(other, other_draft, held.id, NOW)
    made = await appointments.book_held_group(citizen, draft_id, held.id, NOW)
    assert tuple(one.starts_at for one in made) == held.begins
    assert await seat_states(first.id) == ["booked"] * 3
    with pytest.raises(GroupUnknown):
        await appointments.book_held_group(citizen, draft_id, held.id, NOW)


async def test_a_list_stays_when_its_seats_have_run_out() -> None:
    await open_hall(seats=3)
    [first, _] = await slots()
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 4)
    held = await appointments.hold_group(citizen, draft_id, first.id, Arrangement.APART, NOW)
    with pytest.raises(HoldExpired):
        await appointments.book_held_group(citizen, draft_id, held.id, held.expires_at)
    assert (await appointments.draft(citizen, draft_id, NOW)).id == draft_id
    again = await appointments.hold_group(
        citizen, draft_id, first.id, Arrangement.APART, held.expires_at
    )
    assert again.id != held.id
    assert len(await appointments.book_held_group(citizen, draft_id, again.id, NOW)) == 4


async def test_a_group_is_moved_with_the_seats_of_the_green_channel() -> None:
    await open_hall(seats=5, kept_green_channel=4)
    [first, second] = await slots()
    citizen, firm_id = await agent()
    draft_id = await listed(citizen, firm_id, 4)
    await appointments.book_group(citizen, draft_id, first.id, Arrangement.TOGETHER, NOW)
    command = MoveParty(party_id=draft_id, slot_id=second.id)
    moved = await appointments.move_party(citizen, command, NOW)
    assert {(one.slot_id, one.share) for one in moved} == {(second.id, Share.GREEN_CHANNEL)}
    assert await seat_states(first.id) == ["free"] * 5
