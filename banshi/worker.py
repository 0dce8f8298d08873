"""`banshi worker`: what happens in the background."""

import asyncio
import sys

import click

from services.kernel.logs import configure_logging
from services.kernel.presence import alive_here
from services.kernel.redis import close_redis
from services.kernel.settings import settings


@click.command()
@click.option("--check", is_flag=True, help="Only say whether one is alive on this machine.")
def command(*, check: bool) -> None:
    """Send notices and do the regular jobs until TERM."""
    configure_logging(settings().log_format)
    if check:
        sys.exit(0 if asyncio.run(_alive()) else 1)
    from workers.main import WorkerParts, serve

    asyncio.run(serve(WorkerParts(settings())))


async def _alive() -> bool:
    try:
        return await alive_here("worker")
    finally:
        await close_redis()
