"""The parts of the house, and the order in which they come up."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import Coroutine, Mapping

import httpx

from banshi.embedded.postgres import (
    APP_ROLE,
    OWNER_ROLE,
    ClusterNotMadeError,
    Postgres,
    WrongVersionError,
)
from banshi.embedded.process import Program
from banshi.embedded.redis import Redis
from banshi.supervision.data_folder import DataFolder
from banshi.supervision.output import Output
from banshi.supervision.secrets import KEYS_FILE, make_secrets
from banshi.supervision.supervisor import Part, PartFailedError, Supervisor

HOST = "127.0.0.1"
# Its banner, and an advice for servers that hold more than a demonstration.
REDIS_GREETING = re.compile(
    "oO0Oo|Redis version|Configuration loaded|Server initialized|overcommit"
)


class House:
    """Everything that `banshi dev` runs, on one data folder and one port."""

    def __init__(self, folder: DataFolder, reserved: socket.socket, supervisor: Supervisor) -> None:
        self.folder = folder
        self.reserved = reserved
        self.port: int = reserved.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self.supervisor = supervisor
        self.output: Output = supervisor.output
        self.postgres = Postgres(folder.postgres)
        self.redis = Redis(folder.redis)
        self.smtp_port = free_port()
        self.environment = self._environment()

    def _environment(self) -> Mapping[str, str]:
        # Settings of another deployment in this shell would be a surprise.
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("BANSHI_")
        }
        if self.output.console.is_terminal:
            inherited["FORCE_COLOR"] = "1"
        return inherited | {
            "PYTHONUNBUFFERED": "1",
            "BANSHI_ENVIRONMENT": "dev",
            "BANSHI_BASE_URL": self.url,
            "BANSHI_SECRETS_DIR": str(self.folder.secrets),
            "BANSHI_KEYS_FILE": str(self.folder.secrets / KEYS_FILE),
            "BANSHI_DATABASE_URL": self.postgres.url(APP_ROLE),
            "BANSHI_DATABASE_OWNER_URL": self.postgres.url(OWNER_ROLE),
            "BANSHI_REDIS_URL": self.redis.url,
            "BANSHI_SMTP_HOST": HOST,
            "BANSHI_SMTP_PORT": str(self.smtp_port),
            "BANSHI_SMTP_STARTTLS": "false",
            "BANSHI_SMS_GATEWAY_URL": f"{self.url}/dev/sms-gateway",
            "BANSHI_MAILBOX_DIR": str(self.folder.mailbox),
            "BANSHI_WEBHOOKS_TO_LOOPBACK": "true",
            "BANSHI_LOG_FORMAT": "console",
        }

    async def start(self) -> None:
        """Bring everything up. Raises PartFailedError."""
        make_secrets(self.folder.secrets)
        redis = Part(
            "redis",
            self.redis.program(),
            self._redis_ready,
            self.redis.prepare,
            hidden=REDIS_GREETING,
        )
        await together(
            self._start_postgres(),
            self.supervisor.start(redis),
            self.supervisor.start(Part("mail", self._mail_program(), self._mail_ready)),
        )
        await self.supervisor.run_once(Part("migrate", self._command("migrate")))
        web = Part("web", self._web_program(), self._web_ready, self.reserved.close)
        await together(
            self.supervisor.run_once(Part("seed", self._seed_program())),
            self.supervisor.start(web),
            self.supervisor.start(Part("worker", self._command("worker"))),
        )

    async def _start_postgres(self) -> None:
        if not self.folder.postgres.exists():
            self.output.line("banshi", "making a new database")
        part = Part("postgres", self.postgres.program(), self.postgres.ready, self._prepare)
        await self.supervisor.start(part)
        await self.postgres.create_roles()
        await self.postgres.create_database()

    def _prepare(self) -> None:
        try:
            opened = self.postgres.prepare()
        except WrongVersionError as error:
            raise PartFailedError(f"the database is of PostgreSQL {error}") from error
        except ClusterNotMadeError as error:
            raise PartFailedError(f"no new database: {error}") from error
        for folder in opened:
            self.output.line(
                "banshi", f"opened {folder} for passing through: PostgreSQL runs as nobody"
            )

    def _command(self, *arguments: str) -> Program:
        return Program([sys.executable, "-m", "banshi", *arguments], self.environment)

    def _seed_program(self) -> Program:
        """It commits a thousand times, and each next start adds what a power cut took away."""
        unhurried = self.postgres.url(APP_ROLE) + "&synchronous_commit=off"
        seed = self._command("seed")
        return seed._replace(environment={**self.environment, "BANSHI_DATABASE_URL": unhurried})

    def _web_program(self) -> Program:
        return self._command("web", "--port", str(self.port))

    def _mail_program(self) -> Program:
        module = [sys.executable, "-m", "banshi.embedded.mail_catcher"]
        return Program([*module, str(self.smtp_port), str(self.folder.mailbox)], self.environment)

    async def _redis_ready(self) -> bool:
        return await asyncio.to_thread(self.redis.ready_now)

    async def _mail_ready(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(HOST, self.smtp_port)
        except OSError:
            return False
        writer.close()
        return True

    async def _web_ready(self) -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                answer = await client.get(f"{self.url}/readyz")
            except httpx.TransportError:
                return False
        return answer.is_success


async def together(*steps: Coroutine[None, None, None]) -> None:
    """Run steps at once. The first that fails ends the others, and its error is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
        raise first from None


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def reserve_port(port: int) -> socket.socket:
    """Keep a port until the web server is about to take it. Raises OSError when it is in use.

    Its server shares a port with whoever else allows that, so looking alone would not do: two
    starts at once would both find the port free, and answer in turn.
    """
    return socket.create_server((HOST, port))
