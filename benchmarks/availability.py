"""Free times of one office and month, beside the same server giving the same bytes from memory.

Beside it a second hall with a hundred times the history: past slots, their seats and appointments.
Rounds of all four interleaved, medians of them; the free times are read while nobody books.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx

from banshi.embedded.process import Program
from benchmarks import Result, middle
from benchmarks.clients import load
from benchmarks.hall import OFFICE, Hall, add_people, add_slots, allow_far_ahead, open_hall
from benchmarks.load import reading
from benchmarks.served import ADDRESS, FILE
from services.kernel.clock import local_date

ROUNDS = 5
SECONDS = 3.0
CONNECTIONS = 64
WEB_PROCESSES = 2
DAYS, SLOTS_A_DAY, SEATS = 30, 16, 6
HISTORY = 100
LINE, ITEM = "household", "id-card-renew"

Say = Callable[[str], None]

_HISTORY = """
    WITH past AS (
        INSERT INTO slot (id, office_code, line, starts_at, ends_at, released_at)
        SELECT gen_random_uuid(), $1, $2, at, at + interval '30 minutes', at - interval '7 days'
          FROM generate_series($3 - 29, $3) AS day, generate_series(1, $4) AS number,
               LATERAL (SELECT now() - make_interval(days => day::int)
                             + make_interval(mins => 30 * number::int) AS at) moment
        RETURNING id, office_code, line, starts_at, ends_at),
    used AS (
        INSERT INTO seat (id, slot_id, number, share, state)
        SELECT gen_random_uuid(), past.id, number, 'online', 'booked'
          FROM past, generate_series(1, $5) AS number
        RETURNING id, slot_id, number),
    numbered AS (SELECT used.*, row_number() OVER () AS position FROM used)
    INSERT INTO appointment (id, reference, status, person_id, item_code, slot_id, office_code,
                             line, starts_at, ends_at, seat_id, share, channel, sequence,
                             booked_at)
    SELECT gen_random_uuid(),
           upper(translate(lpad(to_hex(position + $7), 10, '0'),
                           '0123456789abcdef', '23456789ACEFHJKM')),
           'completed',
           ('00000000-0000-7000-8000-' || lpad(to_hex(position % 1000), 12, '0'))::uuid,
           $6, past.id, office_code, line, starts_at, ends_at, numbered.id, 'online', 'online', 0,
           starts_at - interval '1 day'
      FROM numbered JOIN past ON past.id = numbered.slot_id
"""


def run(say: Say) -> Result:
    """Requests a second; the limit is the same bytes from memory."""
    return asyncio.run(_run(say))


async def _run(say: Say) -> Result:
    async with (
        _hall_with_history(1) as (young, path, size),
        _hall_with_history(HISTORY) as (
            old,
            old_path,
            _,
        ),
    ):
        sides = {
            "free times": (young, path),
            "from memory": (young, ADDRESS),
            f"free times with {HISTORY} times the history": (old, old_path),
            "from memory there": (old, ADDRESS),
        }
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, (hall, address) in sides.items():
                report = await load(hall, [reading(address)], CONNECTIONS, seconds=SECONDS)
                assert set(report.statuses) == {"200"}, report.statuses
                rates[name].append(report.answered(200) / report.seconds)
    for name, found in rates.items():
        say(f"{name}: {middle(found):.0f} requests/s")
    ours, memory, later, later_memory = map(middle, rates.values())
    return Result(
        name="availability",
        unit="requests/s",
        figure=ours,
        limit=memory,
        details={
            "bytes": size,
            "with_history": round(later),
            "memory_with_history": round(later_memory),
            "history_ratio": round(later / ours, 3),
        },
    )


@asynccontextmanager
async def _hall_with_history(months: int) -> AsyncIterator[tuple[Hall, str, int]]:
    """A hall with so many months behind it, the address of its free times, and their size in bytes.

    It serves the same bytes from memory, too. While the other hall is asked, this one stands idle.
    """
    async with open_hall(1) as hall:
        await allow_far_ahead(hall)
        await add_people(hall, 1000)
        for day in range(DAYS):
            await add_slots(hall, LINE, day, SLOTS_A_DAY, SEATS, starts_on=day, offices=(OFFICE,))
        await _add_history(hall, months)
        first = local_date(datetime.now(UTC))
        path = (
            f"/api/v1/slots?office={OFFICE}&item={ITEM}"
            f"&from={first}&to={first + timedelta(days=30)}"
        )
        bytes_file = hall.folder / "bytes"
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{hall.port}{path}")
            bytes_file.write_bytes(answer.raise_for_status().content)
        hall.move_to_another_port()
        program = Program(
            [sys.executable, "-m", "benchmarks.served", str(hall.port), str(WEB_PROCESSES)],
            hall.environment | {FILE: str(bytes_file)},
        )
        with hall.running(program, "served"):
            await hall.web_ready()
            yield hall, path, len(answer.content)


async def _add_history(hall: Hall, months: int) -> None:
    """So many times a month of past days; the months number the references."""
    connection = await hall.connect()
    try:
        for month in range(1, months + 1):
            await connection.execute(
                _HISTORY,
                OFFICE,
                LINE,
                30 * month,
                SLOTS_A_DAY,
                SEATS,
                ITEM,
                month * 1_000_000,
            )
        await connection.execute("ANALYZE slot, seat, appointment")
    finally:
        await connection.close()
