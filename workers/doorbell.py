"""Waking a worker after a commit: once a burst, and never so that a wake-up is lost.

Who rings sets a flag, and asks for a drain only if it was not set. The drain takes the flag down
before its first look, so an event committed after that look was announced by a new ring. A flag
whose drain was lost runs out by itself, and the lanes look without being asked meanwhile.
"""

from arq.connections import ArqRedis

from workers.arq_queue import DRAIN

FLAG = "outbox:rung"
FLAG_SECONDS = 5


class Doorbell:
    """The web process's end; `banshi` hangs up its `ring` with `outbox.use_doorbell`."""

    def __init__(self, queue: ArqRedis) -> None:
        self._queue = queue

    async def ring(self) -> None:
        """Ask for a drain, unless somebody just has."""
        if await self._queue.set(FLAG, b"1", nx=True, ex=FLAG_SECONDS):
            await self._queue.enqueue_job(DRAIN)


async def answer(queue: ArqRedis) -> None:
    """Take the flag down: from here on a ring means something new."""
    await queue.delete(FLAG)
