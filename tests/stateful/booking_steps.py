"""What citizens do with a hall's seats, one step at a time."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from services import appointments
from services.appointments import (
    Appointment,
    Book,
    BookingBlocked,
    BookVisit,
    HeldSeat,
    Hold,
    Share,
    SlotFull,
)
from tests.bookings import ITEM, OFFICE
from tests.stateful.found import BOOKED, FAMILIES, HELD, LONGEST
from tests.stateful.hall import FAMILIES as WITH_FAMILY
from tests.stateful.hall import Steps, everybody, items, moments, picks, slots

# 25 minutes with the first, and with the others more than a slot has.
# Mostly a step is tried where it can succeed.
likely = st.sampled_from([True, True, False])
verbs = st.sampled_from(["extend", "extend", "use", "let go"])
LONG = (("entry-change",), ("entry-change", "birth-registration", "move-out", "death-cancellation"))


class BookingSteps(Steps):
    """Booking, holding, moving and cancelling."""

    @initialize(booked=st.lists(st.sampled_from([0, 0, 1, 3, 4, 7]), min_size=3, max_size=5))
    def some_have_booked(self, booked: list[int]) -> None:
        """As on a morning that was open to all the day before."""
        for number, slot in enumerate(booked):
            self.book(number, slot, ITEM, 0)

    @rule(who=everybody, slot=slots, item=items, pause=moments)
    def book(self, who: int, slot: int, item: str, pause: int) -> None:
        self.world.later(pause)
        citizen, slot_id = self.people[who].person_id(), self._slot(slot)
        room, paused = self._room(slot_id), self._is_paused(citizen, slot_id)
        own = self._hold_of(citizen, item, slot_id)
        command = Book(item_code=item, slot_id=slot_id)
        made = self.world.attempt(appointments.book(self.people[who], command, self.world.now))
        if isinstance(made, Appointment):
            assert room or own, "there was no seat"
            assert not paused, "booked in spite of a pause"
        elif isinstance(made, SlotFull):
            assert not room, "there was a seat"
        elif isinstance(made, BookingBlocked):
            assert paused, "nothing pauses booking there"

    @rule(who=everybody, slot=slots)
    def telephone(self, who: int, slot: int) -> None:
        """Staff book for somebody, from what is kept for that first."""
        slot_id = self._slot(slot)
        room = self._room(slot_id, Share.TELEPHONE, Share.ONLINE)
        own = self._hold_of(self.people[who].person_id(), ITEM, slot_id)
        command = Book(
            item_code=ITEM,
            slot_id=slot_id,
            person_id=self.people[who].person_id(),
            share=Share.TELEPHONE,
        )
        actor = self.staff.supervisors[self._office_of(slot_id)]
        made = self.world.attempt(appointments.book(actor, command, self.world.now))
        if isinstance(made, Appointment | SlotFull):
            assert (room > 0 or own) == isinstance(made, Appointment), "as many seats as there were"

    @rule(who=everybody, slot=slots, further=st.sampled_from(LONG), moved=st.booleans())
    def book_a_long_visit(self, who: int, slot: int, further: tuple[str, ...], moved: bool) -> None:
        """Some are moved to a neighbouring time, where their seats may be of the same slots."""
        actor = self.people[self._idle(who)]
        command = BookVisit(item_code="move-in", further_items=further, slot_id=self._slot(slot))
        self.world.attempt(appointments.book_visit(actor, command, self.world.now))
        found = self._one_of(LONGEST, 0)
        if moved and found:
            to = self._slot(self._roomy(max(slot - 1, 0)))
            self.world.attempt(appointments.reschedule(*found, to, self.world.now))

    @rule(
        who=st.integers(0, WITH_FAMILY - 1),
        slot=slots,
        roomy=likely,
        at_home=st.booleans(),
        pause=moments,
    )
    def come_with_the_family(
        self, who: int, slot: int, roomy: bool, at_home: bool, pause: int
    ) -> None:
        """Both, or neither; some then stay at home."""
        self.world.later(pause)
        slot_id = self._slot(self._roomy(slot, 2) if roomy else slot)
        together = (self.people[who].person_id(), self.families[who])
        paused = any(self._is_paused(person, slot_id) for person in together)
        command = BookVisit(item_code=ITEM, slot_id=slot_id, people=(self.families[who],))
        made = self.world.attempt(
            appointments.book_visit(self.people[who], command, self.world.now)
        )
        if isinstance(made, list):
            assert not paused, "booked in spite of a pause"
            assert len(made) == len(together), "all or nobody"
        if at_home:
            self.stay_at_home(0)

    @precondition(lambda self: "booked" in self.there)
    @rule(pick=picks, by_the_hall=st.booleans(), pause=moments)
    def cancel(self, pick: int, by_the_hall: bool, pause: int) -> None:
        self.world.later(pause)
        found = self._one_of(BOOKED, pick)
        if found:
            # A supervisor of the first hall has no say in the second.
            actor = self.staff.supervisors[OFFICE] if by_the_hall else found[0]
            done = self.world.attempt(appointments.cancel(actor, found[1], self.world.now))
            if by_the_hall and isinstance(done, Appointment):
                assert not self._counts(done.id), "what the hall cancels is not the person's doing"

    def stay_at_home(self, pick: int) -> None:
        """A whole family cancels."""
        found = self._one_of(FAMILIES, pick)
        if found:
            self.world.attempt(appointments.cancel_party(*found, self.world.now))

    @precondition(lambda self: "booked" in self.there)
    @rule(pick=picks, slot=slots)
    def reschedule(self, pick: int, slot: int) -> None:
        found = self._one_of(BOOKED, pick)
        if found:
            slot_id = self._slot(slot)
            room = self._room(slot_id)
            moved = self.world.attempt(appointments.reschedule(*found, slot_id, self.world.now))
            if isinstance(moved, Appointment | SlotFull):
                assert bool(room) == isinstance(moved, Appointment), "as many seats as there were"

    # Holds

    def hold(self, who: int, slot: int, item: str, pause: int) -> None:
        self.world.later(pause)
        slot_id = self._slot(slot)
        room, paused = self._room(slot_id), self._is_paused(self.people[who].person_id(), slot_id)
        command = Hold(slot_id=slot_id, item_code=item)
        held = self.world.attempt(appointments.hold(self.people[who], command, self.world.now))
        if isinstance(held, HeldSeat):
            assert not paused, "held in spite of a pause"
        elif isinstance(held, SlotFull):
            assert not room, "there was a seat"

    @precondition(lambda self: "held" in self.there)
    @rule(
        pick=picks,
        verb=verbs,
        pause=moments,
    )
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

    @rule(who=everybody, slot=slots, likely=likely, then=st.none() | verbs, pause=moments)
    def hold_and(self, who: int, slot: int, likely: bool, then: str | None, pause: int) -> None:
        """A seat is held, and soon more is done with it."""
        if likely:
            who, slot = self._idle(who), self._roomy(slot)
        self.hold(who, slot, ITEM, 0)
        if then:
            self.with_a_hold(0, then, pause)

    def sweep(self, pause: int) -> None:
        self.world.later(pause)
        self.world.run(appointments.release_expired_holds(self.world.now))
        # A seat that somebody waits for is kept for a minute longer than its hold.
        assert not self.world.rows(
            "SELECT 1 FROM seat WHERE state = 'held' AND held_until <= $1", self.world.now
        )

    # What the steps need to know

    def _office_of(self, slot_id: UUID) -> str:
        (row,) = self.world.rows("SELECT office_code FROM slot WHERE id = $1", slot_id)
        office: str = row["office_code"]
        return office

    def _hold_of(self, person_id: UUID, item: str, slot_id: UUID) -> bool:
        """Whether a seat of the slot is kept for the person and item."""
        return bool(
            self.world.rows(
                "SELECT 1 FROM hold JOIN seat ON seat.id = hold.seat_id"
                " WHERE hold.person_id = $1 AND hold.item_code = $2 AND hold.status = 'active'"
                " AND hold.expires_at > $3 AND seat.slot_id = $4",
                person_id,
                item,
                self.world.now,
                slot_id,
            )
        )

    def _counts(self, appointment_id: UUID) -> bool:
        """Whether an appointment counts against its person."""
        return bool(
            self.world.rows(
                "SELECT 1 FROM booking_strike WHERE appointment_id = $1", appointment_id
            )
        )

    def _is_due(self, hold_id: UUID) -> bool:
        return bool(
            self.world.rows(
                "SELECT 1 FROM hold WHERE id = $1 AND (status <> 'active' OR expires_at <= $2)",
                hold_id,
                self.world.now,
            )
        )
