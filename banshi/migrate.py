"""`banshi migrate`: bring the database to this version's schema."""

import asyncio

import click

from services.kernel import migrations
from services.kernel.logs import configure_logging
from services.kernel.settings import settings


@click.command()
def command() -> None:
    """Run the migrations that have not run; safe to start twice at once."""
    configure_logging(settings().log_format)
    done = asyncio.run(migrations.migrate())
    print(f"{len(done)} migrations ran" if done else "nothing to migrate")
