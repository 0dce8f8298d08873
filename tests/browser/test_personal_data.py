"""What people type is nowhere but sealed in its row and in the notices that they get.

Two marked people go through everything that there is, on real processes. One is Chinese; the other
is not, because logs blank Chinese text whatever it says.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import httpx
import pytest
from msgspec import Struct
from redis.asyncio import Redis

from services import identity
from services.identity import RegisterByStaff, Role
from services.kernel import database, outbox
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, OFFICE, OTHER_ITEM, open_hall
from tests.harness.mailbox import Mailbox
from tests.harness.marks import command, found, in_database, in_redis, overheard, spellings
from tests.harness.moved import serving_at
from tests.harness.run import Worker
from tests.people import enrolled_staff, new_phone, new_resident_id, staff_actor
from tests.web.hall import forget_limits
from tests.web.test_identity_api import token_for
from tests.web.visitor import Visitor

PATIENCE: Final = 30
TIMES: Final = {"item": ITEM, "office": OFFICE}


class Marked(Struct, frozen=True):
    """A person whose every particular can be told from anything else."""

    name: str
    id_type: str
    id_number: str
    phone: str
    email: str

    @property
    def form(self) -> dict[str, str]:
        """The real-name form filled in."""
        return {"name": self.name, "id_type": self.id_type, "id_number": self.id_number}

    @property
    def marks(self) -> list[str]:
        """What must not be found."""
        return [self.name, self.id_number, self.phone, self.email]


def chinese() -> Marked:
    number = new_resident_id()
    return Marked("诸葛标记", "resident_id", number, new_phone(), f"zhuge.{number}@example.org")


def foreign() -> Marked:
    number = f"QZM77{new_phone()[-5:]}"
    phone = new_phone()
    return Marked("Quentin Zhugemark", "passport_foreign", number, phone, f"q{phone}@example.org")


async def errors(visitor: Visitor, who: Marked) -> None:
    """Everything personal in places where it is refused, or should never have been put."""
    client, everything = visitor.client, " ".join(who.marks)
    headers = {b"User-Agent": f"Agent {everything}".encode(), b"Referer": who.phone.encode()}
    for path in (f"/{who.phone}", f"/items/{who.name}", f"/my/appointments/{who.id_number}"):
        await client.get(path, headers=headers)
    for key in ("q", "next", "reference", "cursor", "item", "day", "lang"):
        await client.get("/items", params={key: everything})
        await client.get("/book", params={key: everything})
        await client.get("/api/v1/slots", params={key: everything})
    await visitor.post("/sign-in", phone=everything)
    await visitor.post("/track", reference=who.id_number, phone_tail=who.phone)
    await visitor.post("/staff/sign-in", username=who.name, password=who.id_number)
    await client.post("/sign-in", data={"phone": who.phone})  # without its token
    broken = json.dumps({"phone": who.phone, "name": who.name})[:-1]
    for address in ("/api/v1/sign-in/codes", "/api/v1/sign-in", "/api/v1/me"):
        kind = {"Content-Type": "application/json"}
        await client.post(address, content=broken.encode(), headers=kind)
        await client.post(address, json={who.name: everything, "phone": [who.phone]})


async def with_pages(visitor: Visitor, who: Marked) -> None:
    """Sign in, give name and address, hold, book, move and cancel, page by page."""
    await visitor.sign_in(who.phone)
    wrong = {**who.form, "id_number": f"{who.id_number}9999999999"}
    await visitor.post("/my/profile", **wrong)
    named = await visitor.post("/my/profile", **who.form)
    assert named.status_code == 303, named.text
    await visitor.post("/my/profile", email=f"{who.email} x", language="en")
    await visitor.post("/my/profile", email=who.email, language="zh_CN")
    await visitor.post("/my/profile/phone", phone=f"{who.phone}0")
    await visitor.post("/my/profile/phone", phone=who.phone)
    [first, second] = await free_slots(visitor.client)
    held = (await visitor.post("/book/hold", **TIMES, slot_id=first)).headers["location"]
    await visitor.get(held)
    for _ in range(2):
        booked = await visitor.post(held, **TIMES, slot_id=first)
    await visitor.post("/book/hold", **TIMES, slot_id=first)
    where = booked.headers["location"]
    for part in ("", "/slip", "/calendar.ics", "/cancel", "/move"):
        await visitor.get(where + part)
    moved = await visitor.post(f"{where}/move", office=OFFICE, slot_id=second)
    assert moved.status_code == 303
    await visitor.post("/track", reference=where.rpartition("/")[2], phone_tail=who.phone[-4:])
    cancelled = await visitor.post(f"{where}/cancel")
    assert cancelled.status_code == 303
    await visitor.get("/my/notices")
    await visitor.get("/my/access")


async def with_programs(client: httpx.AsyncClient, who: Marked) -> str:
    """The same with a token; the reference of an appointment that stands."""
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {await token_for(client, who.phone)}"}
    body = {**who.form, "email": who.email, "language": "en"}
    assert (await client.put("/api/v1/me", json=body, headers=bearer)).status_code == 200
    await client.put("/api/v1/me", json={**body, "id_number": f"{who.name}"}, headers=bearer)
    await client.post("/api/v1/me/tokens", json={"label": "mine"}, headers=bearer)
    [first, second] = await free_slots(client)
    keyed = {**bearer, "Idempotency-Key": "visit-1"}
    hold = {"slot_id": first, "item": ITEM}
    held = (await client.post("/api/v1/holds", json=hold, headers=bearer)).json()
    book = {"item": ITEM, "hold_id": held["id"]}
    for _ in range(2):
        booked = await client.post("/api/v1/appointments", json=book, headers=keyed)
        assert booked.status_code == 201, booked.text
    reference: str = booked.json()["reference"]
    where = f"/api/v1/appointments/{reference}"
    await client.post(f"{where}/reschedule", json={"slot_id": second}, headers=bearer)
    await client.post("/api/v1/holds", json={**hold, "item": OTHER_ITEM}, headers=bearer)
    await client.post("/api/v1/appointments", json=book, headers=bearer)
    return reference


async def free_slots(client: httpx.AsyncClient) -> list[str]:
    """Two of the first day that leaves time to change one's mind."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    found = await client.get("/api/v1/slots", params={**TIMES, "from": tomorrow})
    return [slot["id"] for slot in found.json() if slot["left"]][:2]


async def at_the_counter(hall: str, clock: FixedClock, who: Marked, reference: str) -> str:
    """Staff check in, call and finish, look somebody up, and register somebody; the metrics."""
    now = clock.now()
    roles = (RoleAt(Role.CLERK, OFFICE), RoleAt(Role.SUPERVISOR))
    account = await enrolled_staff(now - timedelta(minutes=2), *roles)
    async with httpx.AsyncClient(base_url=hall, trust_env=False) as client:
        visitor = Visitor(client, clock)
        await visitor.staff_sign_in(account.username, account.secret)
        await visitor.get(f"/desk/{OFFICE}")
        bench = f"/desk/{OFFICE}/windows/1"
        await visitor.post(f"{bench}/sit-down")
        for typed in (who.id_number, who.phone, who.name, reference, reference):
            await visitor.post(f"{bench}/check-in", reference=typed)
        await visitor.post(f"{bench}/next")
        ticket = str(await database.fetchval("SELECT id FROM ticket"))
        for act in ("tickets/recall", "tickets/start", "finish", "finish"):
            await visitor.post(f"{bench}/{act}", ticket=ticket)
        assert await database.fetchval("SELECT status FROM ticket") == "finished"

        document = {"id_type": who.id_type, "id_number": who.id_number}
        await visitor.post("/staff/people", **{**document, "id_number": f"{who.id_number}1"})
        looked_up = await visitor.post("/staff/people", **document)
        assert looked_up.status_code == 303, looked_up.text
        person = looked_up.headers["location"]
        opened = await visitor.post(f"{person}/open", reason="asked at the counter")
        assert who.id_number in opened.text
        await visitor.post(f"{person}/open", reason="")
        await visitor.post(f"{person}/phone", phone=f"{who.phone}00")
        await visitor.post(f"{person}/document", **{**who.form, "name": ""})
        clerk = staff_actor(account.id, *roles)
        for name in (who.name, f"{who.name}x"):
            typed_in = RegisterByStaff(**{**who.form, "name": name}, phone=who.phone)
            try:
                await identity.register_by_staff(clerk, typed_in, now)
            except identity.NameDiffers:
                continue
        return (await client.get("/metrics")).text


async def said_to(mailbox: Mailbox, who: Marked, number: int) -> None:
    """Wait until so many mails and as many texts have been sent."""
    for _ in range(PATIENCE * 10):
        texts = mailbox.texts(who.phone)
        if len(mailbox.mails(who.email)) >= number and len(texts) > number:
            return
        await asyncio.sleep(0.1)
    pytest.fail("the notices did not arrive")


@pytest.mark.timeout(240)
async def test_nothing_personal_is_left_anywhere(
    live_server: str, worker: Worker, redis: Redis, mailbox: Mailbox
) -> None:
    people = (chinese(), foreign())
    marks = [mark for who in people for mark in who.marks]
    now = datetime.now(UTC)
    await open_hall(now, seats=8)
    places: list[tuple[str, bytes]] = []

    async with overheard(worker.redis.url) as heard:
        for who in people:
            await forget_limits(redis)
            async with httpx.AsyncClient(base_url=live_server, trust_env=False) as client:
                visitor = Visitor(client, FixedClock(now))
                await errors(visitor, who)
                await forget_limits(redis)
                await with_pages(visitor, who)
                await forget_limits(redis)
                reference = await with_programs(client, who)
                places += [place async for place in in_redis(redis)]
                places.append(("metrics", (await client.get("/metrics")).content))
            await said_to(mailbox, who, number=4)
            starts_at = await database.fetchval(
                "SELECT starts_at FROM appointment WHERE reference = $1", reference
            )
            morning = FixedClock(starts_at - timedelta(minutes=5))
            with serving_at(worker, morning.now()) as hall:
                places.append(
                    ("metrics", (await at_the_counter(hall, morning, who, reference)).encode())
                )
            places.append((f"log of the hall, {who.id_type}", read(worker, "moved.log")))
            places += [place async for place in in_redis(redis)]

    connection = await worker.run.postgres.connect(worker.database)
    places += await in_database(connection)
    await connection.close()
    places += [*heard, *((name, read(worker, name)) for name in ("live.log", "redis.log"))]
    places.append(("postgres.log", (worker.run.folder / "postgres.log").read_bytes()))

    assert len(heard) > 100
    assert b"answered" in read(worker, "live.log")
    assert found(marks, places) == []


def read(worker: Worker, name: str) -> bytes:
    return (worker.folder / name).read_bytes()


async def test_the_search_finds_what_is_there(
    database: object, redis: Redis, worker: Worker, tmp_path: Path
) -> None:
    """Each place and each spelling, planted; without the plant nothing is found."""
    mark = "Quentin 诸葛+7"
    clean = [place async for place in in_redis(redis)]
    assert found([mark], clean) == []

    await redis.set("a", f"x{mark}")
    await command(redis, "RPUSH", "b", mark)
    await command(redis, "SADD", "c", mark)
    await command(redis, "ZADD", "d", 1, mark)
    await command(redis, "HSET", "e", mark, "1")
    await command(redis, "XADD", "f", "*", "field", mark)
    await redis.set(mark, "")
    in_keys = found([mark], [place async for place in in_redis(redis)])
    assert len({line.split(" as ")[0] for line in in_keys}) == 7

    async with overheard(worker.redis.url) as heard:
        await redis.publish("office-1", mark)
        await asyncio.sleep(0.1)
    assert found([mark], heard)

    async with unit_of_work() as uow:
        await outbox.publish("a.topic", {"id": mark}, datetime.now(UTC))
        assert found([mark], await in_database(uow.connection))

    for form in spellings(mark):
        assert found([mark], [("log", b"before" + form + b"after")])
