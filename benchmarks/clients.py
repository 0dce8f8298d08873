"""Running the load client beside the benchmark."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence

import msgspec
import psutil

from benchmarks.hall import Hall
from benchmarks.load import Report


async def load(
    hall: Hall, messages: Sequence[bytes], connections: int, *, seconds: float | None = None
) -> Report:
    """Send raw requests over so many connections; over and over for `seconds`, if given."""
    duration = [] if seconds is None else [str(seconds)]
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.load", str(hall.port), str(connections), *duration),
        stdin=PIPE,
        stdout=PIPE,
    )
    lines = [json.dumps(message.decode("latin-1")) for message in messages]
    printed, _ = await client.communicate("\n".join([*lines, "go", ""]).encode())
    return msgspec.json.decode(printed, type=Report)


def web_cpu(hall: Hall) -> float:
    """Seconds of CPU that the web processes have used."""
    return _cpu(hall.web_pid)


def database_cpu(hall: Hall) -> float:
    """Seconds of CPU that the database server has used, sessions that have ended included."""
    return _cpu(hall.pid("postgres"))


def _cpu(pid: int) -> float:
    parent = psutil.Process(pid)
    used = (process.cpu_times() for process in (parent, *parent.children(recursive=True)))
    return sum(
        times.user + times.system + times.children_user + times.children_system for times in used
    )
