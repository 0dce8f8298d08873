"""A day at a small hall that is full, and people who wait for a place on it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from services import appointments, catalog
from services.appointments import Book, JoinWaitlist, SlotView
from services.catalog import Item, Line
from services.kernel.actor import Actor
from services.kernel.clock import local_moment
from services.kernel.errors import DomainError

LINE = Line.EXIT_ENTRY
# Besides the citizen whose sign-in is printed, who is the second in line.
OTHERS_WAITING = 3


async def seed_full_day(people: Sequence[Actor], day: date, now: datetime) -> list[UUID]:
    """Book every place of `day` at one hall's windows, then let some people wait for another.

    Answers with what was booked. The caller's transaction holds it all.
    """
    # The last in the catalogue: not where most of the demonstration goes on.
    hall = [one for one in await catalog.offices() if LINE in one.lines][-1].code
    items = [one for one in await catalog.items() if one.bookable and one.line is LINE]
    begins = max(now, local_moment(day, time()))
    slots = await appointments.availability(hall, items[0].code, day, day, begins)
    seats = [one for one in slots if one.released_at <= now for _ in range(one.left)]
    first, *others = people
    bookers = iter(others[OTHERS_WAITING:])
    made = [
        booked
        for number, slot in enumerate(seats)
        if (booked := await _somebody(bookers, items[number % (len(items) - 1)], slot))
    ]
    if seats and len(made) == len(seats):
        for number, citizen in enumerate([others[0], first, *others[1:OTHERS_WAITING]]):
            await _wait(citizen, items[-1], hall, day, now - timedelta(minutes=60 - number))
    return made


async def _somebody(bookers: Iterator[Actor], item: Item, slot: SlotView) -> UUID | None:
    """Whoever is the next who can take it; None when nobody is left."""
    for citizen in bookers:
        try:
            made = await appointments.book(
                citizen,
                Book(item_code=item.code, slot_id=slot.id),
                slot.released_at + timedelta(hours=1),
            )
        except DomainError:
            continue
        return made.id
    return None


async def _wait(citizen: Actor, item: Item, hall: str, day: date, at: datetime) -> None:
    command = JoinWaitlist(item_code=item.code, office_codes=(hall,), first_day=day, last_day=day)
    await appointments.join_waitlist(citizen, command, at)
