"""The interface for partners: by key alone, once by Idempotency-Key, and nobody else's data."""

import json
from uuid import uuid4

import httpx
import pytest
from redis.asyncio import Redis

from services import identity, partners
from services.kernel.clock import FixedClock
from services.partners import Scope
from tests.bookings import ITEM, OFFICE, TOMORROW, named, open_hall
from tests.partners import ADMINISTRATOR, new_key, new_partner
from tests.people import new_phone, new_resident_id

API = "/api/v1/partner"


@pytest.fixture
async def key(catalogue: object, redis: Redis, clock: FixedClock) -> str:
    """A key with every scope, and a hall with slots."""
    del catalogue, redis
    await open_hall()
    return await new_key(await new_partner(clock.now()))


def bearer(key: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **more}


def person(**changes: str | bool) -> dict[str, str | bool]:
    return {
        "name": "李四",
        "id_type": "resident_id",
        "id_number": new_resident_id(),
        "phone": new_phone(),
        "consent": True,
        **changes,
    }


async def registered(client: httpx.AsyncClient, key: str) -> str:
    answer = await client.post(f"{API}/people", json=person(), headers=bearer(key))
    assert answer.status_code == 201, answer.text
    person_id: str = answer.json()["person_id"]
    return person_id


async def wish(client: httpx.AsyncClient, key: str) -> dict[str, str]:
    """For whom, what and when."""
    asked = {"office": OFFICE, "item": ITEM, "from": str(TOMORROW), "to": str(TOMORROW)}
    times = await client.get(f"{API}/slots", params=asked, headers=bearer(key))
    slot = next(each for each in times.json() if each["left"])
    return {"person_id": await registered(client, key), "item": ITEM, "slot_id": slot["id"]}


async def test_the_whole_way(client: httpx.AsyncClient, key: str) -> None:
    made = await client.post(
        f"{API}/appointments", json=await wish(client, key), headers=bearer(key)
    )
    assert made.status_code == 201, made.text
    path = f"{API}/appointments/{made.json()['reference']}"
    listed = (await client.get(f"{API}/appointments", headers=bearer(key))).json()
    assert listed == {"items": [made.json()], "next_cursor": None}
    asked = {"office": OFFICE, "item": ITEM, "from": str(TOMORROW), "to": str(TOMORROW)}
    times = (await client.get(f"{API}/slots", params=asked, headers=bearer(key))).json()
    moved = await client.post(
        f"{path}/reschedule", json={"slot_id": times[-1]["id"]}, headers=bearer(key)
    )
    assert (moved.status_code, moved.json()["sequence"]) == (200, 1)
    assert (await client.delete(path, headers=bearer(key))).status_code == 204
    seen = await client.get(path, headers=bearer(key))
    assert (seen.json()["status"], seen.json()["person_id"]) == (
        "cancelled",
        made.json()["person_id"],
    )


async def test_the_same_request_under_one_key_books_once(
    client: httpx.AsyncClient, key: str
) -> None:
    asked, headers = await wish(client, key), bearer(key, **{"Idempotency-Key": uuid4().hex})
    first = await client.post(f"{API}/appointments", json=asked, headers=headers)
    again = await client.post(f"{API}/appointments", json=asked, headers=headers)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    listed = await client.get(f"{API}/appointments", headers=bearer(key))
    assert len(listed.json()["items"]) == 1
    other = await new_key(await new_partner())
    theirs = await client.post(
        f"{API}/appointments", json=asked, headers={**headers, **bearer(other)}
    )
    assert theirs.json()["code"] == "partner_person_unknown"


async def test_a_key_opens_nothing_else_and_nothing_else_opens_this(
    client: httpx.AsyncClient, key: str, clock: FixedClock
) -> None:
    assert (await client.get("/api/v1/me", headers=bearer(key))).status_code == 401
    token = (await identity.create_token(await named(), "mine", clock.now())).token
    for headers in ({}, bearer(token), bearer("bst_partner_" + "x" * 43)):
        answer = await client.get(f"{API}/appointments", headers=headers)
        assert answer.status_code == 401, headers
        assert "WWW-Authenticate" in answer.headers
        assert answer.json()["code"] == "not_signed_in"
        assert "Authorization: Bearer" in answer.json()["detail"]


async def test_a_day_that_is_none_is_named_as_it_was_asked(
    client: httpx.AsyncClient, key: str
) -> None:
    asked = {"office": OFFICE, "item": ITEM, "from": "abc"}
    answer = await client.get(
        f"{API}/slots", params=asked, headers=bearer(key, **{"Accept-Language": "en"})
    )
    [wrong] = answer.json()["errors"]
    assert (answer.status_code, wrong["field"]) == (422, "from")
    assert wrong["message"] == "Please write the day as 2026-01-31."


async def test_a_key_without_the_scope_is_told_so(client: httpx.AsyncClient, key: str) -> None:
    del key
    narrow = await new_key(await new_partner(), Scope.SLOTS_READ)
    answer = await client.post(f"{API}/people", json=person(), headers=bearer(narrow))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert Scope.PEOPLE_WRITE in answer.json()["detail"]


async def test_more_than_so_many_requests_a_minute_wait(
    client: httpx.AsyncClient, key: str
) -> None:
    del key
    busy = await new_key(await new_partner(requests_a_minute=2))
    statuses = [
        (await client.get(f"{API}/appointments", headers=bearer(busy))).status_code
        for _ in range(3)
    ]
    assert statuses == [200, 200, 429]


async def test_nothing_is_answered_but_what_was_sent(client: httpx.AsyncClient, key: str) -> None:
    known = person()
    await client.post(f"{API}/people", json=known, headers=bearer(key))
    other = await new_key(await new_partner())
    for changes in ({"name": "王五"}, {"phone": new_phone()}):
        answer = await client.post(
            f"{API}/people", json={**known, **changes}, headers=bearer(other)
        )
        assert answer.json()["code"] == "person_refused"
        for value in known.values():
            assert str(value) not in answer.text or value is True


async def test_webhooks_are_managed_with_the_key(
    client: httpx.AsyncClient, key: str, clock: FixedClock
) -> None:
    wanted = {"url": "http://127.0.0.1:65535/hook", "event_types": ["appointment.booked"]}
    made = await client.post(f"{API}/webhooks", json=wanted, headers=bearer(key))
    assert made.json()["secret"].startswith("whsec_")
    path = f"{API}/webhooks/{made.json()['id']}"
    again = await client.post(f"{API}/webhooks", json=wanted, headers=bearer(key))
    assert (again.status_code, again.json()["code"]) == (409, "endpoint_exists")
    private = {**wanted, "url": "http://192.168.1.1/hook"}
    refused = await client.post(f"{API}/webhooks", json=private, headers=bearer(key))
    assert refused.json()["errors"][0]["code"] == "url_not_public"

    assert (await client.post(f"{path}/test", headers=bearer(key))).status_code == 202
    sent = (await client.get(f"{API}/deliveries", headers=bearer(key))).json()["items"]
    assert [(each["type"], each["status"]) for each in sent] == [("webhook.test", "pending")]
    early = await client.post(f"{API}/deliveries/{sent[0]['id']}/replay", headers=bearer(key))
    assert early.status_code == 409
    newer = await client.post(f"{path}/secret", headers=bearer(key))
    assert newer.json()["secret"] != made.json()["secret"]
    shown = (await client.get(f"{API}/webhooks", headers=bearer(key))).text
    assert "whsec_" not in shown
    assert (await client.delete(path, headers=bearer(key))).status_code == 204
    assert (await client.get(f"{API}/webhooks", headers=bearer(key))).json() == []
    [partner] = await partners.partners(ADMINISTRATOR)
    assert await partners.endpoints(ADMINISTRATOR, partner.id) == []
    assert json.loads(shown)[0]["disabled_reason"] is None
