"""Serving together those who ask in the same moment."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from services.kernel.batches import Batcher

asked_in = ContextVar("asked_in", default="nowhere")


class Doubling:
    """Doubles numbers, slowly, and remembers the batches; refuses 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.contexts: set[str] = set()

    async def serve(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(numbers))
        self.contexts.add(asked_in.get())
        await asyncio.sleep(0.01)
        if 0 in numbers:
            raise ZeroDivisionError
        return [ValueError("unlucky") if number == 13 else 2 * number for number in numbers]


async def test_nobody_waits_for_company_and_those_who_come_meanwhile_are_served_together() -> None:
    doubling = Doubling()
    batcher = Batcher(doubling.serve, largest=3)
    first = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    answers = await asyncio.gather(first, *(batcher.ask(number) for number in range(2, 7)))
    assert answers == [2, 4, 6, 8, 10, 12]
    assert doubling.batches == [[1], [2, 3, 4], [5, 6]]


async def test_each_hears_their_own_answer_and_all_of_a_batch_that_failed() -> None:
    batcher = Batcher(Doubling().serve, largest=10)
    answers = await asyncio.gather(
        *(batcher.ask(number) for number in (1, 13, 3)), return_exceptions=True
    )
    assert [answers[0], answers[2]] == [2, 6]
    assert isinstance(answers[1], ValueError)
    failed = await asyncio.gather(batcher.ask(5), batcher.ask(0), return_exceptions=True)
    assert [type(one) for one in failed] == [ZeroDivisionError] * 2
    assert await batcher.ask(7) == 14


async def test_who_asks_again_at_once_is_answered_again() -> None:
    """The task that answered has ended, but the loop has not seen it off yet."""
    batcher = Batcher(Doubling().serve, largest=10)

    async def ask_twice() -> int:
        return await batcher.ask(await batcher.ask(1))

    assert await asyncio.wait_for(ask_twice(), 5) == 4


async def test_who_stops_waiting_is_left_out_and_the_others_are_served() -> None:
    doubling = Doubling()
    batcher = Batcher(doubling.serve, largest=10)
    under_way = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0.002)
    leaving, staying = (asyncio.create_task(batcher.ask(number)) for number in (2, 3))
    await asyncio.sleep(0)
    leaving.cancel()
    under_way.cancel()
    assert await staying == 6
    assert doubling.batches == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_equal_keys_never_share_a_batch_and_keep_their_order() -> None:
    doubling = Doubling()
    batcher = Batcher(doubling.serve, largest=10, apart=lambda number: number % 2)
    assert await asyncio.gather(*(batcher.ask(number) for number in (1, 3, 2, 5))) == [2, 6, 4, 10]
    assert doubling.batches == [[1, 2], [3], [5]]


async def test_a_batch_runs_in_no_askers_context() -> None:
    doubling = Doubling()
    batcher = Batcher(doubling.serve, largest=10)
    token = asked_in.set("a transaction")
    asked = asyncio.create_task(batcher.ask(1))
    await asyncio.sleep(0)
    await batcher.drain()
    asked_in.reset(token)
    assert asked.done()
    assert doubling.contexts == {"nowhere"}
