"""Doing together what many ask for in the same moment, and answering each for itself.

Nobody waits for company: whoever comes while nothing is under way is served at once, alone. What
arrives meanwhile is taken together next, so that the batches grow with the load and with nothing
else.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from msgspec import Struct

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


class _Waiting(Struct, Generic[Asked, Answered], eq=False):
    """One who asked, and where their answer goes."""

    asked: Asked
    answer: "asyncio.Future[Answered]"


class Batcher(Generic[Asked, Answered]):
    """Hands what is asked to `serve`, several at a time.

    Args:
        serve: Answers a batch, in its order; an answer that is an exception is raised to the one
            who asked. What `serve` itself raises is raised to everybody in the batch.
        largest: At most so many in a batch.
        at_once: At most so many batches under way.
        apart: Two with the same key never share a batch; the second waits for the next one.

    `serve` runs in a task and a context of its own, never in the transaction of somebody who asks.
    """

    def __init__(
        self,
        serve: Callable[[Sequence[Asked]], Awaitable[Sequence[Answered | Exception]]],
        *,
        largest: int,
        at_once: int = 1,
        apart: Callable[[Asked], Hashable] = id,
    ) -> None:
        self._serve = serve
        self._largest = largest
        self._at_once = at_once
        self._apart = apart
        self._queue: deque[_Waiting[Asked, Answered]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, asked: Asked) -> Answered:
        """Wait for the answer. Who stops waiting leaves the queue; the others notice nothing."""
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Asked, Answered] = _Waiting(asked, loop.create_future())
        self._queue.append(waiting)
        if len(self._tasks) < self._at_once:
            task = loop.create_task(self._work(), context=Context())
            self._tasks.add(task)
        return await waiting.answer

    async def drain(self) -> None:
        """Return once everybody who has asked so far is answered."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _work(self) -> None:
        try:
            await self._serve_on()
        finally:
            # In the same step as the last look at the queue, so that nobody asks in between.
            self._tasks -= {asyncio.current_task()}

    async def _serve_on(self) -> None:
        while batch := self._take():
            try:
                answers = await self._serve([one.asked for one in batch])
            except Exception as error:  # noqa: BLE001 - whoever asked has to hear of it
                answers = [error] * len(batch)
            for one, answer in zip(batch, answers, strict=True):
                if one.answer.done():
                    continue
                if isinstance(answer, Exception):
                    one.answer.set_exception(answer)
                else:
                    one.answer.set_result(answer)

    def _take(self) -> list[_Waiting[Asked, Answered]]:
        """The next batch, in order of arrival, without those who have left."""
        batch: list[_Waiting[Asked, Answered]] = []
        later: list[_Waiting[Asked, Answered]] = []
        keys: set[Hashable] = set()
        while self._queue and len(batch) < self._largest:
            one = self._queue.popleft()
            if one.answer.done():
                continue
            key = self._apart(one.asked)
            if key in keys:
                later.append(one)
                continue
            keys.add(key)
            batch.append(one)
        self._queue.extendleft(reversed(later))
        return batch
