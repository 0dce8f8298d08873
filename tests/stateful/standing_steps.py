"""What makes somebody's booking pause, and what ends that."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services import appointments
from services.appointments import AnswerAppeal, Appeal, DeclareEmergency
from services.kernel.errors import DomainError
from tests.bookings import ITEM, OFFICE, OTHER_ITEM
from tests.queues import OTHER_OFFICE
from tests.stateful.booking_steps import BookingSteps
from tests.stateful.found import PAUSED
from tests.stateful.hall import everybody, moments, picks


class StandingSteps(BookingSteps):
    """Strikes, pauses, appeals and emergencies."""

    @rule(
        who=everybody,
        wanted=st.lists(st.sampled_from([ITEM, OTHER_ITEM]), min_size=3, max_size=4),
        appeals=st.sampled_from([None, True, False]),
    )
    def cannot_decide(self, who: int, wanted: list[str], appeals: bool | None) -> None:
        """Somebody books and cancels, again and again; appeals, in vain or not."""
        who = self._idle(who)
        for number, item in enumerate(wanted):
            free = next((one for one in range(3, 8) if self._room(self._slot(one))), 7)
            self.book(who, free, item, 0)
            if number < len(wanted) - 1:
                for row in self.world.rows(
                    "SELECT reference FROM appointment WHERE person_id = $1 AND status = 'booked'",
                    self.people[who].id,
                ):
                    self.world.attempt(
                        appointments.cancel(self.people[who], row["reference"], self.world.now)
                    )
        if appeals is not None:
            self.appeal(0, appeals, 0)

    @precondition(lambda self: "paused" in self.there)
    @rule(pick=picks, granted=st.booleans(), pause=moments)
    def appeal(self, pick: int, granted: bool, pause: int) -> None:
        """A granted appeal ends the pause, a declined one does not."""
        found = self._one_of(PAUSED, pick)
        if found is None:
            return
        written = self.world.attempt(
            appointments.write_appeal(found[0], "当天在住院，没能取消，请核实。", self.world.now)
        )
        self.world.later(pause)
        if not isinstance(written, Appeal):
            return
        command = AnswerAppeal(appeal_id=written.id, granted=granted, reason="已核实情况")
        supervisor = self.staff.supervisors[written.office_code]
        answered = self.world.attempt(
            appointments.answer_appeal(supervisor, command, self.world.now)
        )
        assert isinstance(answered, Appeal)
        (row,) = self.world.rows(
            "SELECT lifted_at FROM booking_penalty WHERE id = $1", written.penalty_id
        )
        assert (row["lifted_at"] is not None) == granted

    @precondition(lambda self: "paused" in self.there)
    @rule(office=st.sampled_from([None, OFFICE, OTHER_OFFICE]))
    def have_an_emergency(self, office: str | None) -> None:
        """Nobody is penalised while it lasts; the one before is over."""
        self.end_it()
        command = DeclareEmergency(reason_zh="暴雨", reason_en="heavy rain", office_code=office)
        self.world.attempt(
            appointments.declare_emergency(self.staff.administrator, command, self.world.now)
        )

    def end_it(self) -> None:
        for row in self.world.rows("SELECT id FROM booking_emergency WHERE ends_at IS NULL"):
            self.world.later(1)
            ended = self.world.attempt(
                appointments.end_emergency(self.staff.administrator, row["id"], self.world.now)
            )
            assert not isinstance(ended, DomainError)
