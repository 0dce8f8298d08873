"""People sign in with a real browser: on a phone, and at a desk with an authenticator."""

import re
from datetime import timedelta

from playwright.async_api import Page, expect

from services import identity
from services.identity import Role
from services.kernel.actor import RoleAt
from services.kernel.clock import SystemClock
from tests.harness.axe import violations
from tests.people import (
    PASSWORD,
    enrolled_staff,
    named_person,
    new_phone,
    new_resident_id,
    new_staff,
    totp,
)
from tests.web.visitor import newest_code

LANGUAGES = ("zh_CN", "en")


async def accessible(page: Page) -> None:
    """No violation in either language, and nothing wider than the screen."""
    here = page.url
    for language in LANGUAGES:
        await page.goto(f"{here}{'&' if '?' in here else '?'}lang={language}")
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.goto(f"{here}{'&' if '?' in here else '?'}lang=zh_CN")


async def test_a_citizen_signs_in_and_gives_a_name(phone: Page) -> None:
    await phone.goto("/my/profile")
    await expect(phone).to_have_url(re.compile(r"/sign-in\?next="))
    await accessible(phone)
    number = phone.get_by_label("手机号")
    await expect(number).to_have_attribute("inputmode", "numeric")
    await number.fill("138")
    await phone.get_by_role("button", name="获取验证码").click()
    await expect(phone.get_by_text("请输入 11 位内地手机号。")).to_be_visible()
    await expect(number).to_have_value("138")

    await number.fill(new_phone())
    await phone.get_by_role("button", name="获取验证码").click()
    await expect(phone).to_have_url(re.compile("/sign-in/code"))
    await expect(phone.get_by_text("可重新获取")).to_be_visible()
    await expect(phone.get_by_role("button", name="重新获取验证码")).to_be_hidden()
    await accessible(phone)
    code = phone.get_by_label("验证码", exact=True)
    await expect(code).to_have_attribute("autocomplete", "one-time-code")
    await code.fill(await newest_code())
    await phone.get_by_role("button", name="登录").click()

    await expect(phone).to_have_url(re.compile("/my/profile"))
    await accessible(phone)
    await phone.locator("#name").fill("张三")
    await phone.get_by_label("证件号码").fill(new_resident_id())
    await phone.get_by_role("button", name="保存").click()
    await expect(phone.get_by_text("个人资料已保存。")).to_be_visible()
    await accessible(phone)

    await phone.get_by_role("link", name="更换手机号").click()
    await accessible(phone)
    await phone.goto("/my/access")
    await accessible(phone)
    await phone.get_by_label("令牌用途").fill("我的脚本")
    await phone.get_by_role("button", name="新建令牌").click()
    await expect(phone.get_by_text("请现在复制令牌")).to_be_visible()
    assert await violations(phone) == []


async def test_staff_enrol_and_sign_in(desk: Page) -> None:
    staff_id = await new_staff(SystemClock().now(), username="wang.min")
    await desk.goto("/staff/sign-in")
    await accessible(desk)
    await desk.get_by_label("用户名").fill("wang.min")
    await desk.get_by_label("密码").fill(PASSWORD)
    await desk.get_by_role("button", name="继续").click()

    await expect(desk).to_have_url(re.compile("/staff/sign-in/enrolment"))
    await accessible(desk)
    secret = (await identity.enrolment(staff_id)).secret
    await desk.get_by_label("动态码").fill(totp(secret, SystemClock().now()))
    await desk.get_by_role("button", name="确认").click()
    await expect(desk.get_by_role("heading", name="您的备用码")).to_be_visible()
    assert await desk.locator(".recovery-codes li").count() == 10
    assert await violations(desk) == []

    await desk.goto("/staff/proof")
    await accessible(desk)
    recovery = await desk.get_by_text("手机不在身边？").count()
    assert recovery == 1


async def test_staff_look_somebody_up(desk: Page) -> None:
    now = SystemClock().now()
    account = await enrolled_staff(now - timedelta(minutes=1), RoleAt(Role.SUPERVISOR))
    person_id = await named_person(now, name="李娜")
    await desk.goto(f"/staff/sign-in?next=/staff/people/{person_id}")
    await desk.get_by_label("用户名").fill(account.username)
    await desk.get_by_label("密码").fill(PASSWORD)
    await desk.get_by_role("button", name="继续").click()
    await desk.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await desk.get_by_role("button", name="继续").first.click()
    await expect(desk.get_by_role("heading", name="*娜")).to_be_visible()
    await accessible(desk)
    await desk.get_by_label("查看原因").fill("核对预约信息")
    await desk.get_by_role("button", name="显示完整信息").click()
    await expect(desk.get_by_text("李娜")).to_be_visible()
    await desk.goto("/staff/people")
    await accessible(desk)
    await desk.get_by_role("button", name="退出登录").click()
    await expect(desk).to_have_url(re.compile("/staff/sign-in"))
