"""`banshi catalog`: the files of items and offices, and what is entered about days."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import click

from services import catalog
from services.kernel import database
from services.kernel.actor import SYSTEM
from services.kernel.clock import SystemClock
from services.kernel.errors import DomainError
from services.kernel.logs import configure_logging
from services.kernel.settings import settings
from services.kernel.translations import Language, translate

DAY = click.DateTime(["%Y-%m-%d"])


def _periods(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[catalog.Period, ...]:
    return tuple(_period(value) for value in values)


def _period(text: str) -> catalog.Period:
    opens, _, closes = text.partition("-")
    try:
        return catalog.Period(
            datetime.strptime(opens, "%H:%M").time(),  # noqa: DTZ007 - a time of day has no zone
            datetime.strptime(closes, "%H:%M").time(),  # noqa: DTZ007 - as above
        )
    except ValueError as error:
        raise click.BadParameter(f"{text} is not a period; write it as 08:30-12:00") from error


@click.group()
def command() -> None:
    """Items and offices from their files; days of the calendar and other hours."""


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

    async def work(now: datetime) -> None:
        done = await catalog.sync(now)
        print(f"{done.items} items, {done.offices} offices; {done.written} rows written")

    _run(work)


@command.command()
@click.argument("day", type=DAY)
@click.argument("kind", type=click.Choice(["working", "off", "published"]))
@click.option("--note", default="", help="Where this stands, such as the notice's number.")
def day(day: datetime, kind: str, note: str) -> None:
    """Enter whether DAY (2027-02-06) is worked; `published` goes back to the yearly notice."""
    working = {"working": True, "off": False, "published": None}[kind]
    entry = catalog.SetCalendarDay(day=day.date(), working=working, note=note)
    _run(lambda now: catalog.set_calendar_day(SYSTEM, entry, now))


@command.command()
@click.argument("office")
@click.argument("day", type=DAY)
@click.option(
    "--open", "periods", multiple=True, callback=_periods, help="As 08:30-12:00; repeatable."
)
@click.option("--note-zh", required=True, help="What the page says, in Chinese.")
@click.option("--note-en", required=True, help="The same in English.")
def hours(
    office: str, day: datetime, periods: tuple[catalog.Period, ...], note_zh: str, note_en: str
) -> None:
    """Give OFFICE other hours on DAY; without --open it is closed."""
    entry = catalog.SetOpeningException(
        office_code=office,
        day=day.date(),
        note=catalog.Text(zh=note_zh, en=note_en),
        periods=periods,
    )
    _run(lambda now: catalog.set_opening_exception(SYSTEM, entry, now))


def _run(work: Callable[[datetime], Awaitable[None]]) -> None:
    configure_logging(settings().log_format)

    async def run() -> None:
        await database.open_pool()
        try:
            await work(SystemClock().now())
        finally:
            await database.close_pool()

    try:
        asyncio.run(run())
    except DomainError as error:
        raise click.ClickException(translate(error.message, Language.ENGLISH)) from error
