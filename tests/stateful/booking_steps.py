"""What citizens, workers and a hall's supervisor may do with its seats, one step at a time."""

from datetime import date, time
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from services import appointments
from services.appointments import (
    Appointment,
    Book,
    BookVisit,
    Close,
    HeldSeat,
    Hold,
    JoinWaitlist,
    Reopen,
    RoomNow,
    SlotFull,
    Treatment,
)
from services.kernel.actor import Actor
from tests.bookings import ITEM, OFFICE, OTHER_ITEM, TOMORROW
from tests.closures import NOTE, applied, work_off
from tests.people import citizen_actor
from tests.stateful.booking_found import BOOKED, HELD, THERE, WAITING
from tests.stateful.booking_promises import BookingPromises

# Half of them fill a day, so that the others may wait for it.
PEOPLE = 12
# 10 minutes, and 25: the slots have 40. With the last two it is one more seat, or two.
ITEMS = (ITEM, ITEM, ITEM, OTHER_ITEM)
LONG = (("entry-change",), ("entry-change", "birth-registration", "move-out", "death-cancellation"))
# The day on which the machine begins, and the next.
DAYS = (TOMORROW, date(2025, 7, 9))

everybody = st.integers(0, PEOPLE - 1)
# Those of the first day are soon over.
slots = st.sampled_from([1, 2, 3, 3, 4, 4, 5])
picks = st.sampled_from([0, 0, 1, 3])
items = st.sampled_from(ITEMS)
days = st.sampled_from([DAYS[0], DAYS[1], DAYS[1]])
moments = st.sampled_from([0, 0, 0, 0, 30, 130, 310])
treatments = st.sampled_from([Treatment.REBOOK, Treatment.NOTIFY])
# The whole day, or without its first slot, or without its last ones.
hours = st.sampled_from([(time.min, time.max), (time(9, 40), time.max), (time.min, time(9, 40))])


class BookingSteps(BookingPromises):
    """A mixin of a RuleBasedStateMachine that has a `world`, `people` and a `supervisor`."""

    people: list[Actor]
    supervisor: Actor
    there: frozenset[str] = frozenset()

    @invariant()
    def look_around(self) -> None:
        """What there is: a step that nothing can be done with is not tried."""
        self.there = frozenset(row["what"] for row in self.world.rows(THERE))

    @initialize(booked=st.lists(slots, min_size=2, max_size=4))
    def some_have_booked(self, booked: list[int]) -> None:
        """As on a morning that was open to all the day before."""
        for number, slot in enumerate(booked):
            self.book(number, slot, ITEM, 0)

    # Booking

    @rule(who=everybody, slot=slots, item=items, pause=moments)
    def book(self, who: int, slot: int, item: str, pause: int) -> None:
        self.world.later(pause)
        slot_id = self._slot(slot)
        room = self._room(slot_id)
        command = Book(item_code=item, slot_id=slot_id)
        made = self.world.attempt(appointments.book(self.people[who], command, self.world.now))
        if isinstance(made, SlotFull):
            own = self._hold_of(who, item)
            assert room == 0 or (own and not self._is_due(own)), "there was a seat"

    def rush(self, day: date) -> None:
        """Whoever has nothing yet wants the same day."""
        first = 3 * DAYS.index(day)
        idle = [who for who in range(PEOPLE) if not self._is_booked(who)]
        for slot in range(first, first + 3):
            for who in idle[: self._room(self._slot(slot))]:
                self.book(who, slot, ITEM, 0)
                idle.remove(who)

    @rule(who=everybody, slot=slots, further=st.sampled_from(LONG))
    def book_a_long_visit(self, who: int, slot: int, further: tuple[str, ...]) -> None:
        command = BookVisit(item_code="move-in", further_items=further, slot_id=self._slot(slot))
        self.world.attempt(appointments.book_visit(self.people[who], command, self.world.now))

    @precondition(lambda self: "booked" in self.there)
    @rule(pick=picks, by_the_hall=st.booleans(), pause=moments)
    def cancel(self, pick: int, by_the_hall: bool, pause: int) -> None:
        self.world.later(pause)
        found = self._one_of(BOOKED, pick)
        if found:
            actor = self.supervisor if by_the_hall else found[0]
            self.world.attempt(appointments.cancel(actor, found[1], self.world.now))

    @precondition(lambda self: "booked" in self.there)
    @rule(pick=picks, slot=slots)
    def reschedule(self, pick: int, slot: int) -> None:
        found = self._one_of(BOOKED, pick)
        if found:
            self.world.attempt(appointments.reschedule(*found, self._slot(slot), self.world.now))

    # Holds

    @rule(who=everybody, slot=slots, item=items, pause=moments)
    def hold(self, who: int, slot: int, item: str, pause: int) -> None:
        self.world.later(pause)
        command = Hold(slot_id=self._slot(slot), item_code=item)
        self.world.attempt(appointments.hold(self.people[who], command, self.world.now))

    @precondition(lambda self: "held" in self.there)
    @rule(pick=picks, verb=st.sampled_from(["extend", "use", "let go"]), pause=moments)
    def with_a_hold(self, pick: int, verb: str, pause: int) -> None:
        """However late: a hold whose time is up is never an appointment."""
        found = self._one_of(HELD, pick)
        if found is None:
            return
        self.world.later(pause)
        actor, held = found
        now = self.world.now
        late = self._is_due(held)
        (row,) = self.world.rows("SELECT item_code FROM hold WHERE id = $1", held)
        if verb == "use":
            command = Book(item_code=row["item_code"], hold_id=held)
            made = self.world.attempt(appointments.book(actor, command, now))
            assert not (late and isinstance(made, Appointment)), "booked with what was over"
        elif verb == "extend":
            longer = self.world.attempt(appointments.extend_hold(actor, held, now))
            assert not (late and isinstance(longer, HeldSeat)), "prolonged what was over"
        else:
            self.world.attempt(appointments.release_hold(actor, held, now))

    # What the workers do

    @rule(pause=moments)
    def sweep(self, pause: int) -> None:
        self.world.later(pause)
        self.world.run(appointments.release_expired_holds(self.world.now))
        # A seat that somebody waits for is kept for a minute longer than its hold.
        assert not self.world.rows(
            "SELECT 1 FROM seat WHERE state = 'held' AND held_until <= $1", self.world.now
        )

    @rule(pause=moments)
    def offer(self, pause: int) -> None:
        self.world.later(pause)
        self.world.run(appointments.offer_seats(self.world.now))
        assert not self.world.rows(
            "SELECT 1 FROM waitlist_entry e JOIN hold ON hold.id = e.hold_id"
            " WHERE e.status = 'offered' AND (hold.status <> 'active' OR hold.expires_at <= $1)",
            self.world.now,
        )

    # The waiting list

    @rule(day=days)
    def all_wait(self, day: date) -> None:
        """A day that is full, for which whoever has nothing waits."""
        self.rush(day)
        for who in range(PEOPLE):
            if not self._is_booked(who) and isinstance(self._wait(who, day), RoomNow):
                return

    def _wait(self, who: int, day: date) -> object:
        # Whoever asks has what is over settled first, whatever the answer.
        self.world.run(appointments.settle_entries(self.world.now))
        command = JoinWaitlist(item_code=ITEM, office_codes=(OFFICE,), first_day=day, last_day=day)
        return self.world.attempt(
            appointments.join_waitlist(self.people[who], command, self.world.now)
        )

    @rule(by_the_hall=st.booleans(), taken=st.booleans())
    def somebody_gives_way(self, by_the_hall: bool, taken: bool) -> None:
        """A seat comes back to those who wait for it."""
        self.all_wait(DAYS[1])
        self.cancel(0, by_the_hall, 0)
        self.offer(130)
        if taken:
            self.answer(0, True, 0)

    @precondition(lambda self: "waiting" in self.there)
    @rule(pick=picks, take=st.sampled_from([True, True, False]), pause=moments)
    def answer(self, pick: int, take: bool, pause: int) -> None:
        """Take what is offered, or leave the line, in time or too late."""
        found = self._one_of(WAITING, pick)
        self.world.later(pause)
        verb: Any = appointments.take_offer if take else appointments.leave_waitlist
        if found:
            self.world.attempt(verb(*found, self.world.now))

    # Closing and opening

    @rule(day=days, between=hours, treatment=treatments, at_once=st.booleans())
    def close(
        self, day: date, between: tuple[time, time], treatment: Treatment, at_once: bool
    ) -> None:
        starts, ends = between
        change = Close(
            office_code=OFFICE, first_day=day, last_day=day, starts=starts, ends=ends, note=NOTE
        )
        self.world.attempt(applied(self.supervisor, change, self.world.now, treatment))
        if at_once:
            self.work_off(0)

    @precondition(lambda self: "running" in self.there)
    @rule(pause=moments)
    def work_off(self, pause: int) -> None:
        self.world.later(pause)
        self.world.run(work_off(self.world.now))
        assert not self.world.rows("SELECT 1 FROM closure WHERE status = 'running'")
        assert not self.world.rows(
            "SELECT 1 FROM appointment a JOIN slot ON slot.id = a.slot_id"
            " WHERE a.status = 'booked' AND slot.closed_at IS NOT NULL"
        )

    @precondition(lambda self: "closed" in self.there)
    @rule(day=days)
    def reopen(self, day: date) -> None:
        change = Reopen(office_code=OFFICE, day=day)
        self.world.attempt(applied(self.supervisor, change, self.world.now))

    # What the steps need to know

    def _slot(self, number: int) -> UUID:
        """One of the slots of the two days, whether or not it is open."""
        rows = self.world.rows(
            "SELECT id FROM slot WHERE office_code = $1 AND line = 'household'"
            " ORDER BY starts_at, id",
            OFFICE,
        )
        found: UUID = rows[number]["id"]
        return found

    def _room(self, slot_id: UUID) -> int:
        """How many seats anybody could have just now, by the published rule."""
        (row,) = self.world.rows(
            "SELECT count(*) AS room FROM seat JOIN slot ON slot.id = slot_id"
            " WHERE slot_id = $1 AND starts_at > $2 AND closed_at IS NULL AND share = 'online'"
            " AND (state = 'free' AND coalesce(returns_at <= $2, true)"
            "   OR state = 'held' AND held_until <= $2)",
            slot_id,
            self.world.now,
        )
        room: int = row["room"]
        return room

    def _one_of(self, sql: str, pick: int) -> tuple[Actor, Any] | None:
        """One of the things that a query finds, and whose it is."""
        rows = self.world.rows(sql)
        if not rows:
            return None
        row = rows[pick % len(rows)]
        return citizen_actor(row["person_id"]), row["what"]

    def _is_booked(self, who: int) -> bool:
        return bool(
            self.world.rows(
                "SELECT 1 FROM appointment WHERE person_id = $1"
                " AND status IN ('booked', 'checked_in')",
                self.people[who].id,
            )
        )

    def _hold_of(self, who: int, item: str) -> UUID | None:
        """The person's last hold for an item, whatever has become of it."""
        rows = self.world.rows(
            "SELECT id FROM hold WHERE person_id = $1 AND item_code = $2"
            " ORDER BY created_at DESC, id DESC LIMIT 1",
            self.people[who].id,
            item,
        )
        return rows[0]["id"] if rows else None

    def _is_due(self, hold_id: UUID) -> bool:
        return bool(
            self.world.rows(
                "SELECT 1 FROM hold WHERE id = $1 AND (status <> 'active' OR expires_at <= $2)",
                hold_id,
                self.world.now,
            )
        )
