"""Starts parts, watches them, starts again what crashed, and stops them in the opposite order."""

import asyncio
import re
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from banshi.embedded.process import Program, child_setup, kill_group
from banshi.supervision.output import Output

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A part that ran this long was well; its next crash starts counting anew.
WELL_SECONDS = 60.0
LONGEST_LINE = 1 << 20


class PartFailedError(Exception):
    """A part did not start; the text is one line."""


class Part(NamedTuple):
    """One program of the house."""

    name: str
    program: Program
    ready: Callable[[], Awaitable[bool]] | None = None
    """Whether it serves; None when running is all there is to see."""
    prepare: Callable[[], object] | None = None
    """What has to be done before it starts, each time; runs in a thread."""
    hidden: re.Pattern[str] | None = None
    """Lines that say nothing to a person."""


class Supervisor:
    """The parts that run now."""

    def __init__(self, pids: Path, output: Output) -> None:
        self.pids = pids
        self.output = output
        self.stopping = False
        self._running: dict[str, tuple[Part, asyncio.subprocess.Process]] = {}
        self._watchers: dict[str, asyncio.Task[None]] = {}

    async def run_once(self, part: Part) -> None:
        """Run a part to its end. Raises PartFailedError when it fails."""
        process = await self._spawn(part)
        await self._copy_output(part, process)
        code = await process.wait()
        self._forget(part.name)
        if code:
            raise PartFailedError(f"{part.name} failed ({_ending(code)}); see its lines above")

    async def start(self, part: Part) -> None:
        """Start a part, wait until it serves, and watch it from then on.

        Raises PartFailedError when it ends or stays silent instead.
        """
        process = await self._spawn(part)
        copying = asyncio.create_task(self._copy_output(part, process))
        if not await self._serves(part, process):
            await self._end(part, process)
            await copying
            raise PartFailedError(f"{part.name} did not start; see its lines above")
        self._watchers[part.name] = asyncio.create_task(self._watch(part, process, copying))

    async def stop(self) -> None:
        """Stop every part, the last started first."""
        self.stopping = True
        for watcher in self._watchers.values():
            watcher.cancel()
        for name in reversed(list(self._running)):
            if name in self._running:
                await self._end(*self._running[name])

    def kill(self) -> None:
        """End every part at once, for somebody who will not wait."""
        for _, process in self._running.values():
            kill_group(process.pid)

    async def stop_leftovers(self) -> None:
        """Stop parts of an earlier run whose supervisor was killed."""
        for pid_file in self.pids.glob("*.pid"):
            with suppress(ValueError, psutil.NoSuchProcess):
                pid, born = pid_file.read_text().split()
                process = psutil.Process(int(pid))
                # A number is used again: only the same process was born at the same moment.
                if f"{process.create_time():.2f}" == born:
                    self.output.line("banshi", f"stopping {pid_file.stem}, left by a killed run")
                    process.terminate()
                    with suppress(psutil.TimeoutExpired):
                        await asyncio.to_thread(process.wait, STOP_SECONDS)
                    kill_group(int(pid))
            pid_file.unlink()

    async def _spawn(self, part: Part) -> asyncio.subprocess.Process:
        if part.prepare is not None:
            try:
                await asyncio.to_thread(part.prepare)
            except OSError as error:
                raise PartFailedError(f"{part.name} cannot start: {error}") from error
        process = await asyncio.create_subprocess_exec(
            *part.program.argv,
            env=part.program.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            limit=LONGEST_LINE,
            preexec_fn=child_setup(part.program),
        )
        self._running[part.name] = (part, process)
        with suppress(psutil.NoSuchProcess):
            born = psutil.Process(process.pid).create_time()
            (self.pids / f"{part.name}.pid").write_text(f"{process.pid} {born:.2f}")
        return process

    def _forget(self, name: str) -> None:
        self._running.pop(name, None)
        (self.pids / f"{name}.pid").unlink(missing_ok=True)

    async def _copy_output(self, part: Part, process: asyncio.subprocess.Process) -> None:
        stream = process.stdout
        while stream is not None:
            try:
                line = await stream.readline()
            except ValueError:
                self.output.line(part.name, "[a line too long to show]")
                continue
            if not line:
                return
            text = line.decode(errors="replace").rstrip()
            if part.hidden is None or not part.hidden.search(text):
                self.output.line(part.name, text)

    async def _serves(self, part: Part, process: asyncio.subprocess.Process) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.returncode is None and time.monotonic() < deadline:
            if part.ready is None or await part.ready():
                return True
            await asyncio.sleep(POLL_SECONDS)
        return False

    async def _watch(
        self, part: Part, process: asyncio.subprocess.Process, copying: asyncio.Task[None]
    ) -> None:
        pause = FIRST_PAUSE
        while True:
            started = time.monotonic()
            code = await _ended(process)
            kill_group(process.pid)
            await copying
            self._forget(part.name)
            if time.monotonic() - started > WELL_SECONDS:
                pause = FIRST_PAUSE
            self.output.line(
                "banshi", f"{part.name} ended ({_ending(code)}); starting it again in {pause:g} s"
            )
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            process = await self._spawn(part)
            copying = asyncio.create_task(self._copy_output(part, process))

    async def _end(self, part: Part, process: asyncio.subprocess.Process) -> None:
        with suppress(ProcessLookupError):
            process.send_signal(part.program.stop_signal)
        with suppress(TimeoutError):
            await asyncio.wait_for(_ended(process), STOP_SECONDS)
        kill_group(process.pid)
        await process.wait()
        self._forget(part.name)


async def _ended(process: asyncio.subprocess.Process) -> int:
    """The exit code. Until Python 3.12, wait() also waits for grandchildren to close the pipe."""
    while process.returncode is None:  # noqa: ASYNC110 - nothing sets an event when it ends
        await asyncio.sleep(POLL_SECONDS)
    return process.returncode


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
