"""A morning in a hall: whatever is done in whatever order, its promises hold.

Citizens hold, book, move, cancel and wait; the hall closes and opens; clerks call those who came.
"""

from datetime import time

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from services.appointments import Rule
from services.kernel.actor import Actor
from tests.bookings import keep_rule, named, open_hall
from tests.closures import supervisor
from tests.harness.database import Restorer
from tests.stateful.booking_promises import CAPACITY
from tests.stateful.booking_steps import PEOPLE, BookingSteps
from tests.stateful.queue_promises import Crew, crew
from tests.stateful.queue_steps import QueueSteps
from tests.stateful.world import World, world

BOUNDED = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

# Short times, so that each of them is met; no penalties, which would only make people idle. A seat
# comes back after a time that chance has no part in.
RULE = Rule(
    days_before=0,
    hold_minutes=5,
    cancel_until_minutes=5,
    return_min_minutes=2,
    return_max_minutes=2,
    offer_minutes=10,
    bookings_a_day=100,
    cancellations=20,
    no_shows=20,
)


async def _open_hall() -> None:
    """Three slots a day of 40 minutes each, at 09:00, 09:40 and 10:20."""
    await keep_rule(RULE)
    await open_hall(starts=time(9), ends=time(11), slot_minutes=40, seats=CAPACITY)


async def _people() -> list[Actor]:
    return [await named() for _ in range(PEOPLE)]


# A failure is shrunk to the fewest steps, which takes up to five minutes.
@pytest.mark.timeout(400)
@pytest.mark.usefixtures("redis_server")
def test_the_hall_keeps_its_promises(restorer: Restorer) -> None:
    del restorer  # its database is the one that is used
    with world(_open_hall) as place:

        class Hall(BookingSteps, QueueSteps, RuleBasedStateMachine):
            world: World = place
            crew: Crew = place.run(crew())
            people: list[Actor] = place.run(_people())
            supervisor: Actor = place.run(supervisor())

            def __init__(self) -> None:
                super().__init__()
                self.world.begin()

            def teardown(self) -> None:
                self.world.end()

        run_state_machine_as_test(Hall, settings=BOUNDED)
