"""Somebody for whom booking is paused and who appeals, and an emergency that is over."""

from datetime import datetime

from banshi.demo.appointments import staff_actor
from banshi.demo.identity import HALL, PEOPLE, person
from services import appointments, catalog, identity
from services.appointments import Book, DeclareEmergency
from services.catalog import Line
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import unit_of_work

WORDS = "孩子拿我的手机点着玩，预约了又取消。我需要给母亲办理身份证，请恢复预约。"
EMERGENCY = DeclareEmergency(
    reason_zh="暴雨橙色预警，部分道路积水",
    reason_en="Orange warning of heavy rain; some roads are flooded",
    office_code="donge",
)


async def seed(now: datetime) -> None:
    """Add each once."""
    if not await appointments.emergencies():
        administrator = await staff_actor("admin")
        declared = await appointments.declare_emergency(administrator, EMERGENCY, now)
        await appointments.end_emergency(administrator, declared, now)
    citizen = await _last_citizen(now)
    if (await appointments.standing(citizen, now)).penalty is None:
        async with unit_of_work() as uow:
            await _book_and_cancel(citizen, now)
            # Made-up people are not told: the mailbox is for whoever tries the demonstration.
            await uow.execute(
                """
                UPDATE outbox_event SET status = 'done', done_at = $1
                 WHERE status = 'pending' AND topic LIKE 'appointments.%'
                """,
                now,
            )
            if (await appointments.standing(citizen, now)).blocked:
                await appointments.write_appeal(citizen, WORDS, now)


async def _last_citizen(now: datetime) -> Actor:
    registered = await identity.register_by_staff(await staff_actor("clerk"), person(PEOPLE), now)
    return Actor(kind=ActorKind.CITIZEN, id=registered.person_id)


async def _book_and_cancel(citizen: Actor, now: datetime) -> None:
    """One business after the other, until booking is paused."""
    items = [one for one in await catalog.items() if one.bookable and one.line is Line.HOUSEHOLD]
    days = await catalog.working_days_ahead(local_date(now), 4)
    for item in items:
        found = await appointments.availability(HALL, item.code, days[1], days[-1], now)
        free = next((one for one in found if one.left and one.released_at <= now), None)
        if free is None:
            return
        try:
            made = await appointments.book(citizen, Book(item_code=item.code, slot_id=free.id), now)
        except DomainError:
            return
        await appointments.cancel(citizen, made.reference, now)
