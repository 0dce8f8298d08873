"""The kiosk: only the hall's own device gives out numbers, and it tells nobody's name."""

import re

import httpx
import pytest
from litestar import Litestar

from services import queue
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import Forbidden, InvalidInput
from services.queue import CheckIn, NotAtKiosk, Priority, WalkIn
from tests.bookings import OFFICE
from tests.people import new_staff, staff_actor
from tests.queues import MORNING, OTHER_OFFICE, appointment, checked_in, clerk, open_morning
from tests.web.hall import new_client
from tests.web.visitor import Visitor

KIOSK = f"/kiosk/{OFFICE}"


@pytest.fixture(autouse=True)
async def hall(client: httpx.AsyncClient, clock: FixedClock) -> None:
    del client
    await open_morning()
    clock.moment = MORNING


@pytest.fixture
def anybody(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    return Visitor(client, clock)


async def administrator() -> Actor:
    held = RoleAt("administrator")
    return staff_actor(await new_staff(MORNING, held), held)


async def at_the_kiosk(anybody: Visitor) -> Visitor:
    """The same browser, once it has opened a link."""
    made = await queue.create_kiosk(await administrator(), OFFICE, "正门", MORNING)
    await anybody.get("/kiosk/setup", key=made.setup_key)
    answer = await anybody.post("/kiosk/setup", key=made.setup_key)
    assert answer.headers["location"] == KIOSK
    await anybody.get(f"{KIOSK}/lines/household/class")
    return anybody


async def tickets() -> int:
    return int(await database.fetchval("SELECT count(*) FROM ticket"))


async def test_the_internet_gets_no_number_and_reads_how_a_kiosk_is_set_up(
    anybody: Visitor,
) -> None:
    page = await anybody.get(KIOSK)
    assert page.url.path == "/kiosk"
    assert "管理员打开" in page.text
    await anybody.get("/sign-in")
    for path, fields in (("numbers", {"line": "household"}), ("check-in", {"reference": "x"})):
        answer = await anybody.post(f"{KIOSK}/{path}", **fields)
        assert answer.status_code == 401
    assert await tickets() == 0


async def test_a_link_makes_one_device_a_kiosk_and_looking_at_it_spends_nothing(
    anybody: Visitor, app: Litestar, clock: FixedClock
) -> None:
    made = await queue.create_kiosk(await administrator(), OFFICE, "正门", MORNING)
    for _ in range(2):
        assert (await anybody.get("/kiosk/setup", key=made.setup_key)).status_code == 200
    await at_the_kiosk(anybody)
    async with new_client(app) as second:
        other = Visitor(second, clock)
        await other.get("/kiosk/setup", key=made.setup_key)
        assert (await other.post("/kiosk/setup", key=made.setup_key)).status_code == 303
        spent = await other.post("/kiosk/setup", key=made.setup_key)
    assert spent.status_code == 404
    assert "链接已失效" in spent.text


async def test_a_number_in_three_presses_and_on_paper(anybody: Visitor) -> None:
    kiosk = await at_the_kiosk(anybody)
    start = await kiosk.get(KIOSK)
    assert f"{KIOSK}/lines/household" in start.text
    items = await kiosk.get(f"{KIOSK}/lines/household")
    found = re.search(r'href="([^"]+class\?item=[^"]+)"', items.text)
    assert found is not None
    await kiosk.get(found[1])
    given = await kiosk.post(f"{KIOSK}/numbers", line="household", priority="elderly_or_disabled")
    ticket = await kiosk.get(given.headers["location"])
    assert "H001" in ticket.text
    assert "您前面还有 0 人" in ticket.text
    assert "receipt.css" in ticket.text
    assert "数据还不够" in ticket.text or "没有窗口" in ticket.text


async def test_a_slip_is_taken_whoever_shows_it_and_names_nobody(anybody: Visitor) -> None:
    booking = await appointment()
    kiosk = await at_the_kiosk(anybody)
    await kiosk.get(KIOSK)
    scanned = f"http://hall.test/a/{booking.reference}"
    given = await kiosk.post(f"{KIOSK}/check-in", reference=scanned)
    page = await kiosk.get(given.headers["location"])
    assert page.status_code == 200
    for personal in ("张三", booking.reference, booking.reference[:5]):
        assert personal not in page.text
    again = await kiosk.post(f"{KIOSK}/check-in", reference=booking.reference)
    assert again.status_code == 409
    assert "已经取过号" in again.text
    assert "H001" not in again.text


async def test_what_does_not_fit_is_refused_at_once_on_the_kiosks_own_page(
    anybody: Visitor,
) -> None:
    kiosk = await at_the_kiosk(anybody)
    for path in (
        "lines/vehicle/class?item=id-card-renew",
        "lines/household/class?item=nonsense",
        "lines/cooking",
        "lines/cooking/class",
    ):
        page = await kiosk.get(f"{KIOSK}/{path}")
        assert page.status_code in {404, 422}, path
        assert "kiosk-refused" in page.text, path
        assert "numbers" not in page.text, path
    unknown = await kiosk.post(f"{KIOSK}/check-in", reference="2345678923")
    assert unknown.status_code == 404
    assert "柜台" not in unknown.text
    assert "没有查到" in unknown.text


async def test_a_shut_out_device_gives_no_more_numbers(anybody: Visitor) -> None:
    kiosk = await at_the_kiosk(anybody)
    [made] = await queue.kiosks(await administrator())
    await queue.revoke_kiosk(await administrator(), made.id, MORNING)
    answer = await kiosk.post(f"{KIOSK}/numbers", line="household")
    assert answer.status_code == 401
    assert await tickets() == 0


async def test_a_kiosk_acts_at_its_own_office_and_calls_nothing_urgent() -> None:
    made = await queue.create_kiosk(await administrator(), OFFICE, "正门", MORNING)
    device = made.kiosk.actor("zh_CN")
    urgent = WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD, priority=Priority.URGENT)
    with pytest.raises(NotAtKiosk):
        await queue.take_ticket(device, urgent, MORNING)
    elsewhere = WalkIn(office_code=OTHER_OFFICE, line=Line.HOUSEHOLD)
    with pytest.raises(Forbidden):
        await queue.take_ticket(device, elsewhere, MORNING)
    booking = await appointment()
    used = await checked_in(await clerk(), booking)
    assert used.number == "H001"
    with pytest.raises(queue.SlipUsed):
        await queue.check_in(
            device, CheckIn(office_code=OFFICE, reference=booking.reference), MORNING
        )


async def test_only_an_administrator_makes_kiosks_and_each_step_is_in_the_audit() -> None:
    with pytest.raises(Forbidden):
        await queue.create_kiosk(await clerk(), OFFICE, "正门", MORNING)
    with pytest.raises(InvalidInput):
        await queue.create_kiosk(await administrator(), OFFICE, " ", MORNING)
    actor = await administrator()
    made = await queue.create_kiosk(actor, OFFICE, "正门", MORNING)
    await queue.open_kiosk(made.setup_key, MORNING)
    await queue.revoke_kiosk(actor, made.kiosk.id, MORNING)
    rows = await database.fetch(
        "SELECT action, actor_kind FROM audit_record WHERE subject = 'kiosk' ORDER BY id"
    )
    assert [(row["action"], row["actor_kind"]) for row in rows] == [
        ("queue.kiosk_created", "staff"),
        ("queue.kiosk_opened", "kiosk"),
        ("queue.kiosk_revoked", "staff"),
    ]


async def test_whoever_asks_too_fast_waits(anybody: Visitor) -> None:
    kiosk = await at_the_kiosk(anybody)
    answers = [
        (await kiosk.post(f"{KIOSK}/check-in", reference=f"guess{n}")).status_code
        for n in range(32)
    ]
    assert answers[0] == 404
    assert answers[-1] == 429
