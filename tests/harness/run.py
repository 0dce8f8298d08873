"""One run of the tests: its folder, its PostgreSQL, and what each xdist worker is told.

The controller (or the only process, without xdist) owns the folder and the server; the workers are
given the folder's path. Every process knows its settings before it collects, because modules that
tests import read them.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banshi.embedded.postgres import APP_ROLE, OWNER_ROLE, Postgres
from banshi.embedded.process import Program, start, stop, wait_until
from banshi.embedded.redis import Redis
from services.kernel.crypto import new_key
from tests.harness.forks import Forked

TEMPLATE = "banshi_template"


class Run:
    """The shared parts: a folder that is removed at the end, and one PostgreSQL in it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.owned = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="banshi-tests-"))
        self.postgres = Postgres(self.folder / "postgres", durable=False)
        self.keys_file = self.folder / "keys.json"
        self._log = (self.folder / "postgres.log").open("ab")
        self._program = self.postgres.program()
        self._server: subprocess.Popen[bytes] | None = None
        if self.owned:
            keys = {"active": "k1", "data": {"k1": new_key()}, "index": new_key()}
            self.keys_file.write_text(json.dumps(keys | {"audit": new_key()}))

    def start(self) -> None:
        """Start PostgreSQL, unless this run has it already; only the owner calls this."""
        if self._server is None:
            self.postgres.prepare()
            self._server = start(self._program, self._log)
            wait_until(self.postgres.ready_now, 30, self._last_words)

    def _last_words(self) -> str:
        return f"PostgreSQL did not start:\n{(self.folder / 'postgres.log').read_text()}"

    def close(self) -> None:
        """Stop what this process started and remove the folder that it made."""
        if self._server is not None:
            stop(self._server, self._program)
        self._log.close()
        if self.owned:
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep the other workers out while the block runs."""
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Worker:
    """What one test process has to itself: a database, a Redis, a mail catcher's port."""

    def __init__(self, run: Run, name: str) -> None:
        self.run = run
        self.database = f"banshi_{name}"
        self.folder = run.folder / name
        self.mailbox = self.folder / "mailbox"
        self.mailbox.mkdir(parents=True, exist_ok=True)
        self.redis = Redis(self.folder / "redis", durable=False)
        # Bound now, so that nobody else takes the port before something listens on it.
        self.smtp_listener = _reserved_port()
        self.web_listener = _reserved_port()
        self.smtp_port: int = self.smtp_listener.getsockname()[1]
        self.web_port: int = self.web_listener.getsockname()[1]

    def environment(self, database: str | None = None) -> dict[str, str]:
        """The BANSHI_… settings of a program that runs on this worker's parts."""
        database = database or self.database
        web = f"http://127.0.0.1:{self.web_port}"
        return {
            "BANSHI_ENVIRONMENT": "test",
            "BANSHI_BASE_URL": web,
            "BANSHI_DATABASE_URL": self.run.postgres.url(APP_ROLE, database),
            "BANSHI_DATABASE_OWNER_URL": self.run.postgres.url(OWNER_ROLE, database),
            "BANSHI_REDIS_URL": self.redis.url,
            "BANSHI_KEYS_FILE": str(self.run.keys_file),
            "BANSHI_WEB_SECRET": "a secret that only the tests know",
            "BANSHI_SMTP_HOST": "127.0.0.1",
            "BANSHI_SMTP_PORT": str(self.smtp_port),
            "BANSHI_SMTP_STARTTLS": "false",
            "BANSHI_SMS_GATEWAY_URL": f"{web}/dev/sms-gateway",
            "BANSHI_SMS_GATEWAY_TOKEN": "a token that only the tests know",
            "BANSHI_MAILBOX_DIR": str(self.mailbox),
            "BANSHI_WEBHOOKS_TO_LOOPBACK": "true",
            "BANSHI_LOG_FORMAT": "console",
        }

    def program(self, *arguments: str) -> Program:
        """A `banshi` command on this worker's parts, to be started and stopped."""
        command = [sys.executable, "-m", "banshi", *arguments]
        return Program(command, os.environ | self.environment())

    def banshi(
        self, *arguments: str, database: str | None = None, stdin: Path | None = None
    ) -> str:
        """Run a `banshi` command on this worker's parts; returns what it printed.

        Raises AssertionError, with its output, when it fails.
        """
        log = self.folder / "command.log"
        log.unlink(missing_ok=True)
        environment = os.environ | self.environment(database)
        code = Forked("banshi", arguments, environment, log, stdin).wait()
        said = log.read_text()
        if code:
            raise AssertionError(f"banshi {' '.join(arguments)}: {said}")
        return said


def _reserved_port() -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    return listener
