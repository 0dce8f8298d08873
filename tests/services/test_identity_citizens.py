from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from services import audit, identity
from services.identity import (
    ChangePhone,
    Details,
    DocumentRefused,
    RealName,
    RequestCode,
    SignIn,
    SignInCodeRefused,
)
from services.kernel import database as kernel_database
from services.kernel.clock import FixedClock
from services.kernel.errors import InvalidInput, NotFound, RateLimited, Unavailable
from services.kernel.ids import new_id
from tests.people import (
    ADDRESS,
    DEVICE,
    ask_for_code,
    citizen_actor,
    named_person,
    new_phone,
    new_resident_id,
    signed_in,
)

pytestmark = pytest.mark.usefixtures("database", "redis")
MINUTE = timedelta(minutes=1)


def attempt(code_id: UUID, code: str) -> SignIn:
    return SignIn(code_id=code_id, code=code, address=ADDRESS, device=DEVICE)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


class TestSignIn:
    async def test_the_first_time_makes_the_account_and_later_times_find_it(
        self, clock: FixedClock, redis: "Redis"
    ) -> None:
        phone = new_phone()
        first = await signed_in(phone, clock.now())
        await redis.flushall()
        again = await signed_in(f"+86 {phone}", clock.now())
        assert first.person_id == again.person_id
        assert first.session_id != again.session_id

    async def test_a_code_works_once(self, clock: FixedClock) -> None:
        code_id, code = await ask_for_code(new_phone(), clock.now())
        await identity.sign_in(attempt(code_id, code), clock.now())
        with pytest.raises(SignInCodeRefused):
            await identity.sign_in(attempt(code_id, code), clock.now())
        assert await identity.sign_in_message(code_id) is None

    async def test_a_code_lasts_five_minutes(self, clock: FixedClock) -> None:
        code_id, code = await ask_for_code(new_phone(), clock.now())
        with pytest.raises(SignInCodeRefused):
            await identity.sign_in(attempt(code_id, code), clock.now() + 5 * MINUTE)
        just_in_time = clock.now() + 5 * MINUTE - timedelta(seconds=1)
        await identity.sign_in(attempt(code_id, code), just_in_time)

    async def test_five_wrong_tries_spoil_a_code(self, clock: FixedClock) -> None:
        code_id, code = await ask_for_code(new_phone(), clock.now())
        for _ in range(5):
            with pytest.raises(SignInCodeRefused):
                await identity.sign_in(attempt(code_id, wrong(code)), clock.now())
        with pytest.raises(SignInCodeRefused):
            await identity.sign_in(attempt(code_id, code), clock.now())

    async def test_four_wrong_tries_do_not(self, clock: FixedClock) -> None:
        code_id, code = await ask_for_code(new_phone(), clock.now())
        for _ in range(4):
            with pytest.raises(SignInCodeRefused):
                await identity.sign_in(attempt(code_id, wrong(code)), clock.now())
        await identity.sign_in(attempt(code_id, f" {code[:3]} {code[3:]}"), clock.now())

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "\ud800" * 6, "١٢٣٤٥٦"])
    async def test_what_is_no_code_is_refused(self, clock: FixedClock, code: str) -> None:
        code_id, _ = await ask_for_code(new_phone(), clock.now())
        with pytest.raises(SignInCodeRefused):
            await identity.sign_in(attempt(code_id, code), clock.now())

    async def test_an_unknown_key_is_refused_alike(self, clock: FixedClock) -> None:
        with pytest.raises(SignInCodeRefused):
            await identity.sign_in(attempt(new_id(), "123456"), clock.now())

    async def test_the_newest_code_of_a_phone_is_found(
        self, clock: FixedClock, redis: "Redis"
    ) -> None:
        phone = new_phone()
        await ask_for_code(phone, clock.now())
        await redis.flushall()
        newer, _ = await ask_for_code(phone, clock.now())
        assert await identity.newest_code(phone) == newer
        assert isinstance(await identity.newest_code(new_phone()), UUID)

    async def test_one_code_a_minute_and_phone(self, clock: FixedClock) -> None:
        phone = new_phone()
        await ask_for_code(phone, clock.now())
        with pytest.raises(RateLimited) as caught:
            await ask_for_code(phone, clock.now())
        assert 0 < caught.value.retry_after <= 60

    async def test_an_address_has_a_limit_of_its_own(self, clock: FixedClock) -> None:
        with pytest.raises(RateLimited):
            for _ in range(61):
                await ask_for_code(new_phone(), clock.now())

    async def test_without_redis_nobody_is_let_try(
        self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.kernel.limits.redis", lambda: Redis(port=1))
        with pytest.raises(Unavailable):
            await ask_for_code(new_phone(), clock.now())

    async def test_the_event_holds_the_key_alone(
        self, clock: FixedClock, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        code_id, _ = await ask_for_code(new_phone(), clock.now())
        payload = await database.fetchval(
            "SELECT payload::text FROM outbox_event WHERE topic = $1", identity.CODE_REQUESTED
        )
        assert payload == f'{{"code_id": "{code_id}"}}'


class TestRealName:
    async def test_a_name_and_a_document_are_kept_sealed_and_shown_masked(
        self, clock: FixedClock, database: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        person_id = (await signed_in(new_phone(), clock.now())).person_id
        name = RealName(name="张三丰", id_type="resident_id", id_number=new_resident_id())
        await identity.register_real_name(citizen_actor(person_id), name, clock.now())
        shown = await identity.person(person_id)
        assert shown.name == "**丰"
        assert shown.id_number is not None
        assert shown.id_number.startswith("3715**")
        assert shown.real_name
        await identity.require_real_name(person_id)
        stored = await database.fetchrow("SELECT * FROM person WHERE id = $1", person_id)
        assert stored is not None
        for plain in (name.name, name.id_number):
            assert all(plain.encode() not in value for value in stored if isinstance(value, bytes))

    async def test_every_wrong_field_is_named(self, clock: FixedClock) -> None:
        person_id = (await signed_in(new_phone(), clock.now())).person_id
        with pytest.raises(InvalidInput) as caught:
            await identity.register_real_name(
                citizen_actor(person_id), RealName(name="", id_type="x", id_number=""), clock.now()
            )
        assert [error.field for error in caught.value.errors] == ["name", "id_type"]

    async def test_a_document_on_another_account_says_nothing_of_it(
        self, clock: FixedClock
    ) -> None:
        number, phone = new_resident_id(), new_phone()
        name = RealName(name="张三", id_type="resident_id", id_number=number)
        first = await signed_in(phone, clock.now())
        await identity.register_real_name(citizen_actor(first.person_id), name, clock.now())
        second = await signed_in(new_phone(), clock.now())
        with pytest.raises(DocumentRefused) as caught:
            await identity.register_real_name(citizen_actor(second.person_id), name, clock.now())
        assert not caught.value.data

    async def test_the_name_may_be_corrected_but_not_the_document(self, clock: FixedClock) -> None:
        person_id = await named_person(clock.now(), name="张山")
        actor = citizen_actor(person_id)
        masked = (await identity.person(person_id)).id_number or ""
        await identity.register_real_name(
            actor, RealName(name="张三", id_type="resident_id", id_number=masked), clock.now()
        )
        assert (await identity.contact(person_id)).name == "张三"
        with pytest.raises(identity.RealNameFixed):
            await identity.register_real_name(
                actor,
                RealName(name="张三", id_type="resident_id", id_number=new_resident_id()),
                clock.now(),
            )
        actions = [entry.action for entry in await audit.about("person", person_id)]
        assert "identity.name_corrected" in actions

    async def test_a_person_without_a_real_name_is_told_so(self, clock: FixedClock) -> None:
        person = await signed_in(new_phone(), clock.now())
        with pytest.raises(identity.RealNameRequired):
            await identity.require_real_name(person.person_id)


class TestDetails:
    async def test_email_and_language(self, clock: FixedClock) -> None:
        person_id = (await signed_in(new_phone(), clock.now())).person_id
        actor = citizen_actor(person_id)
        await identity.save_details(
            actor, Details(email="Li@Example.com", language="en"), clock.now()
        )
        contact = await identity.contact(person_id)
        assert (contact.email, contact.language) == ("Li@example.com", "en")
        await identity.save_details(actor, Details(email=" ", language="en"), clock.now())
        assert (await identity.contact(person_id)).email is None

    async def test_wrong_details_change_nothing(self, clock: FixedClock) -> None:
        person_id = (await signed_in(new_phone(), clock.now())).person_id
        actor = citizen_actor(person_id)
        for details in (Details(email="li", language="en"), Details(email="", language="fr")):
            with pytest.raises(InvalidInput):
                await identity.save_details(actor, details, clock.now())
        assert (await identity.contact(person_id)).language == "zh_CN"

    async def test_lists_show_masked_names(self, clock: FixedClock) -> None:
        person_id = await named_person(clock.now(), name="欧阳娜娜")
        nameless = (await signed_in(new_phone(), clock.now())).person_id
        assert await identity.display_names([person_id, nameless]) == {person_id: "***娜"}

    async def test_an_unknown_person(self) -> None:
        with pytest.raises(NotFound):
            await identity.person(new_id())
        with pytest.raises(NotFound):
            await identity.contact(new_id())


class TestChangePhone:
    async def request(self, person_id: UUID, phone: str, clock: FixedClock) -> tuple[UUID, str]:
        sent = await identity.request_phone_code(
            citizen_actor(person_id),
            RequestCode(phone=phone, address=ADDRESS, language="zh_CN"),
            clock.now(),
        )
        message = await identity.sign_in_message(sent.id)
        assert message is not None
        return sent.id, message.code

    async def test_the_new_phone_replaces_the_old_and_ends_everything_else(
        self, clock: FixedClock, redis: "Redis"
    ) -> None:
        old, new = new_phone(), new_phone()
        here = await signed_in(old, clock.now())
        await redis.flushall()
        elsewhere = await signed_in(old, clock.now())
        actor = citizen_actor(here.person_id)
        token = await identity.create_token(actor, "script", clock.now())
        code_id, code = await self.request(here.person_id, new, clock)
        await identity.change_phone(
            actor,
            ChangePhone(code_id=code_id, code=code, keep_session=here.session_id),
            clock.now(),
        )
        assert (await identity.contact(here.person_id)).phone == new
        assert await identity.session_facts(here.session_id, clock.now())
        assert await identity.session_facts(elsewhere.session_id, clock.now()) is None
        assert await identity.authenticate_token(token.token, clock.now()) is None

    async def test_a_phone_of_somebody_else_stays_theirs(
        self, clock: FixedClock, redis: "Redis"
    ) -> None:
        taken = new_phone()
        other = await signed_in(taken, clock.now())
        await redis.flushall()
        person = await signed_in(new_phone(), clock.now())
        code_id, code = await self.request(person.person_id, taken, clock)
        with pytest.raises(identity.PhoneTaken):
            await identity.change_phone(
                citizen_actor(person.person_id),
                ChangePhone(code_id=code_id, code=code, keep_session=None),
                clock.now(),
            )
        assert (await identity.contact(other.person_id)).phone == taken

    async def test_codes_are_good_for_their_purpose_and_person_only(
        self, clock: FixedClock, redis: "Redis"
    ) -> None:
        person = await signed_in(new_phone(), clock.now())
        thief = await signed_in(new_phone(), clock.now())
        phone = new_phone()
        code_id, code = await self.request(person.person_id, phone, clock)
        with pytest.raises(SignInCodeRefused):
            await identity.sign_in(attempt(code_id, code), clock.now())
        with pytest.raises(SignInCodeRefused):
            await identity.change_phone(
                citizen_actor(thief.person_id),
                ChangePhone(code_id=code_id, code=code, keep_session=None),
                clock.now(),
            )
        await redis.flushall()
        sign_in_id, sign_in_code = await ask_for_code(phone, clock.now())
        with pytest.raises(SignInCodeRefused):
            await identity.change_phone(
                citizen_actor(person.person_id),
                ChangePhone(code_id=sign_in_id, code=sign_in_code, keep_session=None),
                clock.now(),
            )


async def test_what_is_over_is_forgotten(clock: FixedClock) -> None:
    person = await signed_in(new_phone(), clock.now())
    await ask_for_code(new_phone(), clock.now())
    await identity.create_token(citizen_actor(person.person_id), "script", clock.now())
    assert await identity.purge(clock.now() + timedelta(hours=1)) == 0
    assert await identity.purge(clock.now() + timedelta(days=400)) == 4
    assert await kernel_database.fetchval("SELECT count(*) FROM sign_in_session") == 0
