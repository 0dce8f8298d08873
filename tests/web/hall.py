"""A hall at work with somebody of every kind in it, for tests that go through every route."""

from datetime import datetime
from uuid import UUID

import httpx
from litestar import Litestar
from msgspec import Struct
from redis.asyncio import Redis

from services import appointments, catalog, identity, partners, queue, ratings
from services.appointments import DeclareEmergency
from services.catalog import Line
from services.identity import Role
from services.kernel import database
from services.kernel.actor import ANONYMOUS, SYSTEM, Actor, RoleAt
from services.kernel.clock import FixedClock, local_date
from services.queue import SaveScreen, WalkIn
from services.ratings import Grade, Rate
from tests.bookings import ITEM, NOW, OFFICE, OTHER_ITEM, VEHICLE_ITEM, booked, held, slots, waits
from tests.harness.routes import Route, Samples, samples
from tests.lists import csv, people
from tests.partners import ADMINISTRATOR, new_endpoint, new_key, new_partner
from tests.people import (
    StaffAccount,
    citizen_actor,
    enrolled_staff,
    named_person,
    new_phone,
    new_resident_id,
    staff_actor,
)
from tests.queues import MORNING, open_morning, windows
from tests.web.visitor import Visitor
from web.common.guards import Partner, Staff


class Hall(Struct):
    """Who is there, and what the addresses of their pages hold."""

    anybody: Visitor
    citizen: Visitor
    staff: Visitor
    person_id: UUID
    token: str
    partner_key: str
    samples: Samples

    def visitor(self, route: Route) -> Visitor:
        """Somebody who may ask for a route."""
        if route.guard is None or route.of_api:
            return self.anybody
        return self.staff if isinstance(route.guard, Staff) else self.citizen

    def headers(self, route: Route) -> dict[str, str]:
        """What a program or a page's script sends with a request to a route."""
        if route.of_api:
            token = self.partner_key if isinstance(route.guard, Partner) else self.token
            return {"Authorization": f"Bearer {token}"} if route.guard else {}
        return {"X-CSRFToken": self.visitor(route).token}


def new_client(app: Litestar) -> httpx.AsyncClient:
    """A browser of its own."""
    transport = httpx.ASGITransport(
        app=app,  # type: ignore[arg-type]  # the same protocol, spelled in Litestar's own types
        raise_app_exceptions=False,
    )
    return httpx.AsyncClient(transport=transport, base_url="http://hall.test")


class AtWork(Struct):
    """Who makes the hall what it is: one citizen, and one member of staff at a window."""

    person_id: UUID
    phone: str
    account: StaffAccount
    kiosk_key: str
    partner_key: str


async def people_at_work(now: datetime, morning: datetime, *roles: RoleAt) -> AtWork:
    """A citizen with an appointment that `morning` and a hold, and staff who serve a number.

    `morning` is a quarter before nine on the next working day after `now`.
    """
    await open_morning(now)
    first, second = await catalog.working_days_ahead(local_date(now), 2)
    phone = new_phone()
    person_id = await named_person(now, phone=phone)
    person = citizen_actor(person_id)
    details = identity.Details(email=f"{phone}@example.org", language="zh_CN")
    await identity.save_details(person, details, now)
    await booked(person, (await slots(first, now=now))[0].id, item_code=ITEM, now=now)

    account = await enrolled_staff(now, *roles)
    clerk = staff_actor(account.id, *roles)
    window = (await windows())[0]
    await queue.sit_down(clerk, window.id, morning)
    for _ in range(3):
        walk_in = WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD)
        await queue.take_ticket(clerk, walk_in, morning)
    first_called = await queue.call_next(clerk, window.id, morning)
    assert first_called is not None
    await queue.start(clerk, first_called.id, morning)
    await queue.finish(clerk, first_called.id, morning)
    low = Rate(ticket_id=first_called.id, grade=Grade.DISSATISFIED, comment="等得太久")
    await ratings.rate(ANONYMOUS, low, morning)
    complaint = (await ratings.complaints(administrator(account)))[0].complaint
    assert complaint is not None
    await ratings.answer(administrator(account), complaint.id, "我们道歉。", morning)
    await ratings.appeal(ANONYMOUS, first_called.id, "不够", morning)
    await queue.call_next(clerk, window.id, morning)
    made = await queue.create_kiosk(administrator(account), OFFICE, "正门左侧", morning)
    await queue.save_screen(
        administrator(account), SaveScreen(office_code=OFFICE, name="大门"), morning
    )
    later = (await slots(second, now=morning))[0]
    await held(person, later.id, item_code=OTHER_ITEM, now=morning)
    await waits(person, item_code=VEHICLE_ITEM, now=morning)
    await arranged_for_others(person, later.id, morning)
    await appealed(administrator(account), morning)
    return AtWork(
        person_id, phone, account, made.setup_key, await partner_at_work(person_id, morning)
    )


async def appealed(admin: Actor, now: datetime) -> None:
    """Somebody for whom booking is paused, and who appeals; an emergency elsewhere that is over."""
    person = citizen_actor(await named_person(now, phone=new_phone()))
    for number, day in enumerate(await catalog.working_days_ahead(local_date(now), 4)):
        found = await slots(day, now=now)
        if number > 1 and found:
            item_code = (ITEM, OTHER_ITEM)[number % 2]
            missed = await booked(person, found[-1].id, item_code=item_code, now=now)
            await appointments.mark_no_show(SYSTEM, missed.id, missed.ends_at)
    await appointments.write_appeal(person, "那天我在医院陪护，有证明。", now)
    command = DeclareEmergency(reason_zh="暴雨", reason_en="Heavy rain", office_code="donge")
    await appointments.end_emergency(
        admin, await appointments.declare_emergency(admin, command, now), now
    )


async def arranged_for_others(person: Actor, slot_id: UUID, now: datetime) -> None:
    """A companion, a firm's group that is booked, and a list for which seats are kept."""
    child = identity.RealName(name="王小宝", id_type="resident_id", id_number=new_resident_id())
    await identity.add_companion(person, child, now)
    firm = identity.AddFirm(credit_code="91350100M000100Y43", name="东昌重工")
    firm_id = await identity.add_firm(person, firm, now)
    command = appointments.KeepList(firm_id=firm_id, item_code=ITEM, office_code=OFFICE)
    for is_booked in (True, False):
        read = appointments.read_list(csv(people(1)), now)
        draft_id = await appointments.keep_list(person, command, read, now)
        assert isinstance(draft_id, UUID)
        book = appointments.book_group if is_booked else appointments.hold_group
        await book(person, draft_id, slot_id, appointments.Arrangement.TOGETHER, now)


async def partner_at_work(person_id: UUID, now: datetime) -> str:
    """A platform with a webhook that may act for the citizen; its key."""
    partner_id = await new_partner(now)
    await database.fetch(
        "INSERT INTO partner_person (id, partner_id, person_id, consented_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3)",
        partner_id,
        person_id,
        now,
    )
    endpoint = await new_endpoint(partner_id, "http://127.0.0.1:65535/hook", now=now)
    await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, now)
    return await new_key(partner_id, now=now)


def administrator(account: StaffAccount) -> Actor:
    """The same member of staff, were they an administrator too."""
    return staff_actor(account.id, RoleAt(Role.ADMINISTRATOR))


async def open_hall_at_work(app: Litestar, clock: FixedClock, redis: Redis) -> Hall:
    """The hall for requests in this process; its staff have every role."""
    made = await people_at_work(NOW, MORNING, *(RoleAt(role) for role in Role))
    clock.moment = MORNING
    await forget_limits(redis)
    citizen, staff = Visitor(new_client(app), clock), Visitor(new_client(app), clock)
    await citizen.sign_in(made.phone)
    await staff.staff_sign_in(made.account.username, made.account.secret)
    await staff.get("/desk")
    anybody = Visitor(new_client(app), clock)
    await anybody.get("/kiosk/setup", key=made.kiosk_key)
    await anybody.post("/kiosk/setup", key=made.kiosk_key)
    await anybody.get("/sign-in")
    person = citizen_actor(made.person_id)
    token = (await identity.create_token(person, "mine", MORNING)).token
    # The day on which a token was last used is kept.
    await anybody.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    with_key = {"Authorization": f"Bearer {made.partner_key}"}
    await anybody.client.get("/api/v1/partner/webhooks", headers=with_key)
    return Hall(
        anybody=anybody,
        citizen=citizen,
        staff=staff,
        person_id=made.person_id,
        token=token,
        partner_key=made.partner_key,
        samples=await samples(made.person_id, message_id="1751936700000000000-0"),
    )


async def forget_limits(redis: Redis) -> None:
    """Let everybody try again, without signing anybody out."""
    keys = [key async for key in redis.scan_iter("limit:*")]
    if keys:
        await redis.delete(*keys)
