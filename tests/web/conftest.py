"""The application in this process: requests share the test's transaction."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from services.kernel.clock import FixedClock
from services.kernel.database import fetchval
from services.kernel.settings import Settings
from tests.harness.digest import digest
from tests.harness.routes import Route, routes
from tests.web.hall import new_client, open_hall_at_work
from tests.web.refusals import Answers
from web.app import create_app

# Asked by machines, in one language.
HEALTH = ("/healthz", "/readyz", "/metrics")
# When a session was last seen is kept, whatever it asked for.
SEEN = ("sign_in_session",)
# A form that comes back shows its complaint again, and who has read one is kept every time.
READ = "ratings.complaint_read"


@pytest.fixture(scope="session")
def application(settings: Settings) -> Litestar:
    """The application, made once: its routes take longer to register than most tests to run.

    It keeps nothing between requests but its clock. A module that adds routes makes its own.
    """
    return create_app(settings)


@pytest.fixture
def app(application: Litestar, clock: FixedClock) -> Litestar:
    """The application, on the test's clock."""
    application.state.clock = clock
    return application


@pytest.fixture
async def client(
    app: Litestar, database: "asyncpg.Connection[asyncpg.Record]", redis: Redis
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a window, on a rolled-back database."""
    del database, redis
    async with new_client(app) as client:
        yield client


async def everything() -> dict[str, object]:
    """What is kept in each table, but for what is kept of looking at it."""
    kept: dict[str, object] = dict(await digest(but=(*SEEN, "audit_record")))
    acts = "SELECT count(*) FROM audit_record WHERE action <> $1"
    return {**kept, "audit_record": await fetchval(acts, READ)}


@pytest.fixture
async def answers(
    app: Litestar, clock: FixedClock, database: object, redis: Redis
) -> AsyncIterator[Answers]:
    """Asks at a hall at work; fails for every wrong answer, and when anything was changed."""
    del database
    hall = await open_hall_at_work(app, clock, redis)
    before = await everything()
    asked = Answers(hall, redis)
    yield asked
    after = await everything()
    for visitor in (hall.anybody, hall.citizen, hall.staff):
        await visitor.client.aclose()
    assert asked.sent > 0
    assert not asked.wrong, "\n".join(asked.wrong)
    assert {name for name in after if after[name] != before[name]} == set()


@pytest.fixture
def everywhere(app: Litestar) -> list[Route]:
    return [route for route in routes(app) if route.path not in HEALTH]
