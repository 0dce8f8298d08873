"""Staff look people up, open their data for a reason, and put accounts right."""

from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis
from stdnum.cn import ric

from services import identity
from services.identity import RegisterByStaff, Role
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import Forbidden, InvalidInput, NotSignedIn
from tests.people import (
    citizen_actor,
    enrolled_staff,
    named_person,
    new_phone,
    new_resident_id,
    signed_in,
    staff_actor,
)
from tests.web.visitor import Visitor

HALL = "dongchangfu"
CLERK = staff_actor(UUID(int=1), RoleAt(Role.CLERK, HALL))
SUPERVISOR = staff_actor(UUID(int=2), RoleAt(Role.SUPERVISOR, HALL))


async def at_work(client: httpx.AsyncClient, clock: FixedClock, role: Role) -> Visitor:
    account = await enrolled_staff(clock.now(), RoleAt(role, HALL))
    clock.moment = clock.moment.replace(minute=clock.moment.minute + 1)
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


def register(name: str = "张三", number: str = "", phone: str = "") -> RegisterByStaff:
    return RegisterByStaff(
        name=name, id_type="resident_id", id_number=number or new_resident_id(), phone=phone
    )


class TestPages:
    async def test_look_up_and_open_for_a_reason(
        self, client: httpx.AsyncClient, clock: FixedClock
    ) -> None:
        number = new_resident_id()
        who = await identity.register_by_staff(CLERK, register(number=number), clock.now())
        visitor = await at_work(client, clock, Role.CLERK)
        await visitor.get("/staff/people")
        document = {"id_type": "resident_id", "id_number": number}
        found = await visitor.post("/staff/people", **document)
        assert found.headers["location"] == f"/staff/people/{who.person_id}"
        page = await visitor.get(found.headers["location"])
        assert number not in page.text
        assert "/phone" not in page.text
        refused = await visitor.post(f"/staff/people/{who.person_id}/open", reason=" ")
        assert refused.status_code == 422
        opened = await visitor.post(f"/staff/people/{who.person_id}/open", reason="核对预约信息")
        assert number in opened.text
        assert opened.headers["cache-control"] == "no-store"

    async def test_the_person_sees_who_looked_and_why(
        self, client: httpx.AsyncClient, clock: FixedClock, redis: Redis
    ) -> None:
        phone = new_phone()
        person_id = await named_person(clock.now(), phone=phone)
        visitor = await at_work(client, clock, Role.CLERK)
        await visitor.get(f"/staff/people/{person_id}")
        await visitor.post(f"/staff/people/{person_id}/open", reason="核对预约信息")
        await redis.delete(*await redis.keys("limit:*"))
        await visitor.post("/sign-out")
        await visitor.sign_in(phone)
        page = await visitor.get("/my/access")
        assert "王敏" in page.text
        assert "核对预约信息" in page.text

    async def test_a_supervisor_moves_a_phone_and_replaces_a_document(
        self, client: httpx.AsyncClient, clock: FixedClock
    ) -> None:
        person_id = await named_person(clock.now())
        visitor = await at_work(client, clock, Role.SUPERVISOR)
        phone, number = new_phone(), new_resident_id()
        path = f"/staff/people/{person_id}"
        await visitor.get(path)
        assert (await visitor.post(f"{path}/phone", phone="1")).status_code == 422
        assert (await visitor.post(f"{path}/phone", phone=phone)).status_code == 303
        name = {"name": "张珊", "id_type": "resident_id"}
        replaced = await visitor.post(f"{path}/document", **name, id_number=number)
        assert replaced.status_code == 303
        contact = await identity.contact(person_id)
        assert (contact.name, contact.phone) == ("张珊", phone)

    async def test_nobody_and_nowhere(self, client: httpx.AsyncClient, clock: FixedClock) -> None:
        visitor = await at_work(client, clock, Role.CLERK)
        await visitor.get("/staff/people")
        unknown = {"id_type": "resident_id", "id_number": new_resident_id()}
        assert (await visitor.post("/staff/people", **unknown)).status_code == 404
        assert (await visitor.get(f"/staff/people/{UUID(int=5)}")).status_code == 404
        person_id = await named_person(clock.now())
        moved = await visitor.post(f"/staff/people/{person_id}/phone", phone=new_phone())
        assert moved.status_code == 403

    async def test_other_roles_have_no_business_here(
        self, client: httpx.AsyncClient, clock: FixedClock
    ) -> None:
        visitor = await at_work(client, clock, Role.AUDITOR)
        assert (await visitor.get("/staff/people")).status_code == 403


@pytest.mark.usefixtures("database", "redis")
class TestRegistering:
    async def test_the_same_document_is_the_same_person(self, clock: FixedClock) -> None:
        number = new_resident_id()
        first = await identity.register_by_staff(CLERK, register(number=number), clock.now())
        again = await identity.register_by_staff(
            CLERK, register(number=number, phone=new_phone()), clock.now()
        )
        assert first.person_id == again.person_id
        assert (await identity.contact(first.person_id)).phone is None
        with pytest.raises(identity.NameDiffers):
            await identity.register_by_staff(CLERK, register("李四", number), clock.now())

    async def test_an_account_without_a_name_becomes_theirs(self, clock: FixedClock) -> None:
        phone = new_phone()
        person = await signed_in(phone, clock.now())
        registered = await identity.register_by_staff(CLERK, register(phone=phone), clock.now())
        assert registered.person_id == person.person_id
        with pytest.raises(identity.PhoneTaken):
            await identity.register_by_staff(CLERK, register(phone=phone), clock.now())

    async def test_an_unknown_division_is_a_warning(self, clock: FixedClock) -> None:
        body = "37999919600315001"
        number = body + ric.calc_check_digit(body + "0")
        registered = await identity.register_by_staff(CLERK, register(number=number), clock.now())
        assert len(registered.warnings) == 1
        usual = await identity.register_by_staff(CLERK, register(), clock.now())
        assert usual.warnings == ()

    async def test_every_wrong_field_is_named(self, clock: FixedClock) -> None:
        with pytest.raises(InvalidInput) as caught:
            await identity.register_by_staff(CLERK, register("", "1", "2"), clock.now())
        assert [error.field for error in caught.value.errors] == ["name", "id_number", "phone"]

    async def test_citizens_register_nobody_and_open_nobody(self, clock: FixedClock) -> None:
        citizen = citizen_actor(UUID(int=7))
        with pytest.raises(NotSignedIn):
            await identity.register_by_staff(citizen, register(), clock.now())
        with pytest.raises(NotSignedIn):
            await identity.reveal(citizen, UUID(int=7), "curiosity", clock.now())


@pytest.mark.usefixtures("database", "redis")
class TestCorrections:
    async def test_a_nameless_account_gives_way_to_the_phones_owner(
        self, clock: FixedClock
    ) -> None:
        person_id = await named_person(clock.now())
        phone = new_phone()
        made_meanwhile = await signed_in(phone, clock.now())
        await identity.create_token(citizen_actor(made_meanwhile.person_id), "x", clock.now())
        await identity.move_phone(SUPERVISOR, person_id, phone, clock.now())
        assert (await identity.contact(person_id)).phone == phone
        assert await identity.session_facts(made_meanwhile.session_id, clock.now()) is None

    async def test_an_account_with_a_name_does_not(self, clock: FixedClock) -> None:
        person_id = await named_person(clock.now())
        phone = new_phone()
        await named_person(clock.now(), phone=phone)
        with pytest.raises(identity.PhoneTaken):
            await identity.move_phone(SUPERVISOR, person_id, phone, clock.now())

    async def test_a_document_of_somebody_else_stays_theirs(self, clock: FixedClock) -> None:
        number = new_resident_id()
        await identity.register_by_staff(CLERK, register(number=number), clock.now())
        person_id = await named_person(clock.now())
        name = identity.RealName(name="张三", id_type="resident_id", id_number=number)
        with pytest.raises(identity.IdNumberTaken):
            await identity.replace_document(SUPERVISOR, person_id, name, clock.now())
        with pytest.raises(Forbidden):
            await identity.replace_document(CLERK, person_id, name, clock.now())
