"""`banshi catalog`: the files of items and offices."""

import asyncio
import sys
from pathlib import Path

import click

from services import catalog
from services.kernel import database
from services.kernel.clock import SystemClock
from services.kernel.logs import configure_logging
from services.kernel.settings import settings


@click.group()
def command() -> None:
    """The files of items and offices."""


@command.command()
@click.argument(
    "path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def check(path: Path | None) -> None:
    """Name every mistake in the catalogue under PATH, with file and line; exit 1 if there is one.

    PATH holds `items/<line>/<code>.yaml` and `offices.yaml`; without it, the files of this release
    are checked.
    """
    try:
        catalogue = catalog.read_catalogue(path) if path else catalog.read_catalogue()
    except catalog.CatalogueInvalid as error:
        for problem in error.problems:
            print(problem)
        print(f"{len(error.problems)} to mend", file=sys.stderr)
        sys.exit(1)
    print(f"sound: {len(catalogue.items)} items, {len(catalogue.offices)} offices")


@command.command()
def sync() -> None:
    """Bring the files of this release into the database; safe to repeat."""
    configure_logging(settings().log_format)

    async def run() -> catalog.Synced:
        await database.open_pool()
        try:
            return await catalog.sync(SystemClock().now())
        finally:
            await database.close_pool()

    done = asyncio.run(run())
    print(f"{done.items} items, {done.offices} offices; {done.written} rows written")
