"""The web server on another day: `python -m tests.harness.moved PORT SECONDS`.

Whoever books online comes another day. A story that goes on in the hall goes on here: the same
database, Redis and worker, with a clock that is SECONDS ahead.
"""

import os
import sys
from datetime import UTC, datetime, timedelta

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from services.kernel.logs import configure_logging
from services.kernel.settings import settings

SECONDS = "TESTS_CLOCK_AHEAD"


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
    return create_app(settings(), AheadClock(timedelta(seconds=float(os.environ[SECONDS]))))


if __name__ == "__main__":
    port, os.environ[SECONDS] = sys.argv[1:]
    Granian(
        "tests.harness.moved:application",
        factory=True,
        address="127.0.0.1",
        port=int(port),
        interface=Interfaces.ASGI,
        websockets=False,
        workers_kill_timeout=2,
    ).serve()
