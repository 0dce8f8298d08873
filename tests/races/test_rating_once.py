"""Two ratings of one visit in one instant: a double press, two tabs, a friend with the link.

The control first: code that looks before it writes, without the constraint, keeps both.
"""

import asyncio
from functools import partial

import asyncpg
import pytest

from banshi.embedded.postgres import SUPERUSER
from services import ratings
from services.kernel import database
from services.kernel.actor import ANONYMOUS
from services.kernel.ids import new_id
from services.ratings import AlreadyRated, Grade, Rate
from tests.harness.run import Worker
from tests.queues import MORNING, open_morning
from tests.races.rush import all_at_once, bare_slot, throw_away_database
from tests.ratings import visit

PRESSES = 6


async def look_then_write(pool: "asyncpg.Pool[asyncpg.Record]", ticket_id: object) -> None:
    """Rate as code without a constraint behind it would."""
    async with pool.acquire() as connection, connection.transaction():
        rated = await connection.fetchval("SELECT 1 FROM rating WHERE ticket_id = $1", ticket_id)
        if rated:
            return
        await asyncio.sleep(0.05)  # the other finger is on the button as well
        await connection.execute(
            "INSERT INTO rating (id, ticket_id, office_code, line, grade, anonymous, created_at)"
            " VALUES ($1, $2, 'hall', 'household', 1, true, now())",
            new_id(),
            ticket_id,
        )


async def naive_presses(worker: Worker, name: str, *, constraint: bool) -> tuple[int, int]:
    """How many ratings are kept of one visit, and how many presses met an error."""
    async with throw_away_database(worker, name) as database_name:
        url = worker.run.postgres.url(SUPERUSER, database_name)
        async with asyncpg.create_pool(url, min_size=PRESSES, max_size=PRESSES) as pool:
            ticket_id = new_id()
            async with pool.acquire() as connection:
                await bare_slot(connection, seats=1, people=1)
                await connection.execute(
                    "INSERT INTO ticket (id, office_code, line, day, number, kind, priority,"
                    " status, checked_in_at, order_at, in_line_at, call_count, version)"
                    " VALUES ($1, 'hall', 'household', current_date, 'H001', 'walk_in', 'normal',"
                    " 'waiting', now(), now(), now(), 0, 0)",
                    ticket_id,
                )
                if not constraint:
                    await connection.execute(
                        "ALTER TABLE rating DROP CONSTRAINT rating_once_a_visit"
                    )
            outcomes = await asyncio.gather(
                *(look_then_write(pool, ticket_id) for _ in range(PRESSES)), return_exceptions=True
            )
            kept = await pool.fetchval("SELECT count(*) FROM rating")
            return kept, sum(one is not None for one in outcomes)


@pytest.mark.control_of(
    "test_with_the_constraint_even_naive_code_cannot",
    "test_of_many_presses_one_rating_and_one_complaint_are_kept",
)
@pytest.mark.usefixtures("committed_database")
async def test_without_the_constraint_a_visit_is_rated_more_than_once(worker: Worker) -> None:
    kept, refused = await naive_presses(worker, "rated_often", constraint=False)
    assert kept > 1
    assert refused == 0


@pytest.mark.usefixtures("committed_database")
async def test_with_the_constraint_even_naive_code_cannot(worker: Worker) -> None:
    kept, refused = await naive_presses(worker, "rated_once", constraint=True)
    assert kept == 1
    assert refused == PRESSES - 1


@pytest.mark.usefixtures("committed_database", "redis")
async def test_of_many_presses_one_rating_and_one_complaint_are_kept() -> None:
    await open_morning()
    done = await visit()
    command = Rate(ticket_id=done.id, grade=Grade.DISSATISFIED)
    outcomes = await all_at_once([partial(ratings.rate, ANONYMOUS, command, MORNING)] * PRESSES)
    assert sum(isinstance(one, AlreadyRated) for one in outcomes) == PRESSES - 1
    assert await database.fetchval("SELECT count(*) FROM rating") == 1
    assert await database.fetchval("SELECT count(*) FROM complaint") == 1
