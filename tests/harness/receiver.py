"""A partner's server: takes webhooks on this machine and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from msgspec import Struct, field

ANSWER = "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\n{more}connection: close\r\n\r\n"


class Taken(Struct):
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(Struct):
    """Notes what comes. `statuses` are answered one after the other, then 204 for ever."""

    taken: list[Taken] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    location: str | None = None
    retry_after: str | None = None
    seconds: float = 0.0
    endless: bool = False
    port: int = 0
    sent_bytes: int = 0
    on_request: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request and answer it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._take(reader)
            await asyncio.sleep(self.seconds)
            status = self.statuses.pop(0) if self.statuses else 204
            more = f"location: {self.location}\r\n" if self.location else ""
            if self.retry_after and status >= 400:
                more += f"retry-after: {self.retry_after}\r\n"
            length = 10**12 if self.endless else 0
            head = ANSWER.format(status=status, length=length, more=more)
            writer.write(head.encode())
            await writer.drain()
            while self.endless:
                writer.write(b"x" * 65_536)
                await writer.drain()
                self.sent_bytes += 65_536
        writer.close()

    async def _take(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value
            for name, _, value in (line.partition(": ") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.taken.append(Taken(head[0].split(" ")[1], headers, body))
        if self.on_request:
            self.on_request()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
