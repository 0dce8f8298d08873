"""What the workers do, in time or late."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.closing_steps import ClosingSteps
from tests.stateful.hall import moments
from tests.stateful.waiting_steps import WaitingSteps


class WorkingSteps(WaitingSteps, ClosingSteps):
    """Sweeping, offering and working off closures."""

    @rule(work=st.sampled_from(["sweep", "offer", "work off"]), pause=moments)
    def work(self, work: str, pause: int) -> None:
        match work:
            case "sweep":
                self.sweep(pause)
            case "offer":
                self.offer(pause)
            case _:
                self.work_off(pause)
