"""What a hall does with its hours, and what becomes of those who had booked them."""

from datetime import date, time

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services import appointments
from services.appointments import Close, Reopen, Treatment
from tests.bookings import OFFICE
from tests.closures import NOTE, applied, work_off
from tests.queues import OTHER_OFFICE
from tests.stateful.found import DISPLACED
from tests.stateful.hall import Steps, days, picks, slots

offices = st.sampled_from([OFFICE, OFFICE, OTHER_OFFICE])
treatments = st.sampled_from([Treatment.REBOOK, Treatment.NOTIFY])
# The whole day, or without its first slot, or without its last ones.
hours = st.sampled_from([(time.min, time.max), (time(9, 40), time.max), (time.min, time(9, 40))])


class ClosingSteps(Steps):
    """Closing and opening."""

    @rule(office=offices, day=days, between=hours, treatment=treatments, then=st.integers(0, 3))
    def close(
        self,
        office: str,
        day: date,
        between: tuple[time, time],
        treatment: Treatment,
        then: int,
    ) -> None:
        """Some are looked after at once, and choose anew if nothing was found for them."""
        starts, ends = between
        change = Close(
            office_code=office, first_day=day, last_day=day, starts=starts, ends=ends, note=NOTE
        )
        supervisor = self.staff.supervisors[office]
        self.world.attempt(applied(supervisor, change, self.world.now, treatment))
        if then:
            self.work_off(0)
        if then > 1 and treatment is Treatment.NOTIFY:
            self.choose_anew(0, then)

    def work_off(self, pause: int) -> None:
        self.world.later(pause)
        self.world.run(work_off(self.world.now))
        assert not self.world.rows("SELECT 1 FROM closure WHERE status = 'running'")
        assert not self.world.rows(
            "SELECT 1 FROM appointment a JOIN slot ON slot.id = a.slot_id"
            " WHERE a.status = 'booked' AND slot.closed_at IS NOT NULL"
        )

    @precondition(lambda self: "displaced" in self.there)
    @rule(pick=picks, slot=slots)
    def choose_anew(self, pick: int, slot: int) -> None:
        """Whoever lost a time chooses another before everybody else."""
        found = self._one_of(DISPLACED, pick)
        if found:
            self.world.attempt(
                appointments.choose_anew(*found, self._slot(self._roomy(slot)), self.world.now)
            )

    @precondition(lambda self: "closed" in self.there)
    @rule(office=offices, day=days)
    def reopen(self, office: str, day: date) -> None:
        change = Reopen(office_code=office, day=day)
        supervisor = self.staff.supervisors[office]
        self.world.attempt(applied(supervisor, change, self.world.now))
