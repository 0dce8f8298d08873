"""People who ask until they are answered, whatever happens to the servers meanwhile."""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from msgspec import Struct

from benchmarks.load import STATUS, answer, booking

PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.1
GIVES_UP_SECONDS = 120.0
CREATED, CONFLICT, TOO_MANY, BROKEN = 201, 409, 429, 500


class Attempt(Struct, frozen=True):
    """A person who wants an item in a slot, with a key for the request or without one."""

    person_id: UUID
    token: str
    slot: UUID
    item: str
    key: str | None


class Told(Struct, frozen=True):
    """What a person was told in the end, when, and after how many tries.

    `reference` is there when they were told that they are booked.
    """

    attempt: Attempt
    at: float
    status: int
    tries: int
    reference: str | None


async def crowd(port: int, attempts: Iterator[Attempt], size: int) -> Sequence[Told]:
    """So many at a time, each asking until they are answered."""

    async def one_after_another() -> list[Told]:
        visitor = Visitor(port)
        told = [await visitor.insist(attempt) for attempt in attempts]
        visitor.hang_up()
        return told

    lists = await asyncio.gather(*(one_after_another() for _ in range(size)))
    return [one for told in lists for one in told]


class Visitor:
    """One connection, made anew whenever it breaks."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def insist(self, attempt: Attempt) -> Told:
        """Ask until there is an answer that is not a failure of the servers."""
        message = booking(attempt.token, str(attempt.slot), attempt.item, attempt.key)
        deadline = time.monotonic() + GIVES_UP_SECONDS
        tries, status, reference = 0, 0, None
        while time.monotonic() < deadline:
            tries += 1
            try:
                status, body = await asyncio.wait_for(self._ask(message), PATIENCE_SECONDS)
            except (OSError, EOFError, TimeoutError):
                self.hang_up()
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if status < BROKEN and body.get("code") != "key_busy" and status != TOO_MANY:
                reference = _reference(status, body, tries)
                break
            await asyncio.sleep(PAUSE_SECONDS)
        return Told(attempt, time.monotonic(), status, tries, reference)

    async def _ask(self, message: bytes) -> tuple[int, dict[str, str]]:
        if self._pair is None:
            self._pair = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._pair
        writer.write(message)
        head, body = await answer(reader)
        return int(head[STATUS]), json.loads(body)

    def hang_up(self) -> None:
        """Close the connection, if there is one."""
        if self._pair is not None:
            self._pair[1].close()
            self._pair = None


def _reference(status: int, body: dict[str, str], tries: int) -> str | None:
    """The booking that a person was told of.

    Who asked without a key and got no answer asks again, and then hears that they have one.
    """
    if status == CREATED:
        return body["reference"]
    if status == CONFLICT and tries > 1 and body.get("code") == "already_booked":
        return "already"
    return None
