"""Schedules for every window, slots for the coming days, and people who have booked them."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import repeat
from uuid import UUID

from msgspec import structs

from banshi.demo.identity import HALL, citizens
from banshi.demo.waiting import seed_full_day
from services import appointments, catalog, identity
from services.appointments import AddSchedule, Book, Rule, SetRule, SlotView
from services.catalog import Item, Line
from services.kernel.actor import SYSTEM, Actor, ActorKind
from services.kernel.clock import local_date, local_moment, to_local
from services.kernel.database import fetchval
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import unit_of_work

SLOT_MINUTES = 30
SEATS_A_WINDOW = 2
VALID_FROM = date(2020, 1, 1)
# How full each coming day is at the demonstration's own hall, today first.
FULLNESS = (0.7, 0.9, 0.5, 0.35, 0.2, 0.1)
AT_OTHER_HALLS = 0.04
# If the next time is further off, the hall opens for a few hours more.
SOON = timedelta(hours=2)
OPEN_LONGER = timedelta(hours=5)
FRIDAY = 5
# So many working days ahead one hall is full, and people wait for a place.
FULL_DAY = 3
# The citizen whose sign-in is printed keeps this one, and is free for everything else.
FIRST_CITIZENS_ITEM = "licence-renewal"


async def seed(now: datetime) -> None:
    """Add schedules once, slots for the coming days, and bookings for days that have none."""
    if not await fetchval("SELECT EXISTS (SELECT FROM schedule)"):
        await add_schedules(now)
    if await appointments.rule_at(HALL, None) is None:
        await _book_the_same_day(now)
    today = local_date(now)
    # From the morning on, so that the day's beginning is there to be looked back at.
    morning = local_moment(today, time())
    await appointments.generate_slots(morning)
    if await _stay_open(now):
        await appointments.generate_slots(now)
    days = [today, *await catalog.working_days_ahead(today, len(FULLNESS) - 1)]
    empty = [day for day in days if not await _is_booked(day)]
    if empty:
        people = await citizens(now)
        for day in empty:
            await _book_day(day, FULLNESS[days.index(day)], people, now)


async def _book_the_same_day(now: datetime) -> None:
    """At the demonstration's hall, so that one can book and be called within the hour."""
    rule = Rule(days_before=0)
    command = SetRule(office_code=HALL, line=None, rule=rule, seen=None)
    await appointments.set_rule(await staff_actor("admin"), command, now)


async def add_schedules(now: datetime) -> None:
    """Open every window of every hall to bookings, in its opening hours."""
    async with unit_of_work():
        for office in await catalog.offices():
            windows = await catalog.office_windows(office.code)
            for weekday, periods in (await catalog.weekly_hours(office.code)).items():
                for line in office.lines:
                    seats = SEATS_A_WINDOW * sum(line in window.lines for window in windows)
                    for period in periods:
                        await appointments.add_schedule(
                            SYSTEM, _schedule(office.code, line, weekday, period, seats), now
                        )


def _schedule(
    office_code: str, line: Line, weekday: int, period: catalog.Period, seats: int
) -> AddSchedule:
    return AddSchedule(
        office_code=office_code,
        line=line,
        weekday=weekday,
        starts=period.opens,
        ends=period.closes,
        slot_minutes=SLOT_MINUTES,
        seats=seats,
        kept_telephone=1 if seats > SEATS_A_WINDOW else 0,
        kept_green_channel=1 if line is Line.FIRM else 0,
        valid_from=VALID_FROM,
    )


async def _stay_open(now: datetime) -> bool:
    """Keep the demonstration's hall open for whoever tries it in the evening or at the weekend.

    Whether it takes that: nothing does while there are times soon, nor shortly before midnight.
    """
    local = to_local(now)
    today = local.date()
    item = await catalog.item(FIRST_CITIZENS_ITEM)
    seen = await appointments.availability(HALL, item.code, today, today, now)
    starts = datetime.combine(today, time(local.hour)) + timedelta(hours=1)
    ends = min(starts + OPEN_LONGER, datetime.combine(today, time(23, 30)))
    if any(slot.starts_at <= now + SOON for slot in seen) or starts.date() > today:
        return False
    if starts >= ends:
        return False
    extra = catalog.Period(starts.time(), ends.time())
    administrator = await staff_actor("admin")
    worked = await catalog.working_day(today)
    async with unit_of_work():
        await catalog.set_opening_exception(
            administrator,
            catalog.SetOpeningException(
                office_code=HALL,
                day=today,
                note=catalog.Text(zh="演示期间延时服务", en="Open longer for the demonstration"),
                periods=(*await catalog.opening_periods(HALL, today), extra),
            ),
            now,
        )
        weekday = 1 if worked and today.isoweekday() > FRIDAY else today.isoweekday()
        for line in (await catalog.office(HALL)).lines:
            longer = _schedule(HALL, line, weekday, extra, SEATS_A_WINDOW * 2)
            once = structs.replace(longer, valid_from=today, valid_until=today)
            await appointments.add_schedule(administrator, once, now)
    return True


async def _is_booked(day: date) -> bool:
    """Whether somebody has a seat at the hall on `day`, or there are none."""
    item = next(one for one in await catalog.items() if one.bookable)
    seen = await appointments.availability(HALL, item.code, day, day, _long_before(day))
    return not seen or any(slot.left < slot.capacity for slot in seen)


def _long_before(day: date) -> datetime:
    """When all of a day could still be booked, at halls that want a day's notice too."""
    return local_moment(day - timedelta(days=1), time())


async def staff_actor(username: str) -> Actor:
    """One of the demonstration's staff, with all their roles."""
    member = await identity.staff_by_username(username)
    return Actor(kind=ActorKind.STAFF, id=member.id, roles=member.roles)


async def _book_day(day: date, fullness: float, people: Sequence[Actor], now: datetime) -> None:
    """Book a day at every hall, as if people had come by it since its release."""
    chance = random.Random(day.toordinal())  # noqa: S311 - the same demonstration every time
    first, *others = people
    chance.shuffle(others)
    waiting = iter(others)
    made: list[UUID] = []
    async with unit_of_work() as uow:
        if day == (await catalog.working_days_ahead(local_date(now), FULL_DAY))[-1]:
            made += await seed_full_day(people, day, now)
        for office in await catalog.offices():
            share = fullness if office.code == HALL else AT_OTHER_HALLS
            for line in office.lines:
                items = [one for one in await catalog.items() if one.bookable and one.line is line]
                if not items:
                    continue
                slots = await appointments.availability(
                    office.code, items[0].code, day, day, _long_before(day)
                )
                wanted = [slot for slot in _seats(slots, now) if chance.random() < share]
                for slot, citizen in zip(wanted, waiting, strict=False):
                    made += await _book(citizen, chance.choice(items), slot, chance)
        if day == (await catalog.working_days_ahead(local_date(now), 2))[-1]:
            made += await _book_first_citizen(first, day, now, chance)
        # Made-up people are not told: the mailbox is for whoever tries the demonstration.
        await uow.execute(
            """
            UPDATE outbox_event SET status = 'done', done_at = $2
             WHERE payload ->> 'appointment_id' = ANY ($1::text[])
            """,
            [str(appointment_id) for appointment_id in made],
            now,
        )


def _seats(slots: Sequence[SlotView], now: datetime) -> Iterator[SlotView]:
    """Each slot as often as it has a seat left, once it is released."""
    for slot in slots:
        if slot.released_at < now:
            yield from repeat(slot, slot.left)


async def _book(citizen: Actor, item: Item, slot: SlotView, chance: random.Random) -> list[UUID]:
    """Book, some time after the release; a person who has the item already sits this one out."""
    booked_at = slot.released_at + timedelta(minutes=chance.randrange(5, 60))
    try:
        made = await appointments.book(
            citizen, Book(item_code=item.code, slot_id=slot.id), booked_at
        )
    except DomainError:
        return []
    return [made.id]


async def _book_first_citizen(
    citizen: Actor, day: date, now: datetime, chance: random.Random
) -> list[UUID]:
    item = await catalog.item(FIRST_CITIZENS_ITEM)
    slots = await appointments.availability(HALL, item.code, day, day, now)
    free = [slot for slot in slots if slot.left]
    return await _book(citizen, item, chance.choice(free), chance) if free else []
