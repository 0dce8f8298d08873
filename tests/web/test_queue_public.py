"""The screen, the ticket and the rule: public, in both languages, and without a name."""

from datetime import time, timedelta

import httpx
import pytest
from msgspec import structs

from services import queue
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.kernel.ids import new_id
from tests.bookings import OFFICE
from tests.people import new_staff, staff_actor
from tests.queues import (
    MORNING,
    appointment,
    checked_in,
    later,
    open_morning,
    seated,
    walk_in,
    windows,
)


@pytest.fixture(autouse=True)
async def hall(client: httpx.AsyncClient, clock: FixedClock) -> None:
    """A hall with somebody called by name in the clerk's records, and somebody waiting."""
    del client
    await open_morning()
    clock.moment = MORNING


async def test_the_screen_shows_the_call_and_no_name(client: httpx.AsyncClient) -> None:
    window = (await windows())[0]
    actor, booking = await seated(window), await appointment()
    ticket = await checked_in(actor, booking)
    await walk_in(actor)
    await queue.call_next(actor, window.id, later(0))
    for path in (f"/board/{OFFICE}", f"/board/{OFFICE}/now"):
        page = await client.get(path)
        assert page.status_code == 200
        assert ticket.number in page.text
        assert "请 H 零 零 一 号到 1 号窗口。" in page.text
        assert "三" not in page.text.replace("零", "")
        assert booking.reference not in page.text
    english = await client.get(f"/board/{OFFICE}?lang=en")
    assert "Please come to window" in english.text
    assert "请 H 零 零 一 号" in english.text
    assert "Number H 0 0 1, window 1." in english.text


async def test_every_hall_has_a_screen(client: httpx.AsyncClient) -> None:
    page = await client.get("/board")
    assert page.text.count('href="/board/') == 8
    assert (await client.get("/board/nowhere")).status_code == 404
    assert (await client.get("/live/nowhere")).status_code == 404


async def test_the_ticket_follows_its_way(client: httpx.AsyncClient, clock: FixedClock) -> None:
    window = (await windows())[0]
    actor = await seated(window)
    first, second = await walk_in(actor), await walk_in(actor)
    page = await client.get(f"/ticket/{second.id}")
    assert "H002" in page.text
    assert "<strong>1</strong>" in page.text
    await queue.call_next(actor, window.id, later(1))
    assert "轮到您了" in (await client.get(f"/ticket/{first.id}/now")).text
    assert "下一位就是您" in (await client.get(f"/ticket/{second.id}/now")).text
    await queue.start(actor, first.id, later(2))
    assert "正在为您办理" in (await client.get(f"/ticket/{first.id}/now")).text
    await queue.finish(actor, first.id, later(3))
    assert "已办结" in (await client.get(f"/ticket/{first.id}/now")).text
    await queue.call_next(actor, window.id, later(4))
    await queue.skip(actor, second.id, later(5))
    assert "恢复排队一次" in (await client.get(f"/ticket/{second.id}/now")).text
    clock.moment = later(24 * 60)
    assert "现已失效" in (await client.get(f"/ticket/{second.id}/now")).text


async def test_who_fetches_a_paper_reads_that_the_number_keeps_its_place(
    client: httpx.AsyncClient,
) -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    await queue.park(actor, queue.Park(ticket_id=ticket.id), later(3))
    for path in (f"/ticket/{ticket.id}", f"/ticket/{ticket.id}/now"):
        assert "号码为您保留" in (await client.get(f"{path}?lang=zh_CN")).text
        english = (await client.get(f"{path}?lang=en")).text
        assert "keeps its place" in english
        assert "called there first" in english
        assert "does not stand" not in english


async def test_a_window_without_a_clerk_is_not_shown_as_free(
    client: httpx.AsyncClient, clock: FixedClock
) -> None:
    window, other = (await windows())[:2]
    actor = await seated(window)
    grid = f"/board/{OFFICE}/now?layout=grid&lang=en"
    page = (await client.get(grid)).text
    assert page.count("Window free") == 1
    assert page.count("Closed</span>") == page.count("board-tile-number") - 1
    rest = queue.TakeBreak(
        window_id=window.id, reason=queue.PauseReason.MEAL, length=timedelta(minutes=30)
    )
    await queue.take_break(actor, rest, MORNING)
    await seated(other)
    assert (await queue.board(OFFICE, MORNING)).paused == {
        window.number: MORNING + timedelta(minutes=30)
    }
    clock.moment = later(5)
    page = (await client.get(f"/board/{OFFICE}?layout=grid&lang=en")).text
    assert page.count("Paused until") == 1
    assert page.count("Window free") == 1
    assert (await queue.board(OFFICE, later(31))).paused == {window.number: None}


async def test_an_unknown_ticket_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"/ticket/{new_id()}")).status_code == 404
    assert (await client.get("/ticket/H001")).status_code == 404


async def test_the_rule_is_published_with_the_figures_that_hold(client: httpx.AsyncClient) -> None:
    chinese = (await client.get("/queue-order")).text
    english = (await client.get("/queue-order?lang=en")).text
    for figure in ("30", "20", "40", "120", "3"):
        assert f" {figure} " in chinese
        assert f" {figure} " in english


async def test_every_layout_shows_the_call_and_a_saved_screen_its_own(
    client: httpx.AsyncClient,
) -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(0))
    for layout in queue.Layout:
        page = await client.get(f"/board/{OFFICE}/now?layout={layout}")
        assert f'data-call="{ticket.id}:1"' in page.text, layout
        assert ticket.number in page.text
    held = RoleAt("administrator")
    administrator = staff_actor(await new_staff(MORNING, held), held)
    command = queue.SaveScreen(
        office_code=OFFICE,
        name="大门",
        layout=queue.Layout.GRID,
        voices=queue.Voices.CHIME,
        quiet_from=time(12),
        quiet_until=time(13, 30),
    )
    saved = await queue.save_screen(administrator, command, MORNING)
    shown = await client.get(f"/board/{OFFICE}?screen={saved.id}")
    for mark in ("board-now-grid", 'data-voices="chime"', 'data-quiet-until="13:30"'):
        assert mark in shown.text
    with pytest.raises(queue.ScreenNameTaken):
        await queue.save_screen(administrator, command, MORNING)
    now = f"/board/{OFFICE}/now?screen={saved.id}"
    before = await client.get(now)
    assert saved.changed_at.isoformat() in before.text
    changed = structs.replace(command, layout=queue.Layout.LIST)
    await queue.save_screen(administrator, changed, later(1), saved.id)
    # The mark by which a screen that hangs there sees that it is to load itself again.
    assert later(1).isoformat() in (await client.get(now)).text
    assert "board-list" in (await client.get(now)).text
    await queue.remove_screen(administrator, saved.id, MORNING)
    assert (await client.get(f"/board/{OFFICE}?screen={saved.id}")).status_code == 404
    assert (await client.get(f"/board/{OFFICE}?screen=nonsense")).status_code == 404
