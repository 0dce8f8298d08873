"""Programs that never outlive the one that started them.

Each runs in a process group of its own, so that Ctrl-C in the terminal reaches only the parent,
which then stops the others in order, grandchildren included. On Linux the kernel also stops a
program whose parent was killed outright; elsewhere `stop_group` finds it again by its pid.
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02


class SystemUser(NamedTuple):
    """An account of the machine."""

    uid: int
    gid: int


class Program(NamedTuple):
    """What to start and how to stop it."""

    argv: Sequence[str]
    environment: Mapping[str, str] | None = None
    """None hands on the parent's own."""
    user: SystemUser | None = None
    """The account to run as; None keeps the parent's."""
    stop_signal: signal.Signals = signal.SIGTERM
    """What asks the program to end; it is killed when it has not done so in time."""


def unprivileged_user() -> SystemUser | None:
    """`nobody` when this runs as root, else None. PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return SystemUser(entry.pw_uid, entry.pw_gid)


def child_setup(program: Program, parent: int | None = None) -> Callable[[], None]:
    """What a new process does before it becomes `program`; for `preexec_fn`.

    `parent` is the process that calls this, unless the new process itself does.
    """
    parent = parent or os.getpid()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def setup() -> None:
        os.setsid()
        if program.user is not None:
            os.setgroups([])
            os.setgid(program.user.gid)
            os.setuid(program.user.uid)
        if libc is not None:
            # After setuid, which clears it. A parent that died before this line is seen below.
            libc.prctl(PR_SET_PDEATHSIG, int(program.stop_signal))
            if os.getppid() != parent:
                os._exit(1)

    return setup


def start(program: Program, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start `program`, with what it prints going to `log`.

    Call this from the main thread: for the kernel, a parent dies when the thread that started the
    child ends.
    """
    return subprocess.Popen(
        program.argv,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        preexec_fn=child_setup(program),  # noqa: PLW1509 - no threads run where this is called
    )


def stop(process: subprocess.Popen[bytes], program: Program, seconds: float = 10) -> None:
    """Ask a started program to end, wait, and kill what is left of its group."""
    if process.poll() is None:
        process.send_signal(program.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process.pid)
    process.wait()


def kill_group(group: int) -> None:
    """Kill every process of a group that may be gone already."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def wait_until(ready: Callable[[], bool], seconds: float, failure: Callable[[], str]) -> None:
    """Wait for `ready`; raises TimeoutError with what `failure` has to say."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(failure())
        time.sleep(POLL_SECONDS)


def open_to(user: SystemUser | None, path: Path) -> list[Path]:
    """Let another account pass through the folders above `path`, as far as that is needed.

    Only the right to pass is added, not the right to list. Returns the folders that were changed.
    """
    changed: list[Path] = []
    if user is None:
        return changed
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
            changed.append(folder)
    return changed
