"""/my/notices: what was sent, in plain words; nobody else's."""

import re

import asyncpg
import httpx
import pytest

from services import identity, notices
from services.kernel import leases
from services.kernel.clock import FixedClock
from services.kernel.ids import new_reference
from services.notices import EXPANSIONS, Lane, Reason
from tests.bookings import TOMORROW, booked, open_hall, slots
from tests.people import citizen_actor, new_phone, new_resident_id
from tests.web.visitor import Visitor

PAGE = "/my/notices"


@pytest.fixture
async def visitor(
    client: httpx.AsyncClient,
    clock: FixedClock,
    catalogue: "asyncpg.Connection[asyncpg.Record]",
) -> Visitor:
    """A citizen with a booked appointment, of which nothing was sent yet."""
    await open_hall()
    visitor = Visitor(client, clock)
    await visitor.sign_in(new_phone())
    row = await catalogue.fetchrow("SELECT id FROM person ORDER BY id DESC LIMIT 1")
    assert row is not None
    actor = citizen_actor(row["id"])
    await identity.register_real_name(
        actor,
        identity.RealName(name="张三", id_type="resident_id", id_number=new_resident_id()),
        clock.now(),
    )
    details = identity.Details(email="zhang@example.org", language="zh_CN")
    await identity.save_details(actor, details, clock.now())
    await booked(actor, (await slots(TOMORROW))[0].id)
    for event in await leases.claim(tuple(EXPANSIONS), clock.now(), 10):
        await leases.consume(event, [notices.expand], clock.now())
    return visitor


async def test_each_notice_says_what_by_which_way_and_how_it_went(
    visitor: Visitor, clock: FixedClock
) -> None:
    page = await visitor.get(PAGE)
    assert page.status_code == 200
    assert page.text.count("预约成功") == 2
    assert page.text.count("发送中") == 2
    [mail] = await leases.claim([Lane.EMAIL.topic], clock.now(), 1)
    [text] = await leases.claim([Lane.SMS.topic], clock.now(), 1)
    await notices.record_sent(text, clock.now())
    await notices.record_failure(
        mail, "smtp_recipient_550", Reason.REFUSED, clock.now(), for_good=True
    )
    page = await visitor.get(PAGE)
    assert "已发送" in page.text
    assert "未送达" in page.text
    assert "有通知未能送达" in page.text
    assert "zhang@example.org" not in page.text
    english = await visitor.get(PAGE, lang="en")
    assert "A message did not reach you" in english.text
    assert "The address was refused." in english.text


async def test_nobody_sees_another_persons(visitor: Visitor, client: httpx.AsyncClient) -> None:
    client.cookies.clear()
    other = Visitor(client, visitor.clock)
    await other.sign_in(new_phone())
    page = await other.get(PAGE)
    assert "暂无通知" in page.text
    assert "预约成功后" in page.text


async def test_it_takes_a_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get(PAGE)
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["location"]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJ4Il0", "😀", "W10"])
async def test_a_cursor_of_somebody_else_is_refused(visitor: Visitor, cursor: str) -> None:
    assert (await visitor.get(PAGE, cursor=cursor)).status_code == 422


async def test_what_was_sent_stands_under_the_appointment_that_it_speaks_of(
    visitor: Visitor,
) -> None:
    page = await visitor.get(PAGE)
    assert page.text.count('<section class="section" aria-labelledby="about-') == 1


async def test_the_history_names_what_was_done_with_an_appointment(visitor: Visitor) -> None:
    page = await visitor.get("/my/access")
    booked_row = re.search(r'row-title" href="(/my/appointments/[0-9A-Z]+)">已预约<', page.text)
    assert booked_row is not None
    reference = booked_row[1].rsplit("/", 1)[1]
    await visitor.post(f"{booked_row[1]}/cancel")
    assert "预约已取消" in (await visitor.get("/my/access")).text
    short = await visitor.get(f"/a/{reference}")
    assert short.url.path == booked_row[1]
    somebody_elses = new_reference()
    not_ones_own = await visitor.client.get(f"/a/{somebody_elses}")
    assert not_ones_own.headers["location"] == f"/track?reference={somebody_elses}"


async def test_the_address_in_a_text_message_asks_to_sign_in(client: httpx.AsyncClient) -> None:
    answer = await client.get("/a/K7M3X9AH4T")
    assert answer.headers["location"] == "/sign-in?next=%2Fa%2FK7M3X9AH4T"
