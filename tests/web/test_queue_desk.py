"""The desk without script: forms, redirects, and refusals beside the state that caused them."""

import re
from uuid import UUID

import httpx
import pytest
from litestar import Litestar

from services import catalog, queue
from services.appointments import Need, Wishes
from services.appointments.visits.wishes import seal_wishes
from services.catalog import Line, Window
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import FixedClock
from services.queue import TicketStatus
from tests.bookings import NOW, OFFICE
from tests.people import enrolled_staff, staff_actor
from tests.queues import (
    MORNING,
    OTHER_OFFICE,
    appointment,
    checked_in,
    later,
    open_morning,
    walk_in,
    windows,
)
from tests.web.visitor import Visitor


class AtTheDesk(Visitor):
    """A member of staff at the desk, who may also act beside the pages."""

    actor: Actor


@pytest.fixture
async def window(client: httpx.AsyncClient) -> Window:
    """The first household window of a hall that is open for booking."""
    del client  # after its database and Redis
    await open_morning()
    return (await windows())[0]


@pytest.fixture
async def visitor(
    client: httpx.AsyncClient, clock: FixedClock, window: Window, request: pytest.FixtureRequest
) -> AtTheDesk:
    """Staff who have signed in this morning; clerks unless the test says otherwise."""
    role = getattr(request, "param", "clerk")
    held = RoleAt(role, window.office_code)
    account = await enrolled_staff(NOW, held)
    clock.moment = MORNING
    visitor = AtTheDesk(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    visitor.actor = staff_actor(account.id, held)
    return visitor


BENCH = f"/desk/{OFFICE}/windows/1"


async def follow(visitor: Visitor, answer: httpx.Response) -> httpx.Response:
    assert answer.status_code == 303, answer.text
    # Not visitor.get: it would leave out the query of the address.
    page = await visitor.client.get(answer.headers["location"])
    await visitor.get(page.url.path)
    return page


async def test_one_office_is_not_asked_for(visitor: Visitor) -> None:
    page = await visitor.get("/desk")
    assert page.url.path == f"/desk/{OFFICE}"
    assert "上岗" in page.text


async def test_the_way_of_a_number_by_forms_alone(visitor: Visitor) -> None:
    await visitor.get(f"/desk/{OFFICE}")
    page = await follow(visitor, await visitor.post(f"{BENCH}/sit-down"))
    assert page.url.path == BENCH
    page = await follow(visitor, await visitor.post(f"{BENCH}/numbers", line="household"))
    assert "H001" in page.text
    assert "qr-code" in page.text
    page = await follow(visitor, await visitor.post(f"{BENCH}/next"))
    ticket = (await queue.board(OFFICE, MORNING)).calling[0].ticket_id
    for act, sign in (("tickets/recall", "2"), ("tickets/start", "办结"), ("finish", "窗口空闲")):
        answer = await visitor.post(f"{BENCH}/{act}", ticket=str(ticket))
        page = await follow(visitor, answer)
        assert sign in page.text
    assert (await queue.ticket(ticket)).status is TicketStatus.FINISHED
    page = await follow(visitor, await visitor.post(f"{BENCH}/leave"))
    assert page.url.path == f"/desk/{OFFICE}"


async def test_checking_in_and_what_is_typed_wrongly_stays(visitor: Visitor) -> None:
    booking = await appointment()
    await visitor.get(BENCH)
    answer = await visitor.post(f"{BENCH}/check-in", reference="K7M3X")
    assert answer.status_code == 404
    assert 'value="K7M3X"' in answer.text
    assert "没有查到" in answer.text
    page = await follow(
        visitor, await visitor.post(f"{BENCH}/check-in", reference=booking.reference)
    )
    assert "H001" in page.text
    again = await visitor.post(f"{BENCH}/check-in", reference=booking.reference)
    assert again.status_code == 409
    assert "H001" in again.text


async def test_a_stale_page_hears_the_present_state(visitor: AtTheDesk, window: Window) -> None:
    actor = visitor.actor
    await queue.sit_down(actor, window.id, MORNING)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await visitor.get(BENCH)
    await queue.skip(actor, ticket.id, later(2))
    answer = await visitor.post(f"{BENCH}/tickets/start", ticket=str(ticket.id))
    assert answer.status_code == 409
    assert "最新状态" in answer.text
    assert "恢复排队" in answer.text


async def test_htmx_gets_the_part_that_changes_and_the_word_beside_it(visitor: Visitor) -> None:
    await visitor.get(f"/desk/{OFFICE}")
    await visitor.post(f"{BENCH}/sit-down")
    answer = await visitor.client.post(
        f"{BENCH}/numbers",
        data={"line": "household", "_csrf_token": visitor.token},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'id="said" hx-swap-oob' in answer.text
    refused = await visitor.client.post(
        f"{BENCH}/check-in",
        data={"reference": "?", "_csrf_token": visitor.token},
        headers={"HX-Request": "true"},
    )
    assert refused.status_code == 404
    assert "bench-current" in refused.text
    assert "hx-retarget" not in refused.headers


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("numbers", {"line": "cooking"}),
        ("numbers", {"line": "household", "priority": "friend"}),
        ("numbers", {}),
        ("tickets/start", {"ticket": "H001"}),
        ("tickets/start", {}),
        ("tickets/promote", {"ticket": "01980000-0000-7000-8000-000000000000"}),
        ("tickets/start", {"ticket": "01980000-0000-7000-8000-000000000000"}),
        ("numbers", {"line": "household", "item": "no-such-item"}),
        ("check-in", {"reference": "9" * 3000}),
        ("check-in", {"reference": "二维码 \x7f"}),
        ("check-in", {}),
    ],
)
async def test_bad_input_is_refused_and_changes_nothing(
    visitor: Visitor, path: str, fields: dict[str, str]
) -> None:
    await visitor.get(BENCH)
    answer = await visitor.post(f"{BENCH}/{path}", **fields)
    assert 400 <= answer.status_code < 500
    assert (await queue.board(OFFICE, MORNING)).waiting == {}


async def test_another_hall_and_windows_that_are_not_there(visitor: Visitor) -> None:
    await visitor.get(BENCH)
    for path in (f"/desk/{OTHER_OFFICE}", f"/desk/{OTHER_OFFICE}/windows/1"):
        assert (await visitor.get(path)).status_code == 403
    answer = await visitor.post(f"/desk/{OTHER_OFFICE}/windows/1/numbers", line="household")
    assert answer.status_code == 403
    assert (await visitor.get(f"/desk/{OFFICE}/windows/77")).status_code == 404


@pytest.mark.parametrize("visitor", ["auditor", "pass_officer"], indirect=True)
async def test_other_roles_have_no_desk(visitor: Visitor) -> None:
    assert (await visitor.get("/desk")).url.path != "/desk"
    assert (await visitor.get(BENCH)).status_code == 403


async def test_a_taken_window_says_so(visitor: Visitor, window: Window) -> None:
    await visitor.get(f"/desk/{OFFICE}")
    other = await enrolled_staff(NOW, RoleAt("clerk", OFFICE))
    await queue.sit_down(staff_actor(other.id, RoleAt("clerk", OFFICE)), window.id, MORNING)
    answer = await visitor.post(f"{BENCH}/sit-down")
    assert answer.status_code == 409
    assert "已有其他工作人员" in answer.text


async def test_nobody_without_a_sign_in(app: Litestar, client: httpx.AsyncClient) -> None:
    del app
    answer = await client.get(BENCH)
    assert answer.status_code in {302, 303, 401}


async def test_served_today_is_in_the_part_that_is_fetched_again(
    visitor: AtTheDesk, window: Window
) -> None:
    await queue.sit_down(visitor.actor, window.id, MORNING)
    ticket = await walk_in(visitor.actor)
    await queue.call_next(visitor.actor, window.id, later(1))
    await queue.start(visitor.actor, ticket.id, later(2))
    await visitor.get(BENCH)
    answer = await visitor.client.post(
        f"{BENCH}/finish",
        data={"ticket": str(ticket.id), "_csrf_token": visitor.token},
        headers={"HX-Request": "true"},
    )
    assert "今日已办 1 件" in answer.text


async def test_a_key_that_cannot_act_knows_why(visitor: AtTheDesk, window: Window) -> None:
    async def why(key: str) -> str | None:
        page = await visitor.get(f"{BENCH}/now")
        found = re.search(rf'data-why="{key}">([^<]*)<', page.text)
        return found[1] if found else None

    assert await why("n") == "请先在本窗口上岗。"
    await queue.sit_down(visitor.actor, window.id, MORNING)
    assert await why("n") == "当前没有等候本窗口的群众。"
    assert await why("b") == "当前没有过号人员。"
    ticket = await walk_in(visitor.actor)
    assert await why("n") is None
    assert await why("x") == "当前没有叫号，请先呼叫下一位。"
    await queue.call_next(visitor.actor, window.id, later(1))
    assert await why("x") is None
    assert await why("r") == "该号码已呼叫 3 次，不能再次呼叫。"
    await queue.start(visitor.actor, ticket.id, later(2))
    for key in "nrx":
        assert await why(key) == "请先办结当前号码。"


async def test_the_windows_own_business_stands_first(visitor: Visitor) -> None:
    page = await visitor.get(f"/desk/{OFFICE}/windows/2")
    (own,) = (one for one in await catalog.office_windows(OFFICE) if one.number == 2)
    labels = re.findall(r'name="line" value="([a-z_]+)"', page.text)
    assert tuple(labels[: len(own.lines)]) == tuple(own.lines)


async def at_window(visitor: AtTheDesk, window: Window, *acts: str) -> str:
    """A number at the clerk's window after these acts; its id."""
    await queue.sit_down(visitor.actor, window.id, MORNING)
    ticket = await walk_in(visitor.actor)
    await visitor.get(BENCH)
    for act in ("next", *acts):
        await follow(visitor, await visitor.post(f"{BENCH}/{act}", ticket=str(ticket.id)))
    return str(ticket.id)


async def test_a_paper_is_fetched_and_the_number_handed_on_by_forms(
    visitor: AtTheDesk, window: Window
) -> None:
    ticket = await at_window(visitor, window, "tickets/start")
    note = "缺一张照片"
    page = await follow(visitor, await visitor.post(f"{BENCH}/park", ticket=ticket, note=note))
    assert note in page.text
    await follow(visitor, await visitor.post(f"{BENCH}/tickets/resume", ticket=ticket))
    page = await follow(visitor, await visitor.post(f"{BENCH}/next"))
    assert note in page.text
    refused = await visitor.post(f"{BENCH}/hand-on", ticket=ticket, to="1")
    assert refused.status_code == 422
    assert "该号码已在此处" in refused.text
    await follow(visitor, await visitor.post(f"{BENCH}/hand-on", ticket=ticket, to="vehicle"))
    assert (await queue.ticket(UUID(ticket))).line is Line.VEHICLE
    page = await follow(visitor, await visitor.post(f"{BENCH}/undo"))
    assert "bench-called" in page.text


async def test_whoever_was_served_rates_by_a_code_at_the_window(
    visitor: AtTheDesk, window: Window
) -> None:
    ticket = await at_window(visitor, window, "tickets/start")
    number = (await queue.ticket(UUID(ticket))).number
    assert number in (await visitor.get(f"{BENCH}/visitor")).text
    done = await visitor.client.post(
        f"{BENCH}/finish",
        data={"ticket": ticket, "_csrf_token": visitor.token},
        headers={"HX-Request": "true"},
    )
    assert f"{number} 可以评价" in done.text
    assert "评价二维码" in (await visitor.get(f"{BENCH}/visitor/now")).text
    await follow(visitor, await visitor.post(f"{BENCH}/undo"))
    assert "评价二维码" not in (await visitor.get(f"{BENCH}/visitor/now")).text


async def test_a_break_and_its_end_by_forms(visitor: AtTheDesk, window: Window) -> None:
    await queue.sit_down(visitor.actor, window.id, MORNING)
    await visitor.get(BENCH)
    refused = await visitor.post(f"{BENCH}/break", reason="rest", minutes="99999999999")
    assert refused.status_code == 422
    page = await follow(visitor, await visitor.post(f"{BENCH}/break", reason="meal", minutes="30"))
    assert "预计 09:15 恢复叫号" in page.text
    assert (await visitor.post(f"{BENCH}/next")).status_code == 409
    for layout in queue.Layout:
        board = await visitor.get(f"/board/{OFFICE}/now?layout={layout}")
        assert "暂停至 09:15" in board.text, layout
    page = await follow(visitor, await visitor.post(f"{BENCH}/go-on"))
    assert "窗口空闲" in page.text


async def test_an_outcome_and_a_reason_are_of_their_lists(
    visitor: AtTheDesk, window: Window
) -> None:
    ticket = await at_window(visitor, window, "tickets/start")
    wrong = await visitor.post(f"{BENCH}/finish", ticket=ticket, outcome="lost")
    assert wrong.status_code == 422
    await follow(
        visitor, await visitor.post(f"{BENCH}/finish", ticket=ticket, outcome="papers_missing")
    )
    assert (await queue.ticket(UUID(ticket))).outcome is queue.Outcome.PAPERS_MISSING
    other = await walk_in(visitor.actor)
    wrong = await visitor.post(f"{BENCH}/chosen", ticket=str(other.id), reason="my cousin")
    assert wrong.status_code == 422
    answer = await visitor.post(f"{BENCH}/chosen", ticket=str(other.id), reason="together")
    assert other.number in (await follow(visitor, answer)).text


async def test_what_somebody_wished_for_is_seen_at_the_window(
    visitor: AtTheDesk, window: Window
) -> None:
    booking = await appointment()
    wishes = seal_wishes(Wishes(needs=(Need.WHEELCHAIR,)), booking.id)
    await database.fetch("UPDATE appointment SET wishes = $2 WHERE id = $1", booking.id, wishes)
    await queue.sit_down(visitor.actor, window.id, MORNING)
    await checked_in(visitor.actor, booking)
    await queue.call_next(visitor.actor, window.id, later(1))
    assert "bench-remarks" in (await visitor.get(BENCH)).text
