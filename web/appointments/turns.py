"""Waiting for one's turn after a release, here and not in the database.

The operation refuses who comes before their turn and says when that is. We wait until then, with
no transaction and no connection in hand, and ask once more. Whoever presses often or early has the
same turn as everybody who presses once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from services.appointments import NotYourTurn
from services.kernel.clock import Clock
from web.common.rendering import AnyRequest

# The turn of who asks, and then the last one of those who come along.
TURNS = 2

T = TypeVar("T")
P = ParamSpec("P")


async def in_turn(
    request: AnyRequest, deed: Callable[[datetime], Awaitable[T]], now: datetime
) -> T:
    """Do it at `now`, or once the turn of everybody who comes has come."""
    return await in_turn_by(request.app.state.clock, deed, now)


async def in_turn_by(clock: Clock, deed: Callable[[datetime], Awaitable[T]], now: datetime) -> T:
    """The same, by a clock."""
    for _ in range(TURNS):
        try:
            return await deed(now)
        except NotYourTurn as error:
            turn = error.turn
        await asyncio.sleep(max((turn - clock.now()).total_seconds(), 0))
        now = max(clock.now(), turn)
    return await deed(now)


def taking_turns(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The same on a handler that takes `request` and `now`; outside of `idempotent`.

    What the first try did is undone when it is refused, and its idempotency key is free again.
    """

    @wraps(function)
    async def waiting(*args: P.args, **kwargs: P.kwargs) -> T:
        request: Any = kwargs["request"]
        now: Any = kwargs["now"]

        async def at(moment: datetime) -> T:
            kwargs["now"] = moment
            return await function(*args, **kwargs)

        return await in_turn(request, at, now)

    return waiting
