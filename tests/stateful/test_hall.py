"""A morning in two halls: whatever is done in whatever order, their promises hold.

Citizens hold, book, bring their families, move, cancel and wait; too much of that pauses booking;
the halls close and open; clerks call those who came.
"""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from services.kernel.actor import Actor
from tests.harness.database import Restorer
from tests.stateful.hall import Staff, open_halls, some_people, staff, their_families
from tests.stateful.queue_knowledge import Crew, crew
from tests.stateful.queue_steps import QueueSteps
from tests.stateful.standing_steps import StandingSteps
from tests.stateful.working_steps import WorkingSteps
from tests.stateful.world import World, world

BOUNDED = settings(
    max_examples=70,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

# A promise is worth as much as what is tried against it: these were carried out, not only tried.
CARRIED_OUT = frozenset(
    [
        "book",
        "book_visit",
        "cancel",
        "reschedule",
        "hold",
        "extend_hold",
        "release_hold",
        "join_waitlist",
        "take_offer",
        "leave_waitlist",
        "applied",
        "choose_anew",
        "write_appeal",
        "check_in",
        "call_next",
        "start",
        "skip",
        "undo",
    ]
)


# A failure is shrunk to the fewest steps, which takes up to five minutes.
@pytest.mark.timeout(400)
@pytest.mark.usefixtures("redis_server")
def test_the_halls_keep_their_promises(restorer: Restorer) -> None:
    del restorer  # its database is the one that is used
    with world(open_halls) as place:
        citizens = place.run(some_people())

        class Halls(WorkingSteps, StandingSteps, QueueSteps, RuleBasedStateMachine):
            world: World = place
            crew: Crew = place.run(crew())
            people: list[Actor] = citizens
            families: list[UUID] = place.run(their_families(citizens))
            staff: Staff = place.run(staff())

            def __init__(self) -> None:
                super().__init__()
                self.world.begin()

            @invariant()
            def every_promise_is_kept(self) -> None:
                broken, self.there = self.world.look()
                assert not broken, broken

            def teardown(self) -> None:
                self.world.end()

        run_state_machine_as_test(Halls, settings=BOUNDED)
        assert place.done.keys() >= CARRIED_OUT, CARRIED_OUT - place.done.keys()
