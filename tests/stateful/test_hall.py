"""A morning in a hall: whatever clerks and visitors do in whatever order, its promises hold."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.harness.database import Restorer
from tests.queues import open_morning
from tests.stateful.queue_promises import Crew, crew
from tests.stateful.queue_steps import QueueSteps
from tests.stateful.world import World, world

BOUNDED = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.usefixtures("redis_server")
def test_the_queue_keeps_its_promises(restorer: Restorer) -> None:
    del restorer  # its database is the one that is used
    with world(open_morning) as place:

        class Hall(QueueSteps, RuleBasedStateMachine):
            world: World = place
            crew: Crew = place.run(crew())

            def __init__(self) -> None:
                super().__init__()
                self.world.begin()

            def teardown(self) -> None:
                self.world.end()

        run_state_machine_as_test(Hall, settings=BOUNDED)
