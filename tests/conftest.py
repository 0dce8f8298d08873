"""Fixtures for every test. docs/CONTRIBUTING.md says which to use when."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import pytest
from argon2 import PasswordHasher
from redis.asyncio import Redis

from banshi.embedded import process
from banshi.embedded.mail_catcher import catching
from services.identity import passwords
from services.kernel import database as kernel_database
from services.kernel import redis as kernel_redis
from services.kernel.clock import FixedClock
from services.kernel.settings import Settings
from services.kernel.settings import settings as kernel_settings
from tests.harness.database import Restorer, clone_template, make_template
from tests.harness.mailbox import Mailbox
from tests.harness.run import Run, Worker

RUN = pytest.StashKey[Run]()
WORKER = pytest.StashKey[Worker]()


class RollBackError(Exception):
    """Ends a test's transaction."""


class XdistNode(Protocol):
    """The part of xdist's worker handle that is used here."""

    workerinput: dict[str, Any]
    config: pytest.Config


def pytest_configure(config: pytest.Config) -> None:
    given: dict[str, Any] = getattr(config, "workerinput", {})
    shared = given.get("banshi_run_folder")
    run = Run(Path(shared) if shared else None)
    config.stash[RUN] = run
    worker = Worker(run, given.get("workerid", "main"))
    config.stash[WORKER] = worker
    os.environ.update(worker.environment())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: XdistNode) -> None:
    run = node.config.stash[RUN]
    run.start()
    node.workerinput["banshi_run_folder"] = str(run.folder)


def pytest_xdist_auto_num_workers() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUN in config.stash:
        config.stash[RUN].close()


@pytest.fixture(scope="session", autouse=True)
def _light_passwords() -> Iterator[None]:
    """Hash at a price that only a test may pay: half of the tests make staff, none is guessed at.

    tests/rules/test_passwords.py holds the real price.
    """
    light = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", light)
        yield


@pytest.fixture(scope="session")
def worker(pytestconfig: pytest.Config) -> Worker:
    """What this test process has to itself; it runs commands and knows every address."""
    if not hasattr(pytestconfig, "workerinput"):
        pytestconfig.stash[RUN].start()
    return pytestconfig.stash[WORKER]


@pytest.fixture(scope="session")
async def restorer(worker: Worker) -> AsyncIterator[Restorer]:
    """The worker's migrated database, with the process's pool open on it."""
    await make_template(worker)
    await clone_template(worker)
    restorer = Restorer(worker.run, worker.database)
    await restorer.remember()
    await kernel_database.open_pool()
    yield restorer
    await kernel_database.close_pool()


@pytest.fixture(scope="session")
def redis_server(worker: Worker) -> Iterator[None]:
    worker.redis.prepare()
    program = worker.redis.program()
    log_file = worker.folder / "redis.log"
    with log_file.open("wb") as log:
        server = process.start(program, log)
        process.wait_until(worker.redis.ready_now, 10, log_file.read_text)
        yield
        process.stop(server, program)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of this test process."""
    return kernel_settings()


@pytest.fixture
def clock() -> FixedClock:
    """Monday 7 July 2025, 09:00 in Shanghai: a working day, before most of its slots."""
    return FixedClock(datetime(2025, 7, 7, 1, 0, tzinfo=UTC))


@pytest.fixture
async def database(
    restorer: Restorer,
) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """One transaction around the whole test, rolled back; yields its connection.

    Operations run in savepoints inside of it, and their after-commit effects run. Deferred
    constraints and other sessions' views need `committed_database`.
    """
    transaction = kernel_database.engine().transaction()
    with suppress(RollBackError):
        async with transaction:
            # pytest runs fixtures and the test in different tasks, but one after the other.
            transaction.owner = None
            yield transaction.connection
            raise RollBackError


@pytest.fixture
async def committed_database(restorer: Restorer) -> AsyncIterator[None]:
    """Transactions really commit; afterwards the database is put back. For races and workers."""
    yield
    await restorer.restore()


@pytest.fixture
async def redis(redis_server: None) -> "Redis":
    """The process's Redis client, on an empty Redis of this worker's own."""
    client = kernel_redis.redis()
    await client.flushall()
    return client


@pytest.fixture(scope="session")
async def mail_catcher(worker: Worker) -> AsyncIterator[None]:
    async with catching(worker.mailbox, worker.smtp_listener):
        yield


@pytest.fixture
def mailbox(worker: Worker, mail_catcher: None) -> Iterator[Mailbox]:
    """What really went through SMTP during this test."""
    mailbox = Mailbox(worker.mailbox)
    mailbox.clear()
    yield mailbox
    mailbox.clear()


@pytest.fixture
async def catalogue(
    database: "asyncpg.Connection[asyncpg.Record]",
) -> "asyncpg.Connection[asyncpg.Record]":
    """The database, for tests that need the shipped items and offices, which it always holds."""
    return database
