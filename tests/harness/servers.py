"""Servers of a test's own, to be stopped, slowed down and started again."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from banshi.embedded import process
from banshi.embedded.mail_catcher import MailCatcher, catching
from banshi.embedded.redis import Redis


class OwnRedis:
    """A Redis server that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.server = Redis(folder / "redis", durable=False)
        self.url = self.server.url
        self._log = (folder / "redis.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.server.prepare()
        self._process = process.start(self.server.program(), self._log)
        process.wait_until(self.server.ready_now, 10, lambda: "Redis did not start")

    def stop(self) -> None:
        """Stop it, as a machine that goes away would."""
        if self._process is not None:
            process.stop(self._process, self.server.program())
            self._process = None

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        self._log.close()


class OwnMailServer:
    """An SMTP server on a port of its own that can be down, and then up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._closing = AsyncExitStack()
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            self.port: int = reserved.getsockname()[1]

    async def start(self) -> None:
        """Take mail from now on."""
        listener = socket.create_server(("127.0.0.1", self.port))
        await self._closing.enter_async_context(catching(self.folder, listener))

    async def stop(self) -> None:
        """Refuse connections from now on."""
        await self._closing.aclose()


class SlowMail(MailCatcher):
    """Takes its time before it answers; `most` is how many it had in hand at once."""

    def __init__(self, folder: Path, seconds: float) -> None:
        super().__init__(folder)
        self.seconds = seconds
        self.in_hand = 0
        self.most = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        await asyncio.sleep(self.seconds)
        self.in_hand -= 1
        return await super().handle_DATA(server, session, envelope)


@asynccontextmanager
async def slow_mail(folder: Path, seconds: float) -> AsyncIterator[tuple[SlowMail, int]]:
    """An SMTP server that needs `seconds` for each mail, and its port. The folder exists."""
    handler = SlowMail(folder, seconds)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    try:
        yield handler, server.sockets[0].getsockname()[1]
    finally:
        server.close()
