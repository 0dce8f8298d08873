"""Two halls and the people who come: what the machine acts with, and what it knows of them."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from msgspec import Struct

from services import appointments, identity
from services.appointments import AddSchedule, Share
from services.catalog import Line
from services.identity import RealName
from services.kernel.actor import SYSTEM, Actor
from tests.bookings import ITEM, NOW, OFFICE, OTHER_ITEM, TOMORROW, keep_rule, named
from tests.closures import administrator, supervisor
from tests.people import citizen_actor, new_resident_id
from tests.queues import OTHER_OFFICE
from tests.stateful.found import IS_PAUSED, ROOM, SLOTS
from tests.stateful.promises import RULE, SEATS
from tests.stateful.world import World

PEOPLE = 10
# The first of them bring somebody.
FAMILIES = 3
# The day on which the machine begins, and the next.
DAYS = (TOMORROW, date(2025, 7, 9))
# The slots of 40 minutes: three a day in the first hall, one in the second, in which one who comes
# fills the day. They are numbered as people see them, hall by hall.
HOURS = {OFFICE: (time(9), time(11)), OTHER_OFFICE: (time(10), time(10, 40))}
SLOTS_OF_OTHER = (6, 7)
LAST_SLOT = 7

everybody = st.integers(0, PEOPLE - 1)
# Those of the first day are soon over.
slots = st.sampled_from([1, 2, 3, 3, 4, 4, 5, 6, 7, 7])
picks = st.sampled_from([0, 0, 1, 3])
items = st.sampled_from([ITEM, ITEM, ITEM, OTHER_ITEM])
days = st.sampled_from([DAYS[0], DAYS[1], DAYS[1]])
moments = st.sampled_from([0, 0, 0, 0, 30, 130, 310])


class Staff(Struct, frozen=True):
    """Who decides in the halls."""

    administrator: Actor
    supervisors: dict[str, Actor]


async def open_halls() -> None:
    """Both halls with their rule and their slots."""
    await keep_rule(RULE)
    for office, (starts, ends) in HOURS.items():
        for day in DAYS:
            await appointments.add_schedule(
                SYSTEM,
                AddSchedule(
                    office_code=office,
                    line=Line.HOUSEHOLD,
                    weekday=day.isoweekday(),
                    starts=starts,
                    ends=ends,
                    slot_minutes=40,
                    seats=sum(SEATS[office].values()),
                    kept_telephone=SEATS[office]["telephone"],
                    valid_from=day,
                    valid_until=day,
                ),
                NOW,
            )
    await appointments.generate_slots(NOW)


async def some_people() -> list[Actor]:
    """Citizens with a real name."""
    return [await named() for _ in range(PEOPLE)]


async def their_families(people: Sequence[Actor]) -> list[UUID]:
    """Whom the first of them bring, one each."""
    return [
        await identity.add_companion(
            citizen, RealName(name="李四", id_type="resident_id", id_number=new_resident_id()), NOW
        )
        for citizen in people[:FAMILIES]
    ]


async def staff() -> Staff:
    """A supervisor of each hall, and an administrator."""
    return Staff(await administrator(), {office: await supervisor(office) for office in SEATS})


class Steps:
    """A mixin of a RuleBasedStateMachine, which has these."""

    world: World
    people: list[Actor]
    families: list[UUID]
    staff: Staff
    # What there is to act upon, as promises.LOOK found it.
    there: frozenset[str] = frozenset()

    def _slot(self, number: int) -> UUID:
        """One of the slots, whether or not it is open."""
        found: UUID = self.world.rows(SLOTS, OFFICE)[number]["id"]
        return found

    def _room(self, slot_id: UUID, *shares: Share) -> int:
        """How many seats anybody could have just now."""
        (row,) = self.world.rows(ROOM, slot_id, self.world.now, list(shares or (Share.ONLINE,)))
        room: int = row["room"]
        return room

    def _roomy(self, slot: int, places: int = 1) -> int:
        """The slot, or the next after it that has so much room."""
        numbers: list[int] = [*range(slot, LAST_SLOT + 1), *range(slot)]
        for number in numbers:
            if self._room(self._slot(number)) >= places:
                return number
        return slot

    def _idle(self, who: int) -> int:
        """Somebody who has nothing booked: who is meant, or the next of them."""
        rows = self.world.rows(
            "SELECT person_id FROM appointment WHERE status IN ('booked', 'checked_in')"
        )
        busy: set[UUID | None] = {row["person_id"] for row in rows}
        everyone: list[int] = [*range(who, PEOPLE), *range(who)]
        for one in everyone:
            if self.people[one].person_id() not in busy:
                return one
        return who

    def _is_paused(self, person_id: UUID, slot_id: UUID) -> bool:
        """Whether somebody may not book there just now."""
        return bool(self.world.rows(IS_PAUSED, person_id, slot_id, self.world.now))

    def _one_of(self, sql: str, pick: int, *values: object) -> tuple[Actor, Any] | None:
        """One of the things that a query finds, and whose it is."""
        rows = self.world.rows(sql, *values)
        if not rows:
            return None
        row = rows[pick % len(rows)]
        return citizen_actor(row["person_id"]), row["what"]
