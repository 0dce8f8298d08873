"""A hall at work with somebody of every kind in it, for tests that go through every route."""

from datetime import timedelta
from uuid import UUID

import httpx
from litestar import Litestar
from msgspec import Struct
from redis.asyncio import Redis

from services import identity, queue
from services.catalog import Line
from services.identity import Role
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.queue import WalkIn
from tests.bookings import ITEM, NOW, OFFICE, OTHER_ITEM, booked, held, slots
from tests.harness.routes import Route, Samples, samples
from tests.people import citizen_actor, enrolled_staff, named_person, new_phone, staff_actor
from tests.queues import MORNING, open_morning, windows
from tests.web.visitor import Visitor
from web.common.guards import Staff


class Hall(Struct):
    """Who is there, and what the addresses of their pages hold."""

    anybody: Visitor
    citizen: Visitor
    staff: Visitor
    person_id: UUID
    token: str
    samples: Samples

    def visitor(self, route: Route) -> Visitor:
        """Somebody who may ask for a route."""
        if route.guard is None or route.of_api:
            return self.anybody
        return self.staff if isinstance(route.guard, Staff) else self.citizen

    def headers(self, route: Route) -> dict[str, str]:
        """What a program or a page's script sends with a request to a route."""
        if route.of_api:
            return {"Authorization": f"Bearer {self.token}"} if route.guard else {}
        return {"X-CSRFToken": self.visitor(route).token}


def new_client(app: Litestar) -> httpx.AsyncClient:
    """A browser of its own."""
    transport = httpx.ASGITransport(
        app=app,  # type: ignore[arg-type]  # the same protocol, spelled in Litestar's own types
        raise_app_exceptions=False,
    )
    return httpx.AsyncClient(transport=transport, base_url="http://hall.test")


async def open_hall_at_work(app: Litestar, clock: FixedClock, redis: Redis) -> Hall:
    """A citizen with an appointment, a hold and a token; staff in every role at a window."""
    await open_morning()
    phone = new_phone()
    person_id = await named_person(NOW, phone=phone)
    person = citizen_actor(person_id)
    tomorrow, day_after = (await slots())[0], (await slots(MORNING.date() + timedelta(days=1)))[0]
    await booked(person, tomorrow.id, item_code=ITEM)

    roles = tuple(RoleAt(role) for role in Role)
    account = await enrolled_staff(NOW, *roles)
    clerk = staff_actor(account.id, *roles)
    window = (await windows())[0]
    await queue.sit_down(clerk, window.id, MORNING)
    walk_in = WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD)
    await queue.take_ticket(clerk, walk_in, MORNING)
    await queue.call_next(clerk, window.id, MORNING)

    clock.moment = MORNING
    await forget_limits(redis)
    await held(person, day_after.id, item_code=OTHER_ITEM, now=MORNING)
    citizen, staff = Visitor(new_client(app), clock), Visitor(new_client(app), clock)
    await citizen.sign_in(phone)
    await staff.staff_sign_in(account.username, account.secret)
    await staff.get("/desk")
    anybody = Visitor(new_client(app), clock)
    await anybody.get("/sign-in")
    token = (await identity.create_token(person, "mine", MORNING)).token
    # The day on which a token was last used is kept.
    await anybody.client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    return Hall(
        anybody=anybody,
        citizen=citizen,
        staff=staff,
        person_id=person_id,
        token=token,
        samples=await samples(person_id, message_id="1751936700000000000-0"),
    )


async def forget_limits(redis: Redis) -> None:
    """Let everybody try again, without signing anybody out."""
    keys = [key async for key in redis.scan_iter("limit:*")]
    if keys:
        await redis.delete(*keys)
