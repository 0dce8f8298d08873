"""Citizens sign in and out on the pages; every way that must not work does not."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from services import identity
from services.kernel import database as kernel_database
from services.kernel.clock import FixedClock
from tests.people import citizen_actor, new_phone
from tests.web.visitor import Visitor, newest_code


@pytest.fixture
def visitor(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    return Visitor(client, clock)


@pytest.fixture
async def other(
    app: Litestar, clock: FixedClock, client: httpx.AsyncClient
) -> AsyncIterator[Visitor]:
    """Somebody else, with cookies of their own."""
    del client  # after its database and Redis
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # as in conftest
    async with httpx.AsyncClient(transport=transport, base_url="http://hall.test") as theirs:
        yield Visitor(theirs, clock)


class TestSignIn:
    async def test_phone_then_code_then_where_one_wanted_to_go(self, visitor: Visitor) -> None:
        page = await visitor.sign_in(new_phone(), where="/my/access")
        assert page.url.path == "/my/access"

    async def test_a_page_for_citizens_leads_there_and_back(self, visitor: Visitor) -> None:
        page = await visitor.get("/my/profile", x="1")
        assert page.url.path == "/sign-in"
        assert page.url.params["next"] == "/my/profile?x=1"

    async def test_what_was_typed_stays(self, visitor: Visitor) -> None:
        await visitor.get("/sign-in")
        answer = await visitor.post("/sign-in", phone="1381234", next="/my/access")
        assert answer.status_code == 422
        assert 'value="1381234"' in answer.text
        assert 'value="/my/access"' in answer.text
        assert "请输入 11 位内地手机号" in answer.text

    async def test_a_known_and_an_unknown_phone_look_the_same(
        self, visitor: Visitor, redis: Redis
    ) -> None:
        phone = new_phone()
        await visitor.sign_in(phone)
        await visitor.post("/sign-out")
        await redis.flushall()
        answers = []
        for each in (phone, new_phone()):
            await visitor.get("/sign-in")
            answer = await visitor.post("/sign-in", phone=each)
            answers.append((answer.status_code, answer.headers["location"], answer.text))
        assert answers[0] == answers[1]

    async def test_the_wait_is_told(self, visitor: Visitor) -> None:
        phone = new_phone()
        await visitor.ask_for_code(phone)
        await visitor.get("/sign-in")
        answer = await visitor.post("/sign-in", phone=phone)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 60
        assert f'value="{phone}"' in answer.text

    async def test_a_new_code_goes_to_the_same_phone(self, visitor: Visitor, redis: Redis) -> None:
        first = await visitor.ask_for_code(new_phone())
        early = await visitor.post("/sign-in/resend")
        assert early.status_code == 429
        await redis.delete(*await redis.keys("limit:*"))
        answer = await visitor.post("/sign-in/resend")
        assert answer.headers["location"] == "/sign-in/code"
        assert await visitor.post("/sign-in/code", code=await newest_code())
        del first
        page = await visitor.get("/my/profile")
        assert page.url.path == "/my/profile"

    async def test_wrong_expired_and_used_codes(
        self, visitor: Visitor, other: Visitor, clock: FixedClock
    ) -> None:
        code = await visitor.ask_for_code(new_phone())
        wrong = await visitor.post("/sign-in/code", code="x")
        assert wrong.status_code == 422
        clock.moment += timedelta(minutes=6)
        expired = await visitor.post("/sign-in/code", code=code)
        assert expired.status_code == 422
        code = await other.ask_for_code(new_phone())
        assert (await other.post("/sign-in/code", code=code)).status_code == 303
        again = await other.post("/sign-in/code", code=code)
        assert again.headers["location"].startswith("/sign-in")

    async def test_five_wrong_tries(self, visitor: Visitor) -> None:
        code = await visitor.ask_for_code(new_phone())
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        for _ in range(5):
            assert (await visitor.post("/sign-in/code", code=wrong)).status_code == 422
        assert (await visitor.post("/sign-in/code", code=code)).status_code == 422

    @pytest.mark.parametrize(
        "where",
        [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "/%0d%0aSet-Cookie:x=1\r\n",
            "/\t/evil.example",
            "evil.example",
        ],
    )
    async def test_nobody_is_led_elsewhere(self, visitor: Visitor, where: str) -> None:
        code = await visitor.ask_for_code(new_phone(), where)
        answer = await visitor.post("/sign-in/code", code=code)
        assert answer.headers["location"] == "/my"

    async def test_signing_out(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        cookie = visitor.cookie
        answer = await visitor.post("/sign-out")
        assert answer.status_code == 303
        assert visitor.cookie is None
        visitor.client.cookies.set("session", cookie or "")
        page = await visitor.get("/my/profile")
        assert page.url.path == "/sign-in"


class TestSessions:
    async def test_an_id_that_was_not_issued_here_is_nobodys(
        self, visitor: Visitor, redis: Redis
    ) -> None:
        planted = "a" * 64
        visitor.client.cookies.set("session", planted, domain="hall.test")
        await visitor.sign_in(new_phone())
        assert visitor.cookie != planted
        assert not [key for key in await redis.keys("*") if planted.encode() in key]

    async def test_the_id_changes_with_what_the_session_may_do(self, visitor: Visitor) -> None:
        await visitor.ask_for_code(new_phone())
        before = visitor.cookie
        await visitor.post("/sign-in/code", code=await newest_code())
        after = visitor.cookie
        assert before
        assert after
        assert before != after
        visitor.client.cookies.set("session", before)
        page = await visitor.get("/my/profile")
        assert page.url.path == "/sign-in"

    @pytest.mark.parametrize("cookie", ["", "null", "x", "A" * 64, "é" * 64, "0" * 4000])
    async def test_forged_cookies_are_no_cookies(self, visitor: Visitor, cookie: str) -> None:
        header = {"cookie": f"session={cookie}".encode()}
        answer = await visitor.client.get("/my/profile", headers=header)  # type: ignore[arg-type]  # bytes, as a forger would send
        assert answer.status_code == 303
        assert "session=" not in answer.headers.get("set-cookie", "")

    async def test_signed_out_elsewhere_is_signed_out_here(
        self, visitor: Visitor, other: Visitor, redis: Redis, clock: FixedClock
    ) -> None:
        phone = new_phone()
        await visitor.sign_in(phone)
        await redis.delete(*await redis.keys("limit:*"))
        await other.sign_in(phone)
        page = await other.get("/my/access")
        assert page.text.count("/end") >= 1
        assert (await other.post("/my/access/sessions/end-others")).status_code == 303
        assert (await visitor.get("/my/profile")).url.path == "/sign-in"
        assert (await other.get("/my/profile")).url.path == "/my/profile"
        del clock

    async def test_a_session_has_an_end(self, visitor: Visitor, clock: FixedClock) -> None:
        await visitor.sign_in(new_phone())
        for _ in range(4):
            clock.moment += timedelta(days=6)
            assert (await visitor.get("/my/profile")).url.path == "/my/profile"
        clock.moment += timedelta(days=6, minutes=1)
        assert (await visitor.get("/my/profile")).url.path == "/sign-in"

    async def test_an_unused_session_ends_sooner(self, visitor: Visitor, clock: FixedClock) -> None:
        await visitor.sign_in(new_phone())
        clock.moment += timedelta(days=7, minutes=1)
        assert (await visitor.get("/my/profile")).url.path == "/sign-in"

    async def test_without_redis_the_answer_is_503_and_the_cookie_stays(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await visitor.sign_in(new_phone())
        cookie = visitor.cookie
        with monkeypatch.context() as away:
            away.setattr("web.common.sessions.redis", lambda: Redis(port=1))
            answer = await visitor.client.get("/my/profile")
            assert answer.status_code == 503
            assert "set-cookie" not in answer.headers
            form = await visitor.post("/my/profile", email="", language="en")
            assert form.status_code == 503
        assert visitor.cookie == cookie
        assert (await visitor.get("/my/profile")).url.path == "/my/profile"

    async def test_without_redis_a_visitor_without_a_cookie_still_reads(
        self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("web.common.sessions.redis", lambda: Redis(port=1))
        assert (await visitor.client.get("/sign-in")).status_code == 200

    async def test_the_cookie_is_well_protected(self, visitor: Visitor) -> None:
        await visitor.get("/sign-in")
        answer = await visitor.post("/sign-in", phone=new_phone())
        [cookie] = [
            header
            for header in answer.headers.get_list("set-cookie")
            if header.startswith("session=")
        ]
        attributes = cookie.lower()
        assert "httponly" in attributes
        assert "samesite=lax" in attributes
        assert "path=/" in attributes
        assert "domain" not in attributes


class TestForgedRequests:
    async def test_without_a_token(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        answer = await visitor.client.post("/my/profile", data={"language": "en"})
        assert answer.status_code == 403
        assert (await visitor.get("/my/profile")).status_code == 200

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "x",
            "0" * 128,
            "é" * 128,
            "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        ],
    )
    async def test_with_a_made_up_token(self, visitor: Visitor, token: str) -> None:
        await visitor.sign_in(new_phone())
        visitor.token = token
        answer = await visitor.post("/my/profile", language="en")
        assert answer.status_code == 403

    async def test_with_a_made_up_pair(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        forged = "0" * 128
        visitor.client.cookies.delete("csrf")
        visitor.client.cookies.set("csrf", forged)
        visitor.token = forged
        assert (await visitor.post("/my/profile", language="en")).status_code == 403

    async def test_a_forged_cookie_is_replaced_by_the_next_page(self, visitor: Visitor) -> None:
        visitor.client.cookies.set("csrf", "0" * 128)
        answer = await visitor.client.get("/sign-in")
        assert "csrf=" in answer.headers["set-cookie"]

    async def test_with_a_file_for_a_token(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        answer = await visitor.client.post(
            "/my/profile", files={"_csrf_token": ("t", visitor.token)}
        )
        assert answer.status_code == 403

    async def test_htmx_sends_it_in_a_header(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        answer = await visitor.client.post(
            "/my/profile",
            data={"email": "", "language": "en"},
            headers={"X-CSRFToken": visitor.token},
        )
        assert answer.status_code == 303


class TestProfile:
    async def test_a_real_name_leads_back_to_where_it_was_needed(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        await visitor.get("/my/profile", next="/my/access")
        wrong = await visitor.post(
            "/my/profile",
            name="李娜",
            id_type="resident_id",
            id_number="110105194912310021",
            next="/my/access",
        )
        assert wrong.status_code == 422
        assert 'value="李娜"' in wrong.text
        assert 'value="110105194912310021"' in wrong.text
        saved = await visitor.post(
            "/my/profile",
            name="李娜",
            id_type="resident_id",
            id_number="11010519491231002x",
            next="/my/access",
        )
        assert saved.headers["location"] == "/my/access"
        page = await visitor.get("/my/profile")
        assert "11010519491231002X" not in page.text
        assert "1101************2X" in page.text

    async def test_the_phone_changes_and_others_are_signed_out(
        self, visitor: Visitor, other: Visitor, redis: Redis
    ) -> None:
        old, new = new_phone(), new_phone()
        await visitor.sign_in(old)
        await redis.delete(*await redis.keys("limit:*"))
        await other.sign_in(old)
        await visitor.get("/my/profile/phone")
        answer = await visitor.post("/my/profile/phone", phone=new)
        await visitor.get(answer.headers["location"])
        code = await newest_code()
        done = await visitor.post("/my/profile/phone/code", code=code)
        assert done.headers["location"] == "/my/profile"
        assert f"{new[:3]}****{new[-4:]}" in (await visitor.get("/my/profile")).text
        assert (await other.get("/my/profile")).url.path == "/sign-in"


class TestAccess:
    async def test_a_token_is_shown_once_works_and_can_be_revoked(
        self, visitor: Visitor, other: Visitor
    ) -> None:
        await visitor.sign_in(new_phone())
        await visitor.get("/my/access")
        made = await visitor.post("/my/access/tokens", label="我的脚本")
        assert made.status_code == 200
        token = made.text.split('<code class="secret">')[1].split("<")[0]
        bearer = {"Authorization": f"Bearer {token}"}
        assert (await other.client.get("/api/v1/me", headers=bearer)).status_code == 200
        page = await visitor.get("/my/access")
        assert token not in page.text
        assert token[:10] in page.text
        path = page.text.split('action="/my/access/tokens/')[1].split('"')[0]
        revoked = await visitor.post(f"/my/access/tokens/{path}")
        assert revoked.status_code == 303
        assert (await other.client.get("/api/v1/me", headers=bearer)).status_code == 401

    async def test_other_peoples_tokens_and_sessions_do_not_exist(
        self, visitor: Visitor, other: Visitor, clock: FixedClock
    ) -> None:
        await visitor.sign_in(new_phone())
        await other.sign_in(new_phone())
        person_id = await kernel_database.fetchval(
            "SELECT person_id FROM sign_in_session ORDER BY id DESC LIMIT 1"
        )
        token = await identity.create_token(citizen_actor(person_id), "theirs", clock.now())
        [session] = await identity.open_sessions(person_id, clock.now())
        for path in (f"tokens/{token.id}/revoke", f"sessions/{session.id}/end"):
            assert (await visitor.post(f"/my/access/{path}")).status_code == 404
        assert (await other.get("/my/profile")).url.path == "/my/profile"

    async def test_who_looked_is_told(self, visitor: Visitor) -> None:
        await visitor.sign_in(new_phone())
        page = await visitor.get("/my/access")
        assert "登录" in page.text
