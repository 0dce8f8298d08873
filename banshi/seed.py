"""`banshi seed`: the demonstration's data."""

import asyncio

import click

from banshi import demo
from services.kernel import database
from services.kernel.clock import SystemClock
from services.kernel.logs import configure_logging
from services.kernel.redis import close_redis
from services.kernel.settings import Environment, settings


@click.command()
def command() -> None:
    """Add the demonstration's people and today's appointments where they are missing."""
    configure_logging(settings().log_format)
    if settings().environment is Environment.PRODUCTION:
        raise click.ClickException("the demonstration's accounts have no place in production")
    asyncio.run(_seed())


async def _seed() -> None:
    await database.open_pool()
    try:
        await demo.seed(SystemClock().now())
    finally:
        await database.close_pool()
        await close_redis()
