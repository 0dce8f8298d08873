"""Reads that may be a moment old: many who look at the same thing share one look at it."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Struct

from services.kernel import database
from services.kernel.batches import Batcher
from services.kernel.unit_of_work import in_unit_of_work

Key = TypeVar("Key", bound=Hashable)
Seen = TypeVar("Seen")

# The oldest that anybody is shown. What this process has changed itself, it shows at once.
MOMENT = timedelta(milliseconds=100)
MOST_KEPT = 256


class _Kept(Struct, Generic[Seen], frozen=True):
    """What was seen, when, and how much this process had committed by then."""

    seen: Seen
    at: datetime
    commits: int


class Glances(Generic[Key, Seen]):
    """Looks with `look(key, now)`, at most once a moment for everybody who asks.

    An answer is never older than MOMENT, nor than the last commit of this process. Whoever
    finds no such answer looks afresh, together with those who ask for the same meanwhile. Inside
    a unit of work nothing is shared: it must see its own writes, and nobody else may.

    Nothing that is decided may rest on it.
    """

    def __init__(self, look: Callable[[Key, datetime], Awaitable[Seen]]) -> None:
        self._look = look
        self._kept: dict[Key, _Kept[Seen]] = {}
        self._waiting: Batcher[tuple[Key, datetime], Seen] = Batcher(
            self._look_for_all, largest=256, at_once=4
        )

    async def at(self, key: Key, now: datetime) -> Seen:
        """What there is to see. Raises what `look` raises."""
        if in_unit_of_work():
            return await self._look(key, now)
        kept = self._kept.get(key)
        if (
            kept is not None
            and kept.commits == database.commits()
            and timedelta(0) <= now - kept.at < MOMENT
        ):
            return kept.seen
        return await self._waiting.ask((key, now))

    async def _look_for_all(
        self, asked: Sequence[tuple[Key, datetime]]
    ) -> Sequence[Seen | Exception]:
        latest: dict[Key, datetime] = {}
        for key, now in asked:
            latest[key] = max(now, latest.get(key, now))
        found = {key: await self._look_once(key, now) for key, now in latest.items()}
        return [found[key] for key, _ in asked]

    async def _look_once(self, key: Key, now: datetime) -> Seen | Exception:
        commits = database.commits()
        try:
            seen = await self._look(key, now)
        except Exception as error:  # noqa: BLE001 - whoever asked for this key hears of it
            return error
        self._kept.pop(key, None)
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = _Kept(seen, now, commits)
        return seen
