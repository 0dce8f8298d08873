"""/admin/partners: forms that keep what was typed, secrets shown once, and what was sent."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from redis.asyncio import Redis

from services import partners
from services.identity import Role
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from tests.partners import ADMINISTRATOR, new_endpoint, new_key, new_partner
from tests.people import enrolled_staff
from tests.web.visitor import Visitor

PATH = "/admin/partners"
# An authenticator's code is good once: enrolling has spent the first.
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def administrator(
    client: httpx.AsyncClient, catalogue: object, redis: Redis, clock: FixedClock
) -> Visitor:
    del catalogue, redis
    account = await enrolled_staff(clock.now(), RoleAt(Role.ADMINISTRATOR))
    clock.moment += MINUTE
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


async def test_nobody_else_sees_them(client: httpx.AsyncClient, clock: FixedClock) -> None:
    partner_id = await new_partner()
    account = await enrolled_staff(clock.now(), RoleAt(Role.AUDITOR), RoleAt(Role.SUPERVISOR))
    assert (await client.get(PATH)).status_code == 303
    clock.moment += MINUTE
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    for path in (PATH, f"{PATH}/{partner_id}", f"{PATH}/{partner_id}/deliveries"):
        assert (await visitor.get(path)).status_code == 403


async def test_from_nothing_to_a_platform_with_a_key_that_works(
    administrator: Visitor, client: httpx.AsyncClient
) -> None:
    assert "还没有合作平台" in (await administrator.get(PATH)).text
    await administrator.get(f"{PATH}/new")
    wrong = await administrator.post(
        PATH, name="一", kind="portal", contact="x", requests_a_minute="many", bookings_a_day="5"
    )
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    assert wrong.text.count("field-wrong") == 3
    made = await administrator.post(
        PATH, name="一网通办", kind="portal", contact="", requests_a_minute="60", bookings_a_day="5"
    )
    here = made.headers["location"]
    assert "还没有密钥" in (await administrator.get(here)).text

    refused = await administrator.post(f"{here}/keys", label="生产", days="30")
    assert refused.status_code == 422
    assert 'value="生产"' in refused.text
    told = await administrator.post(
        f"{here}/keys", label="生产", days="30", office="", appointments_read="yes"
    )
    found = re.search(r'id="told">(bst_partner_[\w-]+)<', told.text)
    assert found
    assert found[1] not in (await administrator.get(here)).text
    key = {"Authorization": f"Bearer {found[1]}"}
    assert (await client.get("/api/v1/partner/appointments", headers=key)).status_code == 200
    assert (await client.get("/api/v1/partner/webhooks", headers=key)).status_code == 403
    key_id = await database.fetchval("SELECT id FROM partner_key")
    await administrator.post(f"{here}/keys/{key_id}/revoke")
    assert (await client.get("/api/v1/partner/appointments", headers=key)).status_code == 401


async def test_an_endpoint_from_its_secret_to_what_was_sent(administrator: Visitor) -> None:
    partner_id = await new_partner()
    here = f"{PATH}/{partner_id}"
    await administrator.get(here)
    private = await administrator.post(
        f"{here}/endpoints", url="https://10.0.0.1/hook", appointment_booked="yes"
    )
    assert private.status_code == 422
    assert "10.0.0.1" in private.text
    told = await administrator.post(
        f"{here}/endpoints", url="http://127.0.0.1:65535/hook", appointment_booked="yes"
    )
    assert "whsec_" in told.text
    assert "whsec_" not in (await administrator.get(here)).text
    endpoint = (await partners.endpoints(ADMINISTRATOR, partner_id))[0]
    hook = f"{here}/endpoints/{endpoint.id}"
    sent = await administrator.post(f"{hook}/test")
    assert sent.headers["location"] == f"{here}/deliveries"
    assert "测试" in (await administrator.get(f"{here}/deliveries", status="pending")).text
    assert "暂无记录" in (await administrator.get(f"{here}/deliveries", status="failed")).text
    delivery = (await partners.deliveries(ADMINISTRATOR, partner_id))[0]
    await database.fetch(
        "UPDATE webhook_delivery SET status = 'failed', settled_at = created_at,"
        " error = 'webhook_timeout'"
    )
    assert "未及时响应" in (await administrator.get(f"{here}/deliveries")).text
    await administrator.post(f"{here}/deliveries/{delivery.id}/replay")
    assert (await partners.deliveries(ADMINISTRATOR, partner_id))[0].status == "pending"

    for act in ("secret", "switch-off", "switch-on", "replay"):
        answer = await administrator.post(f"{hook}/{act}")
        assert answer.status_code == (200 if act == "secret" else 303), act
    asked = (await administrator.get(here)).text
    assert "漏收的也不能补发" in asked
    assert f'class="ask-body" method="post" action="{hook}/remove"' in asked
    await administrator.post(f"{hook}/remove")
    assert await partners.endpoints(ADMINISTRATOR, partner_id) == []


async def test_one_partner_s_page_does_nothing_to_another_s(administrator: Visitor) -> None:
    mine, other = await new_partner(), await new_partner()
    endpoint = await new_endpoint(other, "http://127.0.0.1:65535/hook")
    await new_key(other)
    key_id: UUID = await database.fetchval("SELECT id FROM partner_key")
    await administrator.get(f"{PATH}/{mine}")
    for act in ("secret", "test", "remove", "switch-off"):
        path = f"{PATH}/{mine}/endpoints/{endpoint.endpoint_id}/{act}"
        assert (await administrator.post(path)).status_code == 404
    await administrator.post(f"{PATH}/{mine}/keys/{key_id}/revoke")
    assert [key.revoked_at for key in await partners.keys(ADMINISTRATOR, other)] == [None]


async def test_changing_and_shutting_out(administrator: Visitor, clock: FixedClock) -> None:
    partner_id = await new_partner()
    key = await new_key(partner_id)
    here = f"{PATH}/{partner_id}"
    await administrator.get(f"{here}/edit")
    await administrator.post(
        f"{here}/edit", name="掌上办", kind="app", requests_a_minute="1", bookings_a_day="2"
    )
    found = await partners.partner(ADMINISTRATOR, partner_id)
    assert (found.name, found.requests_a_minute, found.bookings_a_day) == ("掌上办", 1, 2)
    await administrator.post(f"{here}/shut-out")
    assert await partners.authenticate_key(key, clock.now()) is None
    await administrator.post(f"{here}/let-in")
    assert await partners.authenticate_key(key, clock.now())
