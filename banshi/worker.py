"""`banshi worker`: what happens in the background."""

import asyncio
from importlib import import_module

import click

from services.kernel.logs import configure_logging
from services.kernel.settings import settings


@click.command()
def command() -> None:
    """Send, relay, sweep and remind until TERM."""
    configure_logging(settings().log_format)
    main = import_module("workers.main")
    asyncio.run(main.serve(main.WorkerParts(settings())))
