"""Finding what a person typed wherever it must not be, however it is written there."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, quote_plus

import asyncpg
from redis.asyncio import Redis

_ROWS = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = 'public'
"""

_KEY = object()
_READERS = {
    b"string": ("GET", _KEY),
    b"list": ("LRANGE", _KEY, 0, -1),
    b"set": ("SMEMBERS", _KEY),
    b"zset": ("ZRANGE", _KEY, 0, -1, "WITHSCORES"),
    b"hash": ("HGETALL", _KEY),
    b"stream": ("XRANGE", _KEY, "-", "+"),
}


def spellings(text: str) -> set[bytes]:
    """The ways in which a text may lie in a file or a store."""
    plain = text.encode()
    return {
        plain,
        plain.lower(),
        quote(text).encode(),
        quote_plus(text).encode(),
        json.dumps(text)[1:-1].encode(),
        repr(plain)[2:-1].encode(),
        plain.hex().encode(),
        text.encode("utf-16-le"),
        *_in_base64(plain),
    }


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """What is left of a text in base64 wherever it begins in what was encoded."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain)
        # The first and last characters depend on the neighbours.
        inner = whole[4 if before else 0 : -4]
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def found(marks: Iterable[str], places: Iterable[tuple[str, bytes]]) -> list[str]:
    """Which mark is where; `places` are names with what lies there."""
    spelled = {form: mark for mark in marks for form in spellings(mark)}
    return [
        f"{mark} in {name} as {form!r}"
        for name, content in places
        for form, mark in spelled.items()
        if form in content or form in content.lower()
    ]


async def command(redis: Redis, *parts: object) -> Any:
    """What Redis answers to a command."""
    return await redis.execute_command(*parts)  # type: ignore[no-untyped-call]  # untyped there


async def in_redis(redis: Redis) -> AsyncIterator[tuple[str, bytes]]:
    """Every key, and what it holds, of whatever type."""
    async for key in redis.scan_iter():
        kind = await redis.type(key)
        if kind in _READERS:  # else it has gone meanwhile
            value = await command(
                redis, *(key if part is _KEY else part for part in _READERS[kind])
            )
            yield f"Redis {key!r}", b" ".join([key, *_flat(value)])


def _flat(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        yield from _flat([*value, *value.values()])
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from _flat(inner)
    else:
        yield str(value).encode()


async def in_database(connection: "asyncpg.Connection[asyncpg.Record]") -> list[tuple[str, bytes]]:
    """Every row of every table as text; what is sealed shows as the hexadecimal of its bytes."""
    places = []
    for table in await connection.fetch(_ROWS):
        rows = await connection.fetch(f"SELECT t::text FROM {table[0]} t")
        places += [(f"table {table[0]}", row[0].encode()) for row in rows]
    return places


@asynccontextmanager
async def overheard(url: str) -> AsyncIterator[list[tuple[str, bytes]]]:
    """Every command that a Redis is given while the block runs, also what is only passed on."""
    heard: list[tuple[str, bytes]] = []
    # Of its own: the application's client gives up on a line that is silent.
    async with Redis.from_url(url) as client, client.monitor() as monitor:

        async def listen() -> None:
            while True:
                said = await monitor.next_command()
                heard.append(("a command to Redis", said["command"].encode()))

        listening = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            listening.cancel()
