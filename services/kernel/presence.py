"""Which processes are alive: each renews a key in Redis that runs out soon after it is gone."""

import os
import socket

from redis.exceptions import RedisError

from services.kernel.redis import redis

BEAT_SECONDS = 15


def presence_key(kind: str) -> str:
    """The key that this process, a `kind` such as `worker`, shows that it is alive by."""
    return f"alive:{kind}:{socket.gethostname()}:{os.getpid()}"


async def alive(kind: str) -> int | None:
    """How many processes of `kind` are alive, or None when Redis does not answer."""
    try:
        return len([key async for key in redis().scan_iter(match=f"alive:{kind}:*", count=1000)])
    except RedisError:
        return None


async def alive_here(kind: str) -> bool:
    """Whether a process of `kind` is alive on this machine. False when Redis does not answer."""
    try:
        pattern = f"alive:{kind}:{socket.gethostname()}:*"
        return bool([key async for key in redis().scan_iter(match=pattern, count=1000)])
    except RedisError:
        return False
