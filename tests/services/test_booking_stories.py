"""Whatever people do in whatever order, seats, holds and appointments tell one story."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from redis.asyncio import Redis

from services import appointments
from services.appointments import Book, HeldSeat, SlotView
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, OTHER_ITEM, TOMORROW, booked, held, named, open_hall, slots

PEOPLE = 3
SLOTS = 2


class EndOfStory(Exception):
    """Rolls the example back."""


class Step(Struct, frozen=True):
    """One thing that one person tries, some minutes after the step before."""

    deed: str
    person: int
    slot: int
    item: str
    minutes: int


STEPS = st.lists(
    st.builds(
        Step,
        deed=st.sampled_from(["hold", "confirm", "let_go", "book", "cancel", "move", "sweep"]),
        person=st.integers(0, PEOPLE - 1),
        slot=st.integers(0, SLOTS - 1),
        item=st.sampled_from([ITEM, OTHER_ITEM]),
        minutes=st.sampled_from([0, 0, 1, 9, 10, 40]),
    ),
    max_size=25,
)


class Story:
    """People at a hall with one seat a slot, one deed after the other."""

    def __init__(self, people: list[Actor], slot_views: list[SlotView]) -> None:
        self.people = people
        self.slots = slot_views
        self.now: datetime = NOW
        self.holds: dict[tuple[int, str], HeldSeat] = {}

    async def take(self, step: Step) -> None:
        """Try one step; a refusal is part of the story."""
        self.now += timedelta(minutes=step.minutes)
        deeds: dict[str, Callable[[Step], Awaitable[object]]] = {
            "hold": self.hold,
            "confirm": self.confirm,
            "let_go": self.let_go,
            "book": self.book,
            "cancel": self.cancel,
            "move": self.move,
            "sweep": self.sweep,
        }
        with suppress(DomainError):
            await deeds[step.deed](step)

    async def hold(self, step: Step) -> None:
        self.holds[step.person, step.item] = await held(
            self.people[step.person],
            self.slots[step.slot].id,
            item_code=step.item,
            now=self.now,
        )

    async def confirm(self, step: Step) -> None:
        if kept := self.holds.get((step.person, step.item)):
            command = Book(item_code=step.item, hold_id=kept.id)
            await appointments.book(self.people[step.person], command, self.now)
            assert self.now < kept.expires_at

    async def let_go(self, step: Step) -> None:
        if kept := self.holds.get((step.person, step.item)):
            await appointments.release_hold(self.people[step.person], kept.id, self.now)

    async def book(self, step: Step) -> None:
        slot_id = self.slots[step.slot].id
        await booked(self.people[step.person], slot_id, item_code=step.item, now=self.now)

    async def cancel(self, step: Step) -> None:
        for one in await appointments.coming(self.people[step.person], self.now):
            await appointments.cancel(self.people[step.person], one.reference, self.now)

    async def move(self, step: Step) -> None:
        actor = self.people[step.person]
        for one in await appointments.coming(actor, self.now):
            slot_id = self.slots[step.slot].id
            await appointments.reschedule(actor, one.reference, slot_id, self.now)

    async def sweep(self, step: Step) -> None:
        del step
        await appointments.release_expired_holds(self.now)


async def check_story() -> None:
    """Every seat is in the state that its hold and its appointment say."""
    rows = await database.fetch(
        """
        SELECT seat.state, seat.held_until, hold.expires_at, hold.id AS hold_id,
               count(a.id) AS appointments
          FROM seat
          LEFT JOIN hold ON hold.seat_id = seat.id AND hold.status = 'active'
          LEFT JOIN appointment a ON a.seat_id = seat.id AND a.status <> 'cancelled'
         GROUP BY seat.id, hold.id
        """
    )
    for row in rows:
        assert row["appointments"] == (1 if row["state"] == "booked" else 0)
        assert (row["hold_id"] is not None) == (row["state"] == "held")
        assert row["held_until"] == row["expires_at"]


@pytest.fixture
async def hall(catalogue: object) -> tuple[list[Actor], list[SlotView]]:
    """People, and tomorrow's slots of a hall with one seat each."""
    del catalogue
    await open_hall(seats=1)
    return [await named() for _ in range(PEOPLE)], await slots(TOMORROW)


@settings(
    max_examples=30,
    deadline=None,
    # Each example rolls its own part of the transaction back.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
async def test_no_order_of_deeds_breaks_the_story(
    hall: tuple[list[Actor], list[SlotView]], redis: Redis, steps: list[Step]
) -> None:
    await redis.flushall()  # the limits of the example before
    with suppress(EndOfStory):
        async with unit_of_work():
            story = Story(*hall)
            for step in steps:
                await story.take(step)
                await check_story()
            raise EndOfStory
