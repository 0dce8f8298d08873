"""Programs that start in a blink.

To import a worker or a command costs about a second of processor, and the tests start some sixty.
So each test process has one child that has imported them and waits. What is forked from it is a
process like any other: its own environment, log, group and signals, and it can be killed.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired

from banshi.embedded.process import Program, child_setup

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "banshi.audit",
        "banshi.catalog",
        "banshi.migrate",
        "banshi.staff",
        "banshi.worker",
        "workers.main",
    ]
)


class Forked:
    """`python -m module arguments`, handled as a `subprocess.Popen` is."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        stdin: Path | None = None,
    ) -> None:
        argv = [module, *map(str, arguments)]
        what = (argv, dict(environment), log, stdin or Path(os.devnull))
        self._process = _FORKS.Process(target=_become, args=what, daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """As Popen's, except that it need not be polled first."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The exit code, the negative number of the signal that ended it, or None."""
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise TimeoutExpired(str(self.pid), timeout or 0)
        return code


def _become(argv: list[str], environment: dict[str, str], log: Path, stdin: Path) -> None:
    child_setup(Program(()), parent=os.getppid())()
    for path, flags, number in (
        (stdin, os.O_RDONLY, 0),
        (log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 1),
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    os.dup2(1, 2)
    # Its parent has none: multiprocessing closes standard input.
    sys.stdin = os.fdopen(0)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = argv
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
