"""`banshi dev`: database, Redis, mail catcher, web and worker in one terminal."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click

from banshi.demo import demo_sign_ins
from banshi.supervision.data_folder import DataFolder, FolderRefusedError
from banshi.supervision.house import House, reserve_port
from banshi.supervision.output import Output
from banshi.supervision.supervisor import PartFailedError, Supervisor

PROJECT = Path(__file__).parent.parent
REFUSED = 2
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    default=PROJECT / "data",
    help="Where everything is kept; made on the first start.  [default: data/ in the project]",
)
def command(port: int, data_dir: Path) -> None:
    """Run everything, with demonstration data on the first start. Ctrl-C stops it."""
    folder = DataFolder(data_dir)
    try:
        with folder.claimed():
            code = asyncio.run(_run(folder, port))
    except FolderRefusedError as error:
        click.echo(str(error), err=True)
        code = REFUSED
    sys.exit(code)


async def _run(folder: DataFolder, port: int) -> int:
    output = Output()
    supervisor = Supervisor(folder.pids, output)
    await supervisor.stop_leftovers()
    try:
        reserved = reserve_port(port)
    except OSError as error:
        why = f"port {port} cannot be used ({os.strerror(error.errno or 0)})"
        click.echo(f"{why}; choose another with --port", err=True)
        return REFUSED
    work = asyncio.create_task(_serve(House(folder, reserved, supervisor)))

    def end() -> None:
        if supervisor.stopping:
            supervisor.kill()
        work.cancel()

    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, end)
    code = 0
    try:
        with suppress(asyncio.CancelledError):
            await work
    except PartFailedError as error:
        output.line("banshi", str(error))
        code = 1
    finally:
        output.line("banshi", "stopping")
        await supervisor.stop()
    return code


async def _serve(house: House) -> None:
    await house.start()
    house.output.sign_ins(house.url, demo_sign_ins())
    house.output.plain(f"ready {house.url}")
    await asyncio.Event().wait()
