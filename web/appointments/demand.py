"""Writes down every few seconds how many people found no place, while the application runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from litestar import Litestar

from services import appointments

WRITE_SECONDS = 3.0
log = structlog.get_logger(__name__)


@asynccontextmanager
async def writing_demand(_app: Litestar) -> AsyncIterator[None]:
    """A lifespan: write while it runs, and once more at its end."""
    writer = asyncio.create_task(_write_on())
    try:
        yield
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
        await _write()


async def _write_on() -> None:
    while True:
        await asyncio.sleep(WRITE_SECONDS)
        await _write()


async def _write() -> None:
    try:
        await appointments.write_demand()
    except Exception:  # a statistic must not stop what it counts
        log.exception("demand_not_written")
