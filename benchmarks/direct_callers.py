"""The call operation alone: the windows' clerks call in one process, without HTTP and pages.

Run as a process of its own in the hall's environment, `python -m benchmarks.direct_callers`, with
one JSON document on standard input; prints one. The person who was called is gone at once, as with
the clerks' browsers.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from benchmarks.callers import GONE
from services import queue
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.redis import close_redis


async def clerk(actor: Actor, window_id: UUID, turns: "Counter[str]") -> None:
    """Call while calls are left, and see everybody off."""
    while turns["left"] > 0:
        turns["left"] -= 1
        if await queue.call_next(actor, window_id, datetime.now(UTC)) is None:
            turns["left"] += 1
            break
        await database.fetchval(GONE, window_id)
        turns["called"] += 1


async def main() -> None:
    """Read, call, report."""
    asked = json.load(sys.stdin)
    roles = (RoleAt(Role.CLERK, asked["office"]),)
    clerks = [
        (
            Actor(kind=ActorKind.STAFF, id=UUID(one["staff_id"]), roles=roles),
            UUID(one["window_id"]),
        )
        for one in asked["clerks"]
    ]
    await database.open_pool()
    turns: Counter[str] = Counter(left=asked["calls"])
    started = time.monotonic()
    await asyncio.gather(*(clerk(actor, window_id, turns) for actor, window_id in clerks))
    seconds = time.monotonic() - started
    await close_redis()
    await database.close_pool()
    print(json.dumps({"called": turns["called"], "seconds": seconds}))


if __name__ == "__main__":
    asyncio.run(main())
