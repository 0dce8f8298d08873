"""Real worker processes, and what they are to do: appointments of people with a mail address."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from banshi.embedded import process
from banshi.embedded.process import Program
from banshi.supervision.house import free_port
from services import identity
from services.appointments import Appointment, next_free
from services.kernel import database
from tests.bookings import ITEM, booked, open_hall
from tests.harness.forks import Forked
from tests.harness.run import Worker
from tests.harness.servers import OwnRedis
from tests.people import citizen_actor, named_person

PATIENCE_SECONDS = 40.0


class Workers:
    """Starts worker processes; all are gone after the test."""

    def __init__(self, worker: Worker, folder: Path) -> None:
        self.environment: dict[str, str] = {**os.environ, **worker.environment()}
        self.log_file = folder / "workers.log"
        self._started: list[Forked] = []

    def use(self, **settings: str | int) -> None:
        """Give those that are started from now on other settings, by their names."""
        for name, value in settings.items():
            self.environment[f"BANSHI_{name.upper()}"] = str(value)

    def start(self, *options: str) -> Forked:
        """Start one with options of tests/faults/crashing.py."""
        started = Forked("tests.faults.crashing", options, self.environment, self.log_file)
        self._started.append(started)
        return started

    def log(self) -> str:
        """What all of them have said so far."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    async def killed(self, one: Forked) -> None:
        """Wait until one is dead by SIGKILL, and let the leases that it held run out."""
        await until(lambda: one.poll() is not None, f"the worker is killed: {self.log()}")
        assert one.returncode == -signal.SIGKILL, self.log()
        await database.fetch("UPDATE outbox_event SET leased_until = now() WHERE status = 'leased'")

    def kill(self) -> None:
        """End them all, whatever they have in hand."""
        for started in self._started:
            started.send_signal(signal.SIGKILL)

    async def close(self) -> None:
        """Stop those that still run; what they have in hand may need this process to go on."""
        for started in self._started:
            started.send_signal(signal.SIGTERM)
        for started in self._started:
            await asyncio.to_thread(started.wait, PATIENCE_SECONDS)


async def until(happened: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, plain or to be awaited, without holding up the mail catcher."""
    deadline = time.monotonic() + seconds
    while True:
        answer = happened()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.05)


async def mails_recorded(number: int) -> bool:
    """Whether `number` mails are recorded as sent, and no other is to be."""
    rows = await database.fetch("SELECT status FROM notice WHERE channel = 'email'")
    return [row["status"] for row in rows] == ["sent"] * number


@pytest.fixture
async def workers(worker: Worker, redis_server: None, tmp_path: Path) -> AsyncIterator[Workers]:
    """Starts workers on this test's database, Redis and mail catcher."""
    found = Workers(worker, tmp_path)
    yield found
    await found.close()


@pytest.fixture
async def gateway(worker: Worker, workers: Workers, tmp_path: Path) -> AsyncIterator[None]:
    """The text-message gateway of /dev, in a web server of its own; workers send to it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = workers.environment | {"BANSHI_BASE_URL": address}
    command = [sys.executable, "-m", "banshi", "web", "--port", str(port)]
    program = Program(command, environment)
    with (tmp_path / "web.log").open("ab") as log:
        started = process.start(program, log)
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:

            async def answers() -> bool:
                try:
                    return (await client.get("/healthz")).is_success
                except httpx.TransportError:
                    return False

            await until(answers, "the web server answers")
        workers.use(sms_gateway_url=f"{address}/dev/sms-gateway")
        yield
        process.stop(started, program)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis that the test may stop."""
    own = OwnRedis(tmp_path)
    own.start()
    yield own
    own.close()


@pytest.fixture
async def hall(committed_database: None, redis: Redis) -> None:
    """A hall with slots from today on, by the real clock that the workers go by."""
    await open_todays_hall()


async def open_todays_hall() -> None:
    """The catalogue, and a hall with slots from today on."""
    now = datetime.now(UTC)
    await open_hall(now, seats=20)


async def book_with_mail(address: str, phone: str | None = None) -> Appointment:
    """An appointment of a person who gets mail at `address`."""
    now = datetime.now(UTC)
    person_id = await named_person(now, phone=phone)
    actor = citizen_actor(person_id)
    await identity.save_details(actor, identity.Details(email=address, language="zh_CN"), now)
    slots = await next_free(ITEM, now)
    return await booked(actor, slots["dongchangfu"].id, now=now)
