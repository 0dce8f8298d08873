"""The clerks' browsers: each presses "call the next" until its share of the calls is done.

Run as a process of its own, `python -m benchmarks.callers`, with one JSON document on standard
input; prints one. The person who was called is gone at once, which a statement of its own writes.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from uuid import UUID

import asyncpg
from msgspec import Struct

STATUS = slice(9, 12)
GONE = """
UPDATE ticket SET status = 'finished', started_at = called_at, ended_at = now(), outcome = 'done'
 WHERE window_id = $1 AND status = 'called' RETURNING id
"""


class Browser(Struct):
    """One clerk's: the request it sends, and what its presses brought."""

    window_id: UUID
    message: bytes
    calls: list[tuple[str, float, float]]


def request(port: int, office: str, clerk: dict[str, object]) -> bytes:
    """The key N at a window, as htmx sends it."""
    cookies = clerk["cookies"]
    assert isinstance(cookies, dict)
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return (
        f"POST /desk/{office}/windows/{clerk['number']}/next HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\nHX-Request: true\r\nCookie: {cookie}\r\n"
        f"X-CSRFToken: {cookies['csrf']}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n"
    ).encode()


async def press(
    browser: Browser, port: int, turns: "Counter[str]", database: "asyncpg.Pool[asyncpg.Record]"
) -> None:
    """Call while calls are left, and see everybody off."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while turns["left"] > 0:
        turns["left"] -= 1  # asked for before it is had, so that no more than wanted are called
        sent = time.monotonic()
        writer.write(browser.message)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        )
        await reader.readexactly(length)
        answered = time.monotonic()
        turns[head[STATUS].decode()] += 1
        ticket_id = await database.fetchval(GONE, browser.window_id)
        if ticket_id is None:
            turns["left"] += 1  # nobody waits for this window: another calls in its place
            break
        browser.calls.append((str(ticket_id), sent, answered))
    writer.close()


async def main() -> None:
    """Read, call, report."""
    asked = json.load(sys.stdin)
    browsers = [
        Browser(UUID(clerk["window_id"]), request(asked["port"], asked["office"], clerk), [])
        for clerk in asked["clerks"]
    ]
    turns: Counter[str] = Counter(left=asked["calls"])
    async with asyncpg.create_pool(asked["database"], min_size=8, max_size=8) as database:
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        await asyncio.gather(*(press(one, asked["port"], turns, database) for one in browsers))
        seconds = time.monotonic() - started
        after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    del turns["left"]
    calls = [
        [str(browser.window_id), ticket_id, sent, answered]
        for browser in browsers
        for ticket_id, sent, answered in browser.calls
    ]
    report = {"seconds": seconds, "statuses": turns, "cpu": cpu / seconds, "calls": calls}
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main())
