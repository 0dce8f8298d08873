"""One read for many who ask at once: a call reaches a hundred screens within the same instant."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

Value = TypeVar("Value")


class Coalesced(Generic[Value]):
    """Shares what a read gives among those who asked for the same key before it was begun.

    Nobody gets an answer that is older than their question, so a page that refetches after a
    message sees what the message was about. However many ask at once, two reads a key are enough.
    """

    def __init__(self) -> None:
        # Weak, so that questions about keys that do not exist leave nothing behind.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._last: dict[str, tuple[float, Value]] = {}

    async def get(self, key: str, read: Callable[[], Awaitable[Value]]) -> Value:
        """The value for `key` as it was at this call or later; raises what `read` raises."""
        asked = time.monotonic()
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            last = self._last.get(key)
            if last is not None and last[0] > asked:
                return last[1]
            begun = time.monotonic()
            value = await read()
            self._last[key] = begun, value
            return value
