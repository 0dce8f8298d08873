"""The web server on another day.

Whoever books online comes another day. A story that goes on in the hall goes on here: the same
database, Redis and worker, behind a clock that is ahead.
"""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from banshi.embedded.process import Program, start, stop, wait_until
from services.kernel.logs import configure_logging
from services.kernel.settings import settings
from tests.harness.run import Worker

AHEAD = "TESTS_CLOCK_AHEAD_SECONDS"
START_SECONDS = 60


class AheadClock:
    """The machine's clock, moved by a fixed time."""

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """The present moment on that other day, aware, in UTC."""
        return datetime.now(UTC) + self.ahead


def application() -> Litestar:
    """The application, on the moved clock."""
    from web.app import create_app

    configure_logging(settings().log_format)
    return create_app(settings(), AheadClock(timedelta(seconds=float(os.environ[AHEAD]))))


@contextmanager
def serving_at(worker: Worker, moment: datetime) -> Iterator[str]:
    """Serve as if it were `moment` now; yields the address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    ahead = (moment - datetime.now(UTC)).total_seconds()
    environment = os.environ | {AHEAD: str(ahead)}
    program = Program([sys.executable, "-m", "tests.harness.moved", str(port)], environment)
    log_file = worker.folder / "moved.log"
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    with log_file.open("wb") as log:
        server = start(program, log)
        try:
            wait_until(answers, START_SECONDS, log_file.read_text)
            yield url
        finally:
            stop(server, program)


if __name__ == "__main__":
    Granian(
        "tests.harness.moved:application",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        websockets=False,
        workers_kill_timeout=2,
    ).serve()
