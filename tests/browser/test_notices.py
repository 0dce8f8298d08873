"""What was sent, as people see it; and the administrator's pages: in a browser, for everybody."""

import re
from datetime import timedelta

from playwright.async_api import Page, expect
from redis.asyncio import Redis

from services import audit
from services.identity import Role
from services.kernel import leases, outbox
from services.kernel.actor import SYSTEM, RoleAt
from services.kernel.clock import SystemClock
from services.kernel.ids import new_id, show_reference
from services.kernel.unit_of_work import unit_of_work
from services.notices import Lane
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_sign_in import accessible
from tests.faults.conftest import book_with_mail, open_todays_hall, until
from tests.harness.mailbox import Mailbox
from tests.people import PASSWORD, enrolled_staff, new_phone, totp
from tests.web.visitor import newest_code

EMAIL = "zhang.san@example.org"


async def test_a_mail_and_a_text_look_as_on_a_phone(
    open_page: OpenPage, live_server: str, mailbox: Mailbox
) -> None:
    del live_server
    await open_todays_hall()
    phone = new_phone()
    appointment = await book_with_mail(EMAIL, phone)
    await until(lambda: mailbox.mails(to=EMAIL) and mailbox.texts(to=phone), "both are sent")
    shown = show_reference(appointment.reference)
    for size in (PHONE, DESK):
        page = await open_page(size)
        await page.goto("/dev/mailbox")
        await accessible(page)
        await page.get_by_role("link", name=re.compile(EMAIL)).click()
        mail = page.frame_locator("iframe.mail-frame")
        await expect(mail.get_by_text(shown).first).to_be_visible()
        await expect(mail.get_by_role("heading", name="预约成功")).to_be_visible()
        await expect(page.get_by_text("REQUEST")).to_be_visible()
        inside = page.frame(url=re.compile("/html$"))
        assert inside is not None
        assert await inside.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await accessible(page)
        await page.goto("/dev/mailbox")
        await page.get_by_role("link", name=re.compile(phone)).first.click()
        await expect(page.locator(".bubble", has_text=shown)).to_be_visible()
        await accessible(page)


async def test_a_citizen_reads_what_was_sent(
    phone: Page, live_server: str, redis: Redis, mailbox: Mailbox
) -> None:
    del live_server
    await open_todays_hall()
    number = new_phone()
    appointment = await book_with_mail(EMAIL, number)
    await until(lambda: mailbox.mails(to=EMAIL) and mailbox.texts(to=number), "both are sent")
    await redis.flushall()  # the number asked for a code a moment ago
    await phone.goto("/sign-in?next=/my/notices")
    await phone.get_by_label("手机号").fill(number)
    await phone.get_by_role("button", name="获取验证码").click()
    await expect(phone).to_have_url(re.compile("/sign-in/code"))
    await phone.get_by_label("验证码", exact=True).fill(await newest_code())
    await phone.get_by_role("button", name="登录").click()
    await expect(phone.get_by_role("heading", name="我的通知")).to_be_visible()
    await expect(phone.get_by_text("已发送")).to_have_count(2)
    await accessible(phone)
    await phone.get_by_role("link", name="预约成功").first.click()
    await expect(phone).to_have_url(re.compile(f"/my/appointments/{appointment.reference}"))


async def test_an_administrator_sees_what_is_stuck_and_frees_it(
    desk: Page, open_page: OpenPage, live_server: str
) -> None:
    now = SystemClock().now()
    account = await enrolled_staff(now - timedelta(minutes=2), RoleAt(Role.ADMINISTRATOR))
    await desk.goto("/staff/sign-in?next=/admin")
    await desk.get_by_label("用户名").fill(account.username)
    await desk.get_by_label("密码").fill(PASSWORD)
    await desk.get_by_role("button", name="继续").click()
    await desk.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await desk.get_by_role("button", name="继续").first.click()
    await expect(desk.get_by_role("heading", name="总览")).to_be_visible()
    await accessible(desk)

    topic = "test.nobody_takes_this"
    async with unit_of_work():
        await outbox.publish(topic, {"notice_id": str(new_id())}, now)
        await outbox.publish(Lane.EMAIL.topic, {"notice_id": str(new_id())}, now)
    [event] = await leases.claim([topic], now, 1)
    await leases.fail(event, "smtp_recipient_550", now, for_good=True)
    await desk.get_by_role("link", name="失败事件").click()
    await expect(desk.get_by_text("邮件服务器拒收该邮箱。")).to_be_visible()
    await accessible(desk)
    await desk.get_by_role("button", name="重试", exact=True).click()
    await expect(desk.get_by_text("已重新处理该事件。")).to_be_visible()
    await expect(desk.get_by_text("没有失败事件")).to_be_visible()
    await accessible(desk)

    await desk.get_by_role("link", name="审计", exact=True).click()
    await desk.get_by_role("button", name="立即核查").click()
    await expect(desk.get_by_text("审计链已核查，完整无误。")).to_be_visible()
    await accessible(desk)
    await desk.get_by_label("对象编号").fill(str(event.id))
    await desk.get_by_role("button", name="搜索").click()
    await expect(desk.get_by_role("cell", name="重试失败事件")).to_be_visible()
    await accessible(desk)
    check = await audit.check(SYSTEM, SystemClock().now())
    assert check.finding is None

    narrow = await open_page(PHONE)
    await narrow.context.add_cookies(
        [
            {"name": cookie["name"], "value": cookie["value"], "url": live_server}
            for cookie in await desk.context.cookies()
        ]
    )
    for path in ("/admin", "/admin/outbox", "/admin/audit"):
        await narrow.goto(path)
        await accessible(narrow)
