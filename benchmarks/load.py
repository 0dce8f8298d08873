"""A load client: raw HTTP/1.1 on kept connections, each asking for one thing after another.

Run as a process of its own, `python -m benchmarks.load PORT CONNECTIONS [SECONDS]`, a request a
line on standard input, as a JSON string of its bytes; it connects, starts on the line `go` and
answers with one JSON line. With SECONDS it asks for the same again and again until they are over.
"""

import asyncio
import itertools
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

STATUS = slice(9, 12)


class Report(Struct, frozen=True):
    """What the client saw; times in milliseconds, its CPU as a share of one core."""

    seconds: float
    statuses: dict[str, int]
    p50_ms: float
    p99_ms: float
    slowest_ms: float
    cpu: float

    def answered(self, status: int) -> int:
        """How many had this status."""
        return self.statuses.get(str(status), 0)


def booking(token: str, slot: str, item: str, key: str | None = None) -> bytes:
    """The request that books a slot."""
    body = json.dumps({"item": item, "slot_id": slot}).encode()
    head = (
        f"POST /api/v1/appointments HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
    )
    if key is not None:
        head += f"Idempotency-Key: {key}\r\n"
    return f"{head}\r\n".encode() + body


def reading(path: str) -> bytes:
    """The request that reads an address."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The head and the body of one answer. Raises EOFError when the server hangs up."""
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(b"content-length:") + len(b"content-length:")
    return head, await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))


async def visitor(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[bytes],
    statuses: Counter[str],
) -> list[float]:
    """One connection: ask, wait for the whole answer, ask again; seconds of each."""
    taken: list[float] = []
    for message in requests:
        started = time.perf_counter()
        writer.write(message)
        head, _ = await answer(reader)
        taken.append(time.perf_counter() - started)
        statuses[head[STATUS].decode()] += 1
    writer.close()
    return taken


def until(moment: float, messages: list[bytes]) -> Iterator[bytes]:
    """The messages in turn, until the moment is over."""
    return itertools.takewhile(lambda _: time.perf_counter() < moment, itertools.cycle(messages))


async def main() -> None:
    """Read, connect, wait for the start, load, report."""
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    messages = [
        json.loads(line).encode("latin-1")
        for line in iter(sys.stdin.readline, "go\n")
        if line.strip()
    ]
    pairs = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]
    statuses: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    shared = (
        until(started + float(sys.argv[3]), messages) if len(sys.argv) > 3 else iter(messages)  # noqa: PLR2004 - the third argument
    )
    taken = await asyncio.gather(*(visitor(*pair, shared, statuses) for pair in pairs))
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    latencies = sorted(each * 1000 for visits in taken for each in visits)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = Report(
        seconds=seconds,
        statuses=dict(statuses),
        p50_ms=latencies[len(latencies) // 2],
        p99_ms=latencies[len(latencies) * 99 // 100],
        slowest_ms=latencies[-1],
        cpu=used / seconds,
    )
    print(json.dumps({name: getattr(report, name) for name in Report.__struct_fields__}))


if __name__ == "__main__":
    asyncio.run(main())
