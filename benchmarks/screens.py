"""Many screens in one process: each holds the live stream and fetches when it says so.

Run as a process of its own, `python -m benchmarks.screens PORT OFFICE SCREENS`. Says `connected`
once all streams are open, and when its standard input closes answers with one JSON line: when each
screen had each call, by ticket.
"""

import asyncio
import json
import re
import resource
import sys
import time
from asyncio import StreamReader, StreamWriter
from collections import defaultdict

_CALL = re.compile(rb'data-call="([0-9a-f-]{36}):1"')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

Seen = dict[str, list[float]]


class Screen:
    """One screen: a stream, and a kept connection for what it fetches."""

    def __init__(self, port: int, office: str, seen: Seen) -> None:
        self.port = port
        self.office = office
        self.seen = seen
        self.known: set[bytes] = set()
        self.stale = asyncio.Event()
        self.connected = asyncio.Event()

    def _request(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n\r\n".encode()

    async def listen(self) -> None:
        """Note every `refetch` of the stream."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(self._request(f"/live/{self.office}"))
        await reader.readuntil(b"\r\n\r\n")
        while line := await reader.readline():
            if line.startswith(b"event: refetch"):
                self.connected.set()
                self.stale.set()

    async def look(self) -> None:
        """Fetch whenever told to; one fetch for all that was said meanwhile, as htmx does."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while True:
            await self.stale.wait()
            self.stale.clear()
            content = await self._fetch(reader, writer)
            now = time.time()
            for ticket in set(_CALL.findall(content)) - self.known:
                self.known.add(ticket)
                self.seen[ticket.decode()].append(now)

    async def _fetch(self, reader: StreamReader, writer: StreamWriter) -> bytes:
        writer.write(self._request(f"/board/{self.office}/now?layout=split"))
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        assert length is not None
        return await reader.readexactly(int(length[1]))


async def main() -> None:
    """Connect all, wait until told to stop, report."""
    port, office, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    seen: Seen = defaultdict(list)
    screens = [Screen(port, office, seen) for _ in range(count)]
    tasks = [
        asyncio.create_task(work) for screen in screens for work in (screen.listen(), screen.look())
    ]
    for screen in screens:
        await screen.connected.wait()
    print("connected", flush=True)
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.to_thread(sys.stdin.read)
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    for task in tasks:
        task.cancel()
    print(json.dumps({"seen": seen, "cpu": round(used / (time.monotonic() - started), 2)}))


if __name__ == "__main__":
    asyncio.run(main())
