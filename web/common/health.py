"""For the supervisor: is the process alive, and may it be sent people?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from litestar import Response, get

from services.kernel import database
from services.kernel.migrations import pending
from services.kernel.redis import redis

_PATIENCE_SECONDS = 2.0

log = structlog.get_logger(__name__)


async def _database() -> bool:
    return bool(await database.fetchval("SELECT 1") == 1)


async def _redis() -> bool:
    return bool(await redis().ping())


async def _migrations() -> bool:
    return not await pending()


CHECKS: Mapping[str, Callable[[], Awaitable[bool]]] = {
    "database": _database,
    "redis": _redis,
    "migrations": _migrations,
}


@get(
    "/healthz",
    opt={"public": "for the supervisor"},
    include_in_schema=False,
)
async def alive() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "ok"}


@get(
    "/readyz",
    opt={"public": "for the load balancer"},
    include_in_schema=False,
)
async def ready() -> Response[dict[str, str]]:
    """Whether database, Redis and schema are as this version needs them; 503 if not."""
    answers = {name: await _passes(name, check) for name, check in CHECKS.items()}
    said = {name: "ok" if answer else "failing" for name, answer in answers.items()}
    return Response(said, status_code=200 if all(answers.values()) else 503)


async def _passes(name: str, check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        log.warning("not_ready", check=name, error=type(error).__name__)
        return False
