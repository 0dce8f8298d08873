"""What who waits for a seat does, and the worker that offers it."""

from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services import appointments
from services.appointments import Appointment, JoinWaitlist
from tests.bookings import ITEM, OFFICE
from tests.queues import OTHER_OFFICE
from tests.stateful.booking_steps import BookingSteps
from tests.stateful.found import PASSED_OVER, WAITING
from tests.stateful.hall import DAYS, PEOPLE, SLOTS_OF_OTHER, days, everybody, moments, picks

offices = st.sampled_from([(OTHER_OFFICE,), (OTHER_OFFICE,), (OFFICE,), (OFFICE, OTHER_OFFICE)])


class WaitingSteps(BookingSteps):
    """The waiting list. Mostly for the second hall, where one who comes fills the day."""

    @rule(who=everybody, where=offices, day=days)
    def wait(self, who: int, where: tuple[str, ...], day: date) -> None:
        # Whoever asks has what is over settled first, whatever the answer.
        self.world.run(appointments.settle_entries(self.world.now))
        command = JoinWaitlist(item_code=ITEM, office_codes=where, first_day=day, last_day=day)
        self.world.attempt(appointments.join_waitlist(self.people[who], command, self.world.now))

    def offer(self, pause: int) -> None:
        self.world.later(pause)
        self.world.run(appointments.offer_seats(self.world.now))
        assert not self.world.rows(
            "SELECT 1 FROM waitlist_entry e JOIN hold ON hold.id = e.hold_id"
            " WHERE e.status = 'offered' AND (hold.status <> 'active' OR hold.expires_at <= $1)",
            self.world.now,
        )
        assert not self.world.rows(PASSED_OVER, self.world.now), "the longest first"

    @rule(
        who=everybody,
        by_the_hall=st.booleans(),
        answer=st.sampled_from(["take", "take", "leave", "none"]),
        pause=moments,
    )
    def somebody_gives_way(self, who: int, by_the_hall: bool, answer: str, pause: int) -> None:
        """A seat of the second hall comes back to those who wait for it."""
        slot_id = self._slot(SLOTS_OF_OTHER[1])
        if self._room(slot_id):
            self.book(self._idle(who), SLOTS_OF_OTHER[1], ITEM, 0)
        for _ in range(2):
            self.wait(self._idle(who), (OTHER_OFFICE,), DAYS[1])
            who = (who + 1) % PEOPLE
        rows = self.world.rows(
            "SELECT reference, person_id FROM appointment"
            " WHERE slot_id = $1 AND status = 'booked' AND share = 'online'",
            slot_id,
        )
        for row in rows:
            actor = self.staff.supervisors[OTHER_OFFICE]
            if not by_the_hall:
                actor = next((one for one in self.people if one.id == row["person_id"]), actor)
            self.world.attempt(appointments.cancel(actor, row["reference"], self.world.now))
        self.offer(130)
        if answer != "none":
            self.answer(0, answer == "take", pause)

    @precondition(lambda self: "in line" in self.there)
    @rule(pick=picks, take=st.sampled_from([True, True, False]), pause=moments)
    def answer(self, pick: int, take: bool, pause: int) -> None:
        """Take what is offered, or leave the line, in time or too late."""
        found = self._one_of(WAITING, pick)
        self.world.later(pause)
        if not found:
            return
        (entry,) = self.world.rows(
            "SELECT status, offered_until FROM waitlist_entry WHERE id = $1", found[1]
        )
        verb: Any = appointments.take_offer if take else appointments.leave_waitlist
        done = self.world.attempt(verb(*found, self.world.now))
        if isinstance(done, Appointment):
            assert entry["status"] == "offered", "taken without an offer"
            assert self.world.now < entry["offered_until"], "taken too late"
