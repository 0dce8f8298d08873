"""Sign-in, account and tokens for programs, and what the API refuses."""

import httpx
import pytest
from redis.asyncio import Redis

from tests.people import new_phone, new_resident_id
from tests.web.visitor import newest_code

API = "/api/v1"


async def token_for(client: httpx.AsyncClient, phone: str) -> str:
    asked = await client.post(f"{API}/sign-in/codes", json={"phone": phone})
    assert asked.status_code == 202
    signed_in = await client.post(
        f"{API}/sign-in", json={"phone": phone, "code": await newest_code()}
    )
    assert signed_in.status_code == 200, signed_in.text
    token: str = signed_in.json()["token"]
    return token


@pytest.fixture
async def bearer(client: httpx.AsyncClient) -> dict[str, str]:
    """The header of somebody who has signed in."""
    return {"Authorization": f"Bearer {await token_for(client, new_phone())}"}


def codes_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.status_code, answer.json()["code"]


class TestSignIn:
    async def test_a_token_for_a_code(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        answer = await client.get(f"{API}/me", headers=bearer)
        assert answer.status_code == 200
        assert answer.json()["name"] is None
        assert "set-cookie" not in answer.headers

    async def test_moments_are_on_the_halls_clock(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        sent = await client.post(f"{API}/sign-in/codes", json={"phone": new_phone()})
        made = await client.post(f"{API}/me/tokens", json={"label": "one"}, headers=bearer)
        [entry, *_] = (await client.get(f"{API}/me/tokens", headers=bearer)).json()["items"]
        told = [sent.json()[name] for name in ("expires_at", "resend_at")]
        told += [made.json()["expires_at"], entry["expires_at"], entry["created_at"]]
        assert all(moment.endswith("+08:00") for moment in told), told

    async def test_wrong_and_unknown_look_alike(self, client: httpx.AsyncClient) -> None:
        phone = new_phone()
        await client.post(f"{API}/sign-in/codes", json={"phone": phone})
        answers = [
            await client.post(f"{API}/sign-in", json={"phone": each, "code": "12345x"})
            for each in (phone, new_phone())
        ]
        assert codes_of(answers[0]) == codes_of(answers[1]) == (422, "sign_in_code_refused")

    async def test_the_language_is_the_callers(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            f"{API}/sign-in/codes", json={"phone": "1"}, headers={"Accept-Language": "en"}
        )
        assert answer.json()["errors"][0]["message"].startswith("Please enter a mainland")


class TestMe:
    async def test_what_is_read_can_be_written_back(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        written = {
            "name": "张三",
            "id_type": "resident_id",
            "id_number": new_resident_id(),
            "email": "zhang@example.com",
            "language": "en",
        }
        first = await client.put(f"{API}/me", json=written, headers=bearer)
        assert first.status_code == 200, first.text
        assert first.json()["id_number"] != written["id_number"]
        fields = ("name", "id_type", "id_number", "email", "language")
        back = {field: first.json()[field] for field in fields}
        second = await client.put(f"{API}/me", json=back, headers=bearer)
        assert second.json() == first.json()

    async def test_half_a_real_name_changes_nothing(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        answer = await client.put(
            f"{API}/me", json={"name": "张三", "email": "z@example.com"}, headers=bearer
        )
        assert codes_of(answer) == (422, "invalid_input")
        assert (await client.get(f"{API}/me", headers=bearer)).json()["email"] is None

    async def test_a_taken_document(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        body = {"name": "张三", "id_type": "resident_id", "id_number": new_resident_id()}
        await client.put(f"{API}/me", json=body, headers=bearer)
        other = {"Authorization": f"Bearer {await token_for(client, new_phone())}"}
        answer = await client.put(f"{API}/me", json=body, headers=other)
        assert codes_of(answer) == (409, "document_refused")


class TestTokens:
    async def test_made_listed_revoked(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        made = await client.post(f"{API}/me/tokens", json={"label": "cron"}, headers=bearer)
        assert made.status_code == 201
        listed = (await client.get(f"{API}/me/tokens", headers=bearer)).json()["items"]
        assert [entry["label"] for entry in listed] == ["cron", "API"]
        assert made.json()["token"] not in str(listed)
        gone = await client.delete(f"{API}/me/tokens/{made.json()['id']}", headers=bearer)
        assert gone.status_code == 204
        revoked = {"Authorization": f"Bearer {made.json()['token']}"}
        answer = await client.get(f"{API}/me", headers=revoked)
        assert codes_of(answer) == (401, "not_signed_in")

    async def test_somebody_elses_does_not_exist(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        other = {"Authorization": f"Bearer {await token_for(client, new_phone())}"}
        theirs = (await client.get(f"{API}/me/tokens", headers=other)).json()["items"][0]["id"]
        answer = await client.delete(f"{API}/me/tokens/{theirs}", headers=bearer)
        assert codes_of(answer) == (404, "not_found")
        assert (await client.get(f"{API}/me", headers=other)).status_code == 200

    async def test_there_is_a_limit(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        statuses = [
            (await client.post(f"{API}/me/tokens", json={"label": "x"}, headers=bearer)).status_code
            for _ in range(20)
        ]
        assert statuses == [201] * 19 + [409]


class TestRefusals:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            "Basic eDp5",
            "Bearer bst_unknown",
            "Bearer " + "x" * 5000,
            "Bearer bst_\x7f",
            "Token bst_x",
        ],
    )
    async def test_no_token_that_holds(self, client: httpx.AsyncClient, header: str) -> None:
        answer = await client.get(f"{API}/me", headers={"Authorization": header})
        assert codes_of(answer) == (401, "not_signed_in")
        assert answer.headers["www-authenticate"].startswith('Bearer realm="banshitong"')

    async def test_a_token_that_does_not_hold_is_told_apart_from_none(
        self, client: httpx.AsyncClient
    ) -> None:
        none = await client.get(f"{API}/me")
        bad = await client.get(f"{API}/me", headers={"Authorization": "Bearer bst_x"})
        assert "invalid_token" not in none.headers["www-authenticate"]
        assert "invalid_token" in bad.headers["www-authenticate"]

    async def test_a_token_opens_no_page(
        self, client: httpx.AsyncClient, bearer: dict[str, str]
    ) -> None:
        assert (await client.get("/my/profile", headers=bearer)).status_code == 303

    async def test_a_session_cookie_on_the_api_needs_the_csrf_token(
        self, client: httpx.AsyncClient, bearer: dict[str, str], redis: Redis
    ) -> None:
        del redis
        client.cookies.set("session", "a" * 64)
        body = {"language": "en"}
        forged = await client.put(f"{API}/me", json=body, headers=bearer)
        assert codes_of(forged) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            (b"{", 400),
            (b"[]", 422),
            (b'{"phone": 5}', 422),
            (b"{}", 422),
            (b'{"phone": "1", "extra": 1}', 422),
            (b'{"phone": "1380000\\u0000000"}', 400),
            (b'{"phone": "\\ud800"}', 400),
            (b'{"phone": "' + b"1" * 10_000_000 + b'"}', 413),
            (b"\xff\xfe", 400),
        ],
    )
    async def test_bad_bodies(self, client: httpx.AsyncClient, content: bytes, status: int) -> None:
        answer = await client.post(
            f"{API}/sign-in/codes", content=content, headers={"Content-Type": "application/json"}
        )
        assert codes_of(answer)[0] == status
