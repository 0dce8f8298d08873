"""The administrator connects a platform, in a browser: a key, a webhook, a test that arrives."""

import re
from datetime import timedelta

from playwright.async_api import Page, expect
from redis.asyncio import Redis

from services import catalog
from services.identity import Role
from services.kernel.actor import RoleAt
from services.kernel.clock import SystemClock
from tests.browser.test_sign_in import accessible
from tests.harness.axe import violations
from tests.harness.receiver import receiving
from tests.people import PASSWORD, enrolled_staff, totp

MINUTE = timedelta(minutes=1)


async def sign_in(desk: Page) -> None:
    """An administrator, who enrolled a minute ago."""
    now = SystemClock().now()
    account = await enrolled_staff(now - MINUTE, RoleAt(Role.ADMINISTRATOR))
    await desk.goto("/staff/sign-in")
    await desk.locator("[name=username]").fill(account.username)
    await desk.locator("[name=password]").fill(PASSWORD)
    await desk.locator("main form button[type=submit]").click()
    await desk.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await desk.get_by_label("动态码").press("Enter")
    await desk.wait_for_url(re.compile("/admin"))


async def test_a_platform_is_connected(desk: Page, live_server: str, redis: Redis) -> None:
    del live_server, redis
    await catalog.sync(SystemClock().now())
    await sign_in(desk)
    await desk.get_by_role("link", name="合作平台").click()
    await expect(desk.get_by_text("还没有合作平台")).to_be_visible()
    await accessible(desk)
    await desk.get_by_role("link", name="新增合作平台").click()
    await accessible(desk)
    await desk.get_by_label("平台名称").fill("掌上办事")
    await desk.get_by_label("类型", exact=True).select_option("app")
    await desk.get_by_role("button", name="保存").click()

    await desk.get_by_label("使用位置").fill("生产服务器")
    await desk.get_by_role("button", name="创建密钥").click()
    await expect(desk.get_by_text("请至少选择一项密钥权限").first).to_be_visible()
    await desk.get_by_label("查询号源").check()
    await desk.get_by_role("button", name="创建密钥").click()
    await expect(desk.locator("#told")).to_have_text(re.compile("^bst_partner_"))
    await desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await desk.get_by_role("button", name="复制").click()
    await expect(desk.get_by_role("button", name="已复制")).to_be_visible()
    key = await desk.locator("#told").text_content()
    assert await desk.evaluate("navigator.clipboard.readText()") == key
    assert await violations(desk) == []

    async with receiving() as receiver:
        await desk.locator("summary", has_text="新增回调地址").click()
        await desk.get_by_label("地址", exact=True).fill("https://10.0.0.1/hook")
        await desk.get_by_role("button", name="添加地址").click()
        await expect(desk.get_by_text("该地址不在公网上").first).to_be_visible()
        await desk.get_by_label("地址", exact=True).fill(receiver.url)
        await desk.get_by_role("button", name="添加地址").click()
        await expect(desk.locator("#told")).to_have_text(re.compile("^whsec_"))
        await desk.get_by_role("button", name="发送测试").click()
        await expect(desk.locator("tbody tr")).to_have_count(1)
        for _ in range(20):
            if await desk.locator("tbody .tag-green").count():
                break
            await desk.wait_for_timeout(250)
            await desk.reload()
        await expect(desk.locator("tbody .tag-green")).to_be_visible()
        assert len(receiver.taken) == 1
        await accessible(desk)
        await desk.get_by_role("button", name="重发").click()
        await expect(desk.get_by_text("消息正在重发")).to_be_visible()
