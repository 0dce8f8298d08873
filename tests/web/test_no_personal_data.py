"""What people type is nowhere but sealed in its row: not in logs, Redis, outbox or audit."""

import httpx
import pytest
from redis.asyncio import Redis

from services import identity
from services.identity import RegisterByStaff, Role
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from tests.people import enrolled_staff, new_phone, new_resident_id, staff_actor
from tests.web.test_identity_api import token_for
from tests.web.visitor import Visitor, newest_code

NAME = "诸葛标记"
EMAIL = "marked.person@example.com"
PLAIN_TABLES = """
    SELECT string_agg(t, ' ') FROM (
        SELECT payload::text AS t FROM outbox_event
        UNION ALL SELECT data::text || action || subject_id FROM audit_record
        UNION ALL SELECT device FROM sign_in_session
        UNION ALL SELECT label || prefix FROM api_token) all_text
"""


async def in_redis(redis: Redis) -> str:
    """Every key with what it holds."""
    found = []
    for key in await redis.keys("*"):
        found.append(key.decode())
        if await redis.type(key) == b"string":
            found.append((await redis.get(key) or b"").decode("utf-8", "replace"))
    return "\n".join(found)


async def test_markers_stay_where_they_belong(
    client: httpx.AsyncClient,
    clock: FixedClock,
    redis: Redis,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    phone, changed, spoken = new_phone(), new_phone(), new_phone()
    numbers = [new_resident_id() for _ in range(3)]
    visitor = Visitor(client, clock)
    redis_text = []

    await visitor.sign_in(phone)
    redis_text.append(await in_redis(redis))
    name = {"name": NAME, "id_type": "resident_id"}
    await visitor.post("/my/profile", **name, id_number=f"{numbers[0]}9")
    await visitor.post("/my/profile", **name, id_number=numbers[0])
    await visitor.post("/my/profile", email=f"{EMAIL} x", language="en")
    await visitor.post("/my/profile", email=EMAIL, language="zh_CN")
    await visitor.post("/my/profile/phone", phone=f"{changed}0")
    await visitor.post("/my/profile/phone", phone=changed)
    await visitor.get("/my/profile/phone/code")
    code = await newest_code()
    redis_text.append(await in_redis(redis))
    await visitor.post("/my/profile/phone/code", code=code)
    await visitor.get("/my/access")
    await visitor.post("/sign-out")

    bearer = {"Authorization": f"Bearer {await token_for(client, spoken)}"}
    body = {**name, "id_number": numbers[0], "email": EMAIL}
    taken = await client.put("/api/v1/me", json=body, headers=bearer)
    assert taken.status_code == 409
    await client.put("/api/v1/me", json={**body, "id_number": numbers[1]}, headers=bearer)
    await client.put("/api/v1/me", content=f'{{"name": "{NAME}", "x"', headers=bearer)

    account = await enrolled_staff(clock.now(), RoleAt(Role.CLERK))
    clerk = staff_actor(account.id, RoleAt(Role.CLERK))
    person = RegisterByStaff(name=NAME, id_type="resident_id", id_number=numbers[2])
    registered = await identity.register_by_staff(clerk, person, clock.now())
    await identity.reveal(clerk, registered.person_id, "asked at the counter", clock.now())
    await visitor.staff_password(account.username, f"{NAME}{phone}")
    await visitor.get("/staff/sign-in", next=f"/x?{phone}")

    redis_text.append(await in_redis(redis))
    logged = "".join(capfd.readouterr()) + caplog.text
    written = await database.fetchval(PLAIN_TABLES)
    assert "answered" in logged
    assert "identity.sign_in_code_requested" not in written
    assert "code_id" in written
    for marker in (phone, changed, spoken, *numbers, NAME, EMAIL, code, account.secret):
        assert marker not in "\n".join(redis_text)
        assert marker not in written
        if marker != code:  # six digits may stand in a log by chance
            assert marker not in logged
