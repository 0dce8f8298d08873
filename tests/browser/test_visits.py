"""A family on a phone, a firm's group and a caller at a desk: visits of several people."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from services import appointments, catalog, identity
from services.appointments import SlotView
from services.identity import AddFirm, RealName, Role
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import SystemClock, local_date
from services.kernel.ids import show_reference
from services.kernel.translations import Language, translate
from tests.bookings import ITEM, OFFICE, open_hall
from tests.browser.conftest import DESK, OpenPage
from tests.harness.axe import violations
from tests.lists import people, xlsx
from tests.people import PASSWORD, citizen_actor, enrolled_staff, new_phone, new_resident_id, totp
from tests.web.visitor import newest_code
from web.appointments.moving_all import MOVED

CHILDREN = ("王小宝", "王大宝")
PEOPLE = 4


@pytest.fixture(autouse=True)
async def hall(committed_database: None) -> None:
    """A hall with three seats an hour, its days ahead released."""
    del committed_database
    await open_hall(SystemClock().now(), seats=3, kept_telephone=1)


def zh(message: str, **values: object) -> str:
    return translate(message, Language.CHINESE, **values)


async def press(page: Page, message: str) -> None:
    await page.get_by_role("button", name=zh(message)).last.click()


async def sign_in(page: Page) -> Actor:
    """A citizen with a real name, signed in."""
    await page.goto("/sign-in")
    await page.get_by_label(zh("Mobile number")).fill(new_phone())
    await press(page, "Send me a code")
    await expect(page).to_have_url(re.compile("/sign-in/code"))
    await page.get_by_label(zh("Code"), exact=True).fill(await newest_code())
    await press(page, "Sign in")
    await expect(page).to_have_url(re.compile("/my"))
    citizen = citizen_actor(
        await database.fetchval("SELECT id FROM person ORDER BY id DESC LIMIT 1")
    )
    details = RealName(name="王建国", id_type="resident_id", id_number=new_resident_id())
    await identity.register_real_name(citizen, details, SystemClock().now())
    return citizen


async def sign_in_as_operator(page: Page) -> None:
    role = RoleAt(Role.TELEPHONE_OPERATOR)
    account = await enrolled_staff(SystemClock().now() - timedelta(minutes=2), role)
    await page.goto("/staff/sign-in?next=/desk/book")
    await page.get_by_label(zh("Username")).fill(account.username)
    await page.get_by_label(zh("Password")).fill(PASSWORD)
    await press(page, "Continue")
    code = page.get_by_label(zh("Code of your authenticator"))
    await code.fill(totp(account.secret, SystemClock().now()))
    await code.press("Enter")
    await expect(page).not_to_have_url(re.compile("/sign-in"))


async def first_free(number: int) -> SlotView:
    """The first slot, of days after today, in which so many can begin."""
    now = SystemClock().now()
    first = local_date(now) + timedelta(days=1)
    shape = appointments.VisitShape(people=number)
    found = await appointments.availability(
        OFFICE, ITEM, first, first + timedelta(days=14), now, shape=shape
    )
    return next(one for one in found if one.left and one.released_at <= now)


async def pick(page: Page, address: str, slot: SlotView) -> None:
    """Choose a time on a page of them."""
    joint = "&" if "?" in address else "?"
    await page.goto(f"{address}{joint}day={local_date(slot.starts_at)}")
    assert await violations(page) == []
    await page.locator(f"#slot-{slot.id}").check()


async def see_the_clock_and_ask_for_more(page: Page) -> None:
    """The places are kept, visibly; asking for more time leaves the page as it is."""
    clock = page.locator(".hold-clock .countdown-time")
    await expect(clock).to_have_text(re.compile(r"^(10:00|09:5\d)$"))
    assert await violations(page) == []
    await press(page, "I need more time")
    await expect(clock).to_have_text(re.compile(r"^(20:00|19:[345]\d)$"))
    await expect(page.get_by_role("button", name=zh("I need more time"))).to_have_count(0)


async def move_everybody(page: Page, slot: SlotView) -> None:
    await page.get_by_role("link", name=zh("Move everybody")).click()
    await expect(page).to_have_url(re.compile("/my/parties/.+/move"))
    await pick(page, page.url, slot)
    await press(page, "Move everybody to this time")
    await expect(page.get_by_text(zh(MOVED))).to_be_visible()


async def test_a_family_books_is_moved_and_one_of_them_stays_at_home(phone: Page) -> None:
    citizen = await sign_in(phone)
    here = f"/book/visit?item={ITEM}&office={OFFICE}"
    for name in CHILDREN:
        await phone.goto(here)
        await phone.get_by_role("link", name=zh("Add a person")).click()
        await phone.get_by_label(zh("Name"), exact=True).fill(name)
        await phone.get_by_label(zh("Document number")).fill(new_resident_id())
        await press(phone, "Add to my list")
        await expect(phone).to_have_url(re.compile("/book/visit"))
        await expect(phone.get_by_label(name)).to_be_visible()
    for name in CHILDREN:
        await phone.get_by_label(name).check()
    assert await violations(phone) == []
    await press(phone, "Show times")
    await expect(phone).to_have_url(re.compile("/book/visit/times"))
    await pick(phone, phone.url, await first_free(1 + len(CHILDREN)))
    await press(phone, "Keep this time")
    for name in CHILDREN:
        await expect(phone.get_by_text(name)).to_be_visible()
    await phone.get_by_text(zh("Do you need any help at the hall?")).click()
    wheelchair = phone.get_by_label(zh("I use a wheelchair or walk with difficulty"))
    await wheelchair.check()
    await see_the_clock_and_ask_for_more(phone)
    await expect(wheelchair).to_be_checked()
    await press(phone, "Confirm the appointment")

    await expect(phone).to_have_url(re.compile("/my/appointments/"))
    assert await violations(phone) == []
    there = await first_free(1 + len(CHILDREN))
    await move_everybody(phone, there)
    for found in await appointments.coming(citizen, SystemClock().now()):
        assert (found.starts_at >= there.starts_at, found.sequence) == (True, 1)
    await phone.get_by_role("link", name=re.compile(CHILDREN[1])).click()
    await phone.get_by_role("link", name=zh("Cancel the appointment")).click()
    await press(phone, "Cancel the appointment")
    await phone.goto("/my")
    await expect(phone.get_by_text(CHILDREN[0])).to_be_visible()
    await expect(phone.get_by_text(CHILDREN[1])).to_have_count(0)
    assert len(await appointments.coming(citizen, SystemClock().now())) == len(CHILDREN)


async def test_a_list_is_mended_and_booked_and_a_caller_is_served(
    open_page: OpenPage, tmp_path: Path
) -> None:
    desk = await open_page(DESK)
    citizen = await sign_in(desk)
    firm = AddFirm(credit_code="91350100M000100Y43", name="东昌重工")
    firm_id = await identity.add_firm(citizen, firm, SystemClock().now())
    good = people(PEOPLE)
    bad = [*good[:2], (*good[2][:2], "123", good[2][3]), *good[3:]]
    (tmp_path / "bad.xlsx").write_bytes(xlsx(bad))
    (tmp_path / "good.xlsx").write_bytes(xlsx(good))

    await desk.goto(f"/firm/{firm_id}/group")
    item = await catalog.item(ITEM)
    for file in ("bad.xlsx", "good.xlsx"):
        await desk.get_by_label(zh("What is to be done")).select_option(item.code)
        await desk.get_by_label(zh("Hall"), exact=True).select_option(OFFICE)
        await desk.get_by_label(zh("Your list")).set_input_files(tmp_path / file)
        assert await violations(desk) == []
        await press(desk, "Check the list")
        if file == "bad.xlsx":
            wrong = zh("Row %(row)s, %(column)s (%(cell)s):", row=3, column="证件号码", cell="C3")
            await expect(desk.get_by_text(wrong)).to_be_visible()
    await expect(desk).to_have_url(re.compile("/firm/lists/"))
    slot = await first_free(1)
    await pick(desk, desk.url, slot)
    await press(desk, "Keep this time")
    await expect(desk).to_have_url(re.compile("/confirm/"))
    await see_the_clock_and_ask_for_more(desk)
    await press(desk, "Book for everybody")
    await expect(desk).to_have_url(re.compile("/firm/groups/"))
    for name, *_ in good[1:]:
        await expect(desk.get_by_text(str(name), exact=True)).to_be_visible()
    assert await violations(desk) == []

    operator = await open_page(DESK)
    await sign_in_as_operator(operator)
    await operator.get_by_label(zh("Name"), exact=True).fill("周秀兰")
    await operator.get_by_label(zh("Document number")).fill(new_resident_id())
    await press(operator, "Go on")
    await expect(operator.get_by_text("该账号没有手机号")).to_be_visible()
    address = f"{operator.url}?item={ITEM}&office={OFFICE}"
    await pick(operator, address, slot)
    await press(operator, "Book this time")
    row = await database.fetchrow(
        "SELECT reference, share FROM appointment ORDER BY id DESC LIMIT 1"
    )
    assert row is not None
    await expect(operator.get_by_text(show_reference(row["reference"]))).to_be_visible()
    assert row["share"] == "telephone"
    assert await violations(operator) == []
