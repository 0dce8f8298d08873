"""The process's Redis connection. Redis holds hints, sessions and counters, never the truth."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from redis.asyncio import Redis

from services.kernel.settings import settings

# How long a connection may take, in seconds: whoever waits for Redis has a person waiting.
CONNECTION: Mapping[str, Any] = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "health_check_interval": 30,
}


@lru_cache(maxsize=1)
def redis() -> "Redis":
    """The shared client; it connects when first used and reconnects by itself."""
    client: Redis = Redis.from_url(settings().redis_url.get_secret_value(), **CONNECTION)
    return client


async def close_redis() -> None:
    """Close the shared client's connections."""
    await redis().aclose()
    redis.cache_clear()
