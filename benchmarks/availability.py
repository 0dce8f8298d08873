"""Free times of one office and month, beside the same server giving the same bytes from memory.

Then with a hundred times the history: past slots, their seats and appointments. Rounds interleaved,
medians of them; the free times are read while nobody books.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

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
    async with open_hall(1) as hall:
        await allow_far_ahead(hall)
        await add_people(hall, 1000)
        for day in range(DAYS):
            await add_slots(hall, LINE, day, SLOTS_A_DAY, SEATS, starts_on=day, offices=(OFFICE,))
        await _add_history(hall, 1, first=1)
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
            measure = partial(_measure, hall, path, say)
            ours, memory = await measure("as it is")
            await _add_history(hall, HISTORY - 1, first=2)
            later, later_memory = await measure(f"with {HISTORY} times the history")
    return Result(
        name="availability",
        unit="requests/s",
        figure=ours,
        limit=memory,
        details={
            "bytes": len(answer.content),
            "with_history": round(later),
            "memory_with_history": round(later_memory),
            # Each beside the memory of its own minutes: the machine does not stand still.
            "history_ratio": round((later / later_memory) / (ours / memory), 3),
        },
    )


async def _measure(hall: Hall, path: str, say: Say, what: str) -> tuple[float, float]:
    rates: dict[str, list[float]] = {path: [], ADDRESS: []}
    for _ in range(ROUNDS):
        for address, found in rates.items():
            report = await load(hall, [reading(address)], CONNECTIONS, seconds=SECONDS)
            assert set(report.statuses) == {"200"}, report.statuses
            found.append(report.answered(200) / report.seconds)
    ours, memory = middle(rates[path]), middle(rates[ADDRESS])
    say(f"{what}: {ours:.0f} requests/s, from memory {memory:.0f}")
    return ours, memory


async def _add_history(hall: Hall, times: int, *, first: int) -> None:
    """So many times a month of past days; `first` numbers the months, for the references."""
    connection = await hall.connect()
    try:
        for month in range(first, first + times):
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
