"""`banshi keys`: create the keys file, and rotate the keys of personal data."""

import asyncio
from pathlib import Path

import click

from services.kernel import database
from services.kernel.crypto import KeyFile, new_key, new_key_file, read_key_file, write_key_file
from services.kernel.rotation import reseal, rows_under
from services.kernel.settings import settings


@click.group()
def command() -> None:
    """The keys of personal data."""


@command.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def create(path: Path) -> None:
    """Write a fresh keys file to PATH, which must not exist yet."""
    if path.exists():
        raise click.ClickException(f"{path} exists already; it is never overwritten")
    write_key_file(path, new_key_file())
    print(f"wrote {path}; keep a copy where the database's backups are not")


@command.command()
@click.option("--retire", is_flag=True, help="Then remove keys under which nothing is sealed.")
def rotate(*, retire: bool) -> None:
    """Add a data key, make it active, and seal every value again under it.

    Running processes pick the new key up by themselves. May be interrupted and run again.
    """
    path = settings().keys_file
    keys = read_key_file(path)
    number = max(int(name.removeprefix("k")) for name in keys.data) + 1
    name = f"k{number}"
    write_key_file(
        path,
        KeyFile(
            active=name, data={**keys.data, name: new_key()}, index=keys.index, audit=keys.audit
        ),
    )
    asyncio.run(_reseal(path, retire=retire))


async def _reseal(path: Path, *, retire: bool) -> None:
    await database.open_pool()
    try:
        async for column, count in reseal():
            print(f"{column}: {count} sealed again")
        if retire:
            keys = read_key_file(path)
            used = {name for name in keys.data if await rows_under(name)} | {keys.active}
            kept = {name: key for name, key in keys.data.items() if name in used}
            write_key_file(
                path,
                KeyFile(active=keys.active, data=kept, index=keys.index, audit=keys.audit),
            )
            print(f"kept {', '.join(sorted(kept))}")
    finally:
        await database.close_pool()
