"""A load client: raw HTTP/1.1 on kept connections, each asking for one thing after another.

Run as a process of its own, `python -m benchmarks.load PORT CONNECTIONS`, with a request a line on
standard input (`token slot item`); it starts on the line `go` and answers with one JSON line.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

STATUS = slice(9, 12)


def request(port: str, token: str, slot: str, item: str) -> bytes:
    """One POST that books `slot` for `item`."""
    body = json.dumps({"item": item, "slot_id": slot}).encode()
    head = (
        f"POST /api/v1/appointments HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def visitor(port: str, requests: Iterator[bytes], statuses: Counter[str]) -> list[float]:
    """One connection: ask, wait for the whole answer, ask again; seconds of each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    taken: list[float] = []
    for message in requests:
        started = time.perf_counter()
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        taken.append(time.perf_counter() - started)
        statuses[head[STATUS].decode()] += 1
    writer.close()
    return taken


async def main() -> None:
    """Read, wait for the start, load, report."""
    port, connections = sys.argv[1], int(sys.argv[2])
    messages: list[bytes] = []
    for line in sys.stdin:
        if line.strip() == "go":
            break
        messages.append(request(port, *line.split()))
    statuses: Counter[str] = Counter()
    shared = iter(messages)
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    taken = await asyncio.gather(*(visitor(port, shared, statuses) for _ in range(connections)))
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_SELF)
    latencies = sorted(each for visits in taken for each in visits)
    print(
        json.dumps(
            {
                "seconds": seconds,
                "statuses": statuses,
                "p50_ms": latencies[len(latencies) // 2] * 1000,
                "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
                "cpu": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
                / seconds,
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
