"""`banshi audit`: seal and verify the audit's chain."""

import asyncio
import sys

import click

from services import audit
from services.kernel import database
from services.kernel.clock import SystemClock


@click.group()
def command() -> None:
    """The audit's chain."""


@command.command()
@click.option(
    "--expect",
    metavar="POSITION:DIGEST",
    help="A head noted earlier; finds a chain that was cut short or rewritten since.",
)
def verify(expect: str | None) -> None:
    """Name the first altered, missing or inserted record; exit 1 if there is one."""
    expected = None
    if expect:
        position, _, digest = expect.partition(":")
        if not position.isdigit():
            raise click.BadParameter("write it as POSITION:DIGEST, as this command prints it")
        expected = audit.Head(int(position), digest)

    async def run() -> tuple[audit.Finding | None, audit.Head | None]:
        await database.open_pool()
        try:
            return await audit.verify(SystemClock().now(), expected), await audit.head()
        finally:
            await database.close_pool()

    finding, head = asyncio.run(run())
    if finding:
        print(
            f"{finding.kind}: record {finding.record_id or 'unknown'}"
            f" at position {finding.position or 'none'} ({finding.at})"
        )
        sys.exit(1)
    print(f"sound; head {head.position}:{head.digest}" if head else "sound; nothing sealed yet")
