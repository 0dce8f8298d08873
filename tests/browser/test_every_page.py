"""Every page, as everybody who may see it does: accessible, whole, and within the screen."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, time
from email.message import EmailMessage
from typing import Final

import aiosmtplib
import httpx
import pytest
from msgspec import Struct
from playwright.async_api import Page, ViewportSize
from redis.asyncio import Redis

from services import catalog, identity
from services.identity import Role
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock, SystemClock, local_date, local_moment
from services.kernel.settings import settings
from tests.bookings import OFFICE
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.harness.axe import violations
from tests.harness.moved import serving_at
from tests.harness.routes import Route, Samples, routes, samples
from tests.harness.run import Worker
from tests.people import citizen_actor, enrolled_staff, new_phone, new_staff
from tests.web.hall import forget_limits, people_at_work
from tests.web.visitor import Visitor
from web.app import create_app
from web.common.assets import STATIC
from web.common.guards import Staff

OK: Final = 200
FREE_ITEM: Final = "move-out"
V1: Final = "/api/v1/"
NARROWEST: Final = 320
# Answered with something else than a page: parts of pages, streams, files, figures.
NO_PAGES: Final = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/clock",
    "/api/openapi.json",
    "/dev/mailbox.json",
    "/dev/mailbox/{message_id:str}/html",
    "/live/{office:str}",
    "/board/{office:str}/now",
    "/ticket/{ticket_id:uuid}/now",
    "/desk/{office:str}/windows/{number:int}/now",
    "/desk/{office:str}/windows/{number:int}/visitor/now",
    "/desk/{office:str}/overview/now",
    "/staff/complaints/overdue",
    "/my/appointments/{reference:str}/calendar.ics",
    "/firm/template/{kind:str}",
    "/firm/groups/{party_id:uuid}/list.csv",
    "/staff/figures.csv",
    "/staff/figures.xlsx",
}
# Addresses that lead on to a page.
WAYS_ON: Final = {
    "/my/appointments/{reference:str}/again",
    "/admin/calendar",
    "/admin/changes",
    "/admin/closures",
    "/admin/schedules",
    "/kiosk/setup",
    "/staff",
    "/a/{reference:str}",
    "/book/picked",
    "/book/wait",
    "/w",
    "/rate/at/{invitation:str}",
    "/my/profile/longer",
}
# What an address must ask for to be a page; slot_id is added where it has a place.
ASKED: Final = {
    "/book/visit": f"?item={FREE_ITEM}&office={OFFICE}",
    "/book/visit/times": f"?item={FREE_ITEM}&office={OFFICE}",
}
# The last elements that make a page wider than the window; those in boxes that scroll do not.
STICKING_OUT: Final = """async () => {
    const fits = () => document.documentElement.scrollWidth <= innerWidth;
    // The layout follows a change of size with one of the next frames.
    for (let frame = 0; frame < 30 && !fits(); frame++)
        await new Promise(requestAnimationFrame);
    if (fits()) return [];
    const scrolls = e =>
        e && (getComputedStyle(e).overflowX !== 'visible' || scrolls(e.parentElement));
    return [...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth && !scrolls(e.parentElement))
        .map(e => `${e.tagName.toLowerCase()}.${e.className}`)
        .slice(-3);
}"""
# Classes on a page that only a sheet which it does not link knows how to show.
UNSTYLED: Final = """known => {
    const linked = [...document.styleSheets].flatMap(sheet => [...sheet.cssRules]);
    const styled = new Set(linked.flatMap(rule => rule.cssText.match(/\\.[a-z][\\w-]*/g) ?? []));
    const used = [...document.querySelectorAll('[class]')].flatMap(e => [...e.classList]);
    return [...new Set(used)].filter(name => known.includes(name) && !styled.has('.' + name));
}"""
# Pages that one only sees between two steps, and who is there.
STEPS: Final = {
    "/sign-in/code": "waiting for a code",
    "/staff/sign-in/code": "with a password",
    "/staff/sign-in/enrolment": "new to the staff",
    "/kiosk/{office:str}": "at the kiosk",
    "/kiosk/{office:str}/reference": "at the kiosk",
    "/kiosk/{office:str}/lines/{line:str}": "at the kiosk",
    "/kiosk/{office:str}/lines/{line:str}/class": "at the kiosk",
    "/kiosk/{office:str}/tickets/{ticket_id:uuid}": "at the kiosk",
}
CLASSES: Final = {
    name
    for sheet in (STATIC / "css").glob("*.css")
    for name in re.findall(r"\.([a-z][\w-]*)", sheet.read_text(encoding="utf-8"))
}
CLERK: Final = (RoleAt(Role.CLERK, OFFICE), RoleAt(Role.SUPERVISOR, OFFICE))
ADMIN: Final = (RoleAt(Role.ADMINISTRATOR), RoleAt(Role.AUDITOR), RoleAt(Role.SUPERVISOR))
ROLES: Final = {"clerk": CLERK, "admin": ADMIN}


class House(Struct):
    """A server in the morning, the people before its pages, and what their addresses hold."""

    url: str
    people: dict[str, Visitor]
    samples: Samples
    free_slot: str


def may_see(who: str, route: Route) -> bool:
    if route.path in STEPS:
        return STEPS[route.path] == who
    if isinstance(route.guard, Staff):
        held = {one.role for one in ROLES.get(who, ())}
        return bool(held & set(route.guard.roles) or (held and not route.guard.roles))
    # To staff, public pages show nothing but another header: one of them is enough.
    public = {"nobody", "citizen"} if route.path != "/" else {"nobody", "citizen", *ROLES}
    return who == "citizen" if route.guard else who in public


@asynccontextmanager
async def house_in_the_morning(worker: Worker, redis: Redis) -> AsyncIterator[House]:
    """Everybody is where they have something to see."""
    now = SystemClock().now()
    [next_day] = await catalog.working_days_ahead(local_date(now), 1)
    morning = local_moment(next_day, time(8, 45))
    made = await people_at_work(now, morning, *CLERK)
    await identity.create_token(citizen_actor(made.person_id), "mine", now)
    admin = await enrolled_staff(now, *ADMIN)
    newcomer = (await identity.staff_member(await new_staff(now))).username
    caught = await send_mail(worker)

    with serving_at(worker, morning) as url:
        async with AsyncExitStack() as closing:
            people = {}
            for who in dict.fromkeys(("nobody", "citizen", *ROLES, *STEPS.values())):
                client = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
                await closing.enter_async_context(client)
                people[who] = Visitor(client, FixedClock(morning))
            await forget_limits(redis)
            await people["citizen"].sign_in(made.phone)
            await people["citizen"].get("/my/profile/phone")
            await people["citizen"].post("/my/profile/phone", phone=new_phone())
            await people["clerk"].staff_sign_in(made.account.username, made.account.secret)
            await people["admin"].staff_sign_in(admin.username, admin.secret)
            await people["waiting for a code"].ask_for_code(new_phone())
            await people["with a password"].staff_password(admin.username)
            await people["new to the staff"].staff_password(newcomer)
            await people["at the kiosk"].get("/kiosk/setup", key=made.kiosk_key)
            await people["at the kiosk"].post("/kiosk/setup", key=made.kiosk_key)
            free = await free_slot(people["citizen"])
            yield House(url, people, await samples(made.person_id, message_id=caught), free)


async def free_slot(citizen: Visitor) -> str:
    """The first that can be booked now."""
    asked = {"office": OFFICE, "item": FREE_ITEM}
    found = (await citizen.client.get("/api/v1/slots", params=asked)).json()
    now = citizen.clock.now()
    released = (one for one in found if datetime.fromisoformat(one["released_at"]) <= now)
    return next(str(one["id"]) for one in released if one["left"])


async def send_mail(worker: Worker) -> str:
    """A mail that is really sent; its id in the mailbox."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "预约成功", "hall@example.org", "li@example.org"
    mail.set_content("您的预约已成功。")
    mail.add_alternative("<p>您的预约已成功。</p>", subtype="html")
    smtp = worker.environment()
    await aiosmtplib.send(
        mail, hostname=smtp["BANSHI_SMTP_HOST"], port=int(smtp["BANSHI_SMTP_PORT"])
    )
    return max(path.stem for path in worker.mailbox.glob("*.eml"))


async def looked_at(page: Page, language: str, *, closely: bool) -> AsyncIterator[str]:
    """What is wrong with a page; `closely` with axe-core."""
    tag = language.replace("zh_CN", "zh-CN")
    checks = {
        "title": "document.title.split(' · ')[0].trim().length > 0",
        "h1": "document.querySelector('h1')?.textContent.trim().length > 0",
        "lang": f"document.documentElement.lang === '{tag}'",
    }
    for what, holds in checks.items():
        if not await page.evaluate(holds):
            yield what
    for name in await page.evaluate(UNSTYLED, sorted(CLASSES)):
        yield f"no sheet for .{name}"
    for fault in await violations(page) if closely else ():
        yield fault
    for width in (PHONE["width"], NARROWEST):
        await page.set_viewport_size({"width": width, "height": 700})
        if sticking_out := await page.evaluate(STICKING_OUT):
            yield f"wider than {width} px: {sticking_out}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "size"), [("zh_CN", PHONE), ("en", DESK)])
async def test_every_page_is_whole_and_accessible(
    open_page: OpenPage, worker: Worker, redis: Redis, language: str, size: ViewportSize
) -> None:
    found = [route for route in routes(create_app(settings())) if is_page(route)]
    shown: set[str] = set()
    faults: list[str] = []

    async with house_in_the_morning(worker, redis) as house:
        for who, visitor in house.people.items():
            page = await open_page(size)
            await be(page, visitor, house.url, language)
            for route in found:
                if not may_see(who, route):
                    continue
                asked = ASKED.get(route.path, "").format(slot_id=house.free_slot)
                address = route.address(house.samples) + asked
                await page.set_viewport_size(size)
                answer = await page.goto(house.url + address)
                assert answer is not None
                if answer.status != OK:
                    faults.append(f"{address} for {who}: {answer.status}")
                elif page.url == house.url + address:
                    # Public pages differ only in their header from one person to the next.
                    closely = route.path not in shown or route.path == "/"
                    shown.add(route.path)
                    found_here = [one async for one in looked_at(page, language, closely=closely)]
                    faults += [f"{address} for {who}: {fault}" for fault in found_here]
            if who == "nobody":
                await page.goto(f"{house.url}/nothing/here")
                faults += [f"404: {one}" async for one in looked_at(page, language, closely=True)]
            await page.close()

    assert not faults, "\n".join(faults)
    assert {route.path for route in found} == shown


async def be(page: Page, visitor: Visitor, url: str, language: str) -> None:
    """Give a window somebody's cookies."""
    cookies = {**dict(visitor.client.cookies), "lang": language}
    await page.context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
    )


def is_page(route: Route) -> bool:
    if route.method != "GET" or route.path.startswith(V1):
        return False
    return route.path not in NO_PAGES | WAYS_ON
