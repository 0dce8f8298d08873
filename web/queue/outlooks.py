"""Waiting times, worked out once for everybody in a hall who looks within the same moment."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID
from weakref import WeakValueDictionary

from services import queue
from services.queue import Estimate, Ticket, Unknown

FRESH = timedelta(seconds=10)

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
_last: dict[str, tuple[datetime, dict[UUID, Estimate]]] = {}


async def estimate_of(waiting: Ticket, now: datetime) -> Estimate:
    """What this number is told, at most FRESH old; always worked out for a number that is new."""
    lock = _locks.setdefault(waiting.office_code, asyncio.Lock())
    async with lock:
        at, found = _last.get(waiting.office_code, (now - FRESH, {}))
        if not now - FRESH < at <= now or waiting.id not in found:
            found = dict(await queue.estimates(waiting.office_code, now))
            _last[waiting.office_code] = now, found
    return found.get(waiting.id, Estimate(unknown=Unknown.TOO_LITTLE_DATA))
