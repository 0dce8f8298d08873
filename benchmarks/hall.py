"""A hall to measure in: durable PostgreSQL, Redis, web processes, and people with tokens."""

import asyncio
import hashlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
from msgspec import Struct

from banshi.embedded.postgres import APP_ROLE, DATABASE, OWNER_ROLE, Postgres
from banshi.embedded.process import Program, kill_group, start, stop, wait_until
from banshi.embedded.redis import Redis
from services.kernel.clock import local_moment
from services.kernel.crypto import Keyring, new_key_file, write_key_file

OFFICE = "dongchangfu"
OFFICES = (
    OFFICE,
    "chiping",
    "linqing",
    "guanxian",
    "shenxian",
    "yanggu",
    "donge",
    "gaotang",
)
# No item of the benchmarks takes longer, so that each booking is of one seat.
SLOT = timedelta(minutes=25)
START_SECONDS = 30
DAYS_AHEAD = 60


class Person(Struct, frozen=True):
    """Somebody who books: their key and their bearer token."""

    id: UUID
    token: str


@dataclass
class _Part:
    """A program of the hall, and the process that it is now."""

    program: Program
    prepare: Callable[[], object]
    process: "subprocess.Popen[bytes]"


class Hall:
    """The servers of one run and the connection that fills and counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres", durable=True)
        self.redis = Redis(folder / "redis", durable=True)
        self.keys_file = folder / "keys.json"
        self.port = _free_port()
        self.web_pid = 0
        self._parts: dict[str, _Part] = {}

    @property
    def environment(self) -> dict[str, str]:
        """The settings of every program in this hall."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("BANSHI_")
        }
        return inherited | {
            "BANSHI_ENVIRONMENT": "test",
            "BANSHI_BASE_URL": f"http://127.0.0.1:{self.port}",
            "BANSHI_DATABASE_URL": self.postgres.url(APP_ROLE),
            "BANSHI_DATABASE_OWNER_URL": self.postgres.url(OWNER_ROLE),
            "BANSHI_REDIS_URL": self.redis.url,
            "BANSHI_KEYS_FILE": str(self.keys_file),
            "BANSHI_WEB_SECRET": secrets.token_hex(32),
            "BANSHI_SMS_GATEWAY_URL": "http://127.0.0.1:9/",
            "BANSHI_SMS_GATEWAY_TOKEN": "unused",
            "BANSHI_LOG_FORMAT": "json",
        }

    def command(self, *arguments: str) -> Program:
        """A `banshi` command in this hall."""
        return Program([sys.executable, "-m", "banshi", *arguments], self.environment)

    @contextmanager
    def running(
        self, program: Program, name: str, prepare: Callable[[], object] = lambda: None
    ) -> Iterator[int]:
        """Run a program while the block runs; its process id. `prepare` comes before each start."""
        prepare()
        part = self._parts[name] = _Part(program, prepare, self._start(program, name))
        try:
            yield part.process.pid
        finally:
            del self._parts[name]
            stop(part.process, program)

    def _start(self, program: Program, name: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            return start(program, log)

    def move_to_another_port(self) -> None:
        """Where the next web server is to listen, beside the one that runs."""
        self.port = _free_port()

    def pid(self, name: str) -> int:
        """The process that a running program has now."""
        return self._parts[name].process.pid

    async def keep_alive(self) -> None:
        """Start again what ends, as `banshi dev` does; until cancelled."""
        while True:
            await asyncio.sleep(0.1)
            for name, part in self._parts.items():
                if part.process.poll() is not None:
                    kill_group(part.process.pid)
                    part.prepare()
                    part.process = self._start(part.program, name)

    def log(self, name: str) -> str:
        """What a program has printed so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    async def run(self, *arguments: str) -> None:
        """Run a `banshi` command to its end. Raises RuntimeError with what it printed."""
        program = self.command(*arguments)
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            env=program.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        printed, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(printed.decode())

    async def web_ready(self) -> None:
        """Return once the web processes answer."""
        address = f"http://127.0.0.1:{self.port}/readyz"
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(START_SECONDS * 10):
                try:
                    if (await client.get(address)).status_code == httpx.codes.OK:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise RuntimeError(self.log("web"))

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection as the schema's owner."""
        return await asyncpg.connect(self.postgres.url(OWNER_ROLE, DATABASE))


@asynccontextmanager
async def open_hall(web_processes: int) -> AsyncIterator[Hall]:
    """Bring a hall up, migrated, with its catalogue; take it down afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="banshi-bench-")))
        hall = Hall(folder)
        write_key_file(hall.keys_file, new_key_file())
        for server, name in ((hall.postgres, "postgres"), (hall.redis, "redis")):
            stack.enter_context(hall.running(server.program(), name, server.prepare))
        for server, name in ((hall.postgres, "postgres"), (hall.redis, "redis")):
            last_words = partial(hall.log, name)
            await asyncio.to_thread(wait_until, server.ready_now, START_SECONDS, last_words)
        await hall.postgres.create_roles()
        await hall.postgres.create_database()
        await hall.run("migrate")
        await hall.run("catalog", "sync")
        web = hall.command("web", "--port", str(hall.port), "--workers", str(web_processes))
        hall.web_pid = stack.enter_context(hall.running(web, "web"))
        await hall.web_ready()
        yield hall


async def add_people(hall: Hall, count: int) -> list[Person]:
    """People with a real name and a token each."""
    keys = Keyring(hall.keys_file)
    now = datetime.now(UTC)
    people = [Person(person_key(number), f"bst_{secrets.token_hex(24)}") for number in range(count)]
    sealed = [
        (
            person.id,
            keys.seal(f"{number:018d}", "person", "id_number", person.id),
            keys.blind_index("id_number", f"passport_cn:{number}"),
            keys.seal("某人", "person", "name", person.id),
            now,
        )
        for number, person in enumerate(people)
    ]
    connection = await hall.connect()
    try:
        await connection.copy_records_to_table(
            "person",
            columns=[
                "id",
                "id_number",
                "id_number_index",
                "name",
                "created_at",
                "real_name_at",
                "id_type",
                "language",
            ],
            records=[(*row, now, "passport_cn", "zh_CN") for row in sealed],
        )
        await connection.copy_records_to_table(
            "api_token",
            columns=["id", "person_id", "label", "prefix", "digest", "created_at", "expires_at"],
            records=[
                (
                    person.id,
                    person.id,
                    "benchmark",
                    person.token[:8],
                    hashlib.sha256(person.token.encode()).digest(),
                    now,
                    now + timedelta(days=1),
                )
                for person in people
            ],
        )
    finally:
        await connection.close()
    return people


def person_key(number: int) -> UUID:
    """A key that pgbench can compute as well."""
    return UUID(f"00000000-0000-7000-8000-{number:012x}")


def slot_key(day: int, number: int) -> UUID:
    """The same for slots: `day` counts from tomorrow."""
    return UUID(f"00000000-0000-7000-9000-{day:04x}{number:08x}")


async def add_slots(
    hall: Hall,
    line: str,
    day: int,
    count: int,
    seats: int,
    *,
    starts_on: int,
    offices: Sequence[str] = OFFICES,
) -> None:
    """Released slots of `seats` online seats each, from `starts_on` days after tomorrow on.

    As long as an item takes: many of them fill several days of every hall. `day` only names them.
    """
    now = datetime.now(UTC)
    first = local_moment((now + timedelta(days=1 + starts_on)).date(), datetime.min.time())
    connection = await hall.connect()
    try:
        await connection.copy_records_to_table(
            "slot",
            columns=["id", "office_code", "line", "starts_at", "ends_at", "released_at"],
            records=[
                (
                    slot_key(day, number),
                    offices[number % len(offices)],
                    line,
                    first + SLOT * (number // len(offices)),
                    first + SLOT * (number // len(offices) + 1),
                    now - timedelta(hours=1),
                )
                for number in range(count)
            ],
        )
        await connection.execute(
            """
            INSERT INTO seat (id, slot_id, number, share, state)
            SELECT gen_random_uuid(), slot.id, number, 'online', 'free'
              FROM slot, generate_series(1, $1) AS number
             WHERE slot.id = ANY($2::uuid[])
            """,
            seats,
            [slot_key(day, number) for number in range(count)],
        )
        await connection.execute("ANALYZE slot, seat, appointment, person")
    finally:
        await connection.close()


async def allow_far_ahead(hall: Hall) -> None:
    """A booking rule under which every day of the benchmark can be booked."""
    connection = await hall.connect()
    try:
        await connection.execute(
            """
            INSERT INTO booking_rule
                   (id, office_code, line, days_ahead, release_at, hold_minutes,
                    cancel_until_minutes, return_min_minutes, return_max_minutes, days_before,
                    fair_start_seconds, offer_minutes, hold_extensions, per_day_and_line,
                    no_shows, no_shows_days, bookings_a_day, cancellations, cancellations_days,
                    blocked_days, version)
            VALUES (gen_random_uuid(), NULL, NULL, $1, '08:00', 10, 120, 0, 0, 1,
                    0, 30, 1, 1, 2, 30, 3, 5, 30, 30, 1)
            """,
            DAYS_AHEAD,
        )
    finally:
        await connection.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
