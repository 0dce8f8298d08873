"""The application in this process: requests share the test's transaction."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from litestar import Litestar
from redis.asyncio import Redis

from services.kernel.clock import FixedClock
from services.kernel.settings import Settings
from web.app import create_app


@pytest.fixture
def app(settings: Settings, clock: FixedClock) -> Litestar:
    """The application, on the test's clock."""
    return create_app(settings, clock)


@pytest.fixture
async def client(
    app: Litestar, database: "asyncpg.Connection[asyncpg.Record]", redis: Redis
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without a window, on a rolled-back database."""
    del database, redis
    transport = httpx.ASGITransport(
        app=app,  # type: ignore[arg-type]  # the same protocol, spelled in Litestar's own types
        raise_app_exceptions=False,
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://hall.test") as client:
        yield client
