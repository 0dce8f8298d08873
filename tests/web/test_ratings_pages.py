"""Rating by the ticket's page, the supervisor's pages, and what nobody else is shown."""

from datetime import time, timedelta

import httpx
import pytest
from redis.asyncio import Redis

from services import ratings
from services.kernel import database
from services.kernel.actor import ANONYMOUS, Actor, RoleAt
from services.kernel.clock import FixedClock, local_moment
from services.kernel.ids import new_id
from services.queue import Ticket
from tests.bookings import OFFICE
from tests.people import enrolled_staff, staff_actor
from tests.queues import MORNING, open_morning, walk_in
from tests.ratings import clerk_at_work, complained, visit
from tests.web.visitor import Visitor


@pytest.fixture(autouse=True)
async def hall(client: httpx.AsyncClient, clock: FixedClock) -> None:
    del client
    await open_morning()
    clock.moment = MORNING


@pytest.fixture
def visitor(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    return Visitor(client, clock)


async def test_five_grades_in_words_and_what_was_typed_is_kept(visitor: Visitor) -> None:
    done = await visit()
    form = await visitor.get(f"/rate/{done.id}")
    for word in ("非常满意", "满意", "基本满意", "不满意", "非常不满意"):
        assert word in form.text
    refused = await visitor.post(f"/rate/{done.id}", comment="窗口太少")
    assert refused.status_code == 422
    assert "请选择评价" in refused.text
    assert "窗口太少" in refused.text
    kept = await visitor.post(f"/rate/{done.id}", comment="窗口太少", grade="1")
    assert kept.status_code == 303
    shown = await visitor.get(f"/rate/{done.id}")
    assert "大厅将在" in shown.text
    again = await visitor.post(f"/rate/{done.id}", grade="5")
    assert again.status_code == 409
    assert await database.fetchval("SELECT grade FROM rating") == 1


async def test_the_windows_code_is_for_who_was_served_for_ten_minutes_and_once(
    visitor: Visitor, redis: Redis
) -> None:
    done = await visit()
    assert done.window_id is not None
    clerk = await whoever_served(done)
    ended = done.ended_at
    assert ended is not None
    offered = await ratings.invite(clerk, done.window_id, ended)
    assert offered is not None
    assert offered == await ratings.invite(clerk, done.window_id, ended)
    assert str(done.id) not in offered.key
    assert await ratings.invite(staff_actor(new_id()), done.window_id, ended) is None
    assert await ratings.invite(clerk, done.window_id, ended + ratings.OFFERED_FOR) is None
    lasts = await redis.ttl(f"rating-invitation:{offered.key}")
    assert 0 < lasts <= ratings.INVITED_FOR.total_seconds()
    address = f"/rate/at/{offered.key}"
    form = await visitor.get(address)
    assert f'action="{address}"' in form.text
    assert str(done.id) not in form.text
    assert (await visitor.post(address)).status_code == 422
    kept = await visitor.post(address, grade="5")
    assert kept.headers["location"] == f"/rate/{done.id}"
    early = await visitor.client.get(address)
    assert early.headers.get("location") == "/ratings"
    late = await visitor.post(address, grade="1")
    assert late.headers["location"] == "/ratings"
    assert await database.fetchval("SELECT grade FROM rating") == 5
    assert await ratings.invite(clerk, done.window_id, ended) is None


async def test_a_code_shows_nobody_what_was_said_by_the_ticket(visitor: Visitor) -> None:
    done = await visit()
    assert done.window_id is not None
    assert done.ended_at is not None
    offered = await ratings.invite(await whoever_served(done), done.window_id, done.ended_at)
    assert offered is not None
    await complained(done)
    shown = await visitor.client.get(f"/rate/at/{offered.key}")
    assert shown.headers.get("location") == "/ratings"


async def test_supervisors_are_told_on_every_page_from_the_day_a_complaint_is_overdue(
    visitor: Visitor, clock: FixedClock
) -> None:
    rating = await complained(await visit())
    assert rating.complaint is not None
    account = await enrolled_staff(MORNING, RoleAt("supervisor", OFFICE))
    clock.moment = MORNING + timedelta(minutes=1)
    await visitor.staff_sign_in(account.username, account.secret)
    notice = "/staff/complaints/overdue"
    assert f'hx-get="{notice}"' in (await visitor.get(f"/desk/{OFFICE}/overview")).text
    last = local_moment(rating.complaint.due_on, time(23, 59))
    await ratings.sweep(last)
    assert (await visitor.get(notice)).text.strip() == ""
    await ratings.sweep(last + timedelta(minutes=1))
    assert "差评逾期 1 件" in (await visitor.get(notice)).text


async def whoever_served(done: Ticket) -> Actor:
    """The clerk, as the desk has them."""
    staff_id = await database.fetchval("SELECT called_by FROM ticket WHERE id = $1", done.id)
    return staff_actor(staff_id, RoleAt("clerk", OFFICE))


async def test_a_visit_that_is_not_over_says_so(visitor: Visitor) -> None:
    waiting = await walk_in(await clerk_at_work())
    page = await visitor.get(f"/rate/{waiting.id}")
    assert "办结后即可评价" in page.text
    assert 'name="grade"' not in page.text


async def test_a_supervisor_calls_answers_and_shows_the_phone_with_a_trace(
    visitor: Visitor, clock: FixedClock
) -> None:
    done = await visit()
    rating = await complained(done)
    assert rating.complaint is not None
    account = await enrolled_staff(MORNING, RoleAt("supervisor", OFFICE))
    clock.moment = MORNING.replace(hour=2)
    await visitor.staff_sign_in(account.username, account.secret)
    listed = await visitor.get("/staff/complaints")
    address = f"/staff/complaints/{rating.complaint.id}"
    assert address in listed.text
    page = await visitor.get(address)
    assert "等了两个小时" in page.text
    phone = await visitor.post(f"{address}/phone")
    assert phone.status_code == 200
    assert await database.fetchval(
        "SELECT count(*) FROM audit_record WHERE action = 'identity.person_opened'"
    )
    early = await visitor.post(f"{address}/answer", answer="我们道歉。")
    assert early.status_code == 409
    assert "我们道歉。" in early.text
    assert (await visitor.post(f"{address}/calls", outcome="maybe")).status_code == 422
    assert (await visitor.post(f"{address}/calls", outcome="reached")).status_code == 303
    assert (await visitor.post(f"{address}/answer", answer="我们道歉。")).status_code == 303
    await ratings.appeal(ANONYMOUS, done.id, "不够", clock.now())
    own = await visitor.get(address)
    assert "须由他人裁定" in own.text
    assert "王敏" in (await visitor.get("/staff/ratings")).text


async def test_a_citizen_sees_own_ratings_and_everybody_the_published_ones(
    visitor: Visitor,
) -> None:
    await complained(await visit())
    published = await visitor.get("/ratings")
    assert published.status_code == 200
    assert "等了两个小时" not in published.text
    assert (await visitor.get("/staff/complaints")).url.path == "/staff/sign-in"
