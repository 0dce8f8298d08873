"""Calls a second at one office: 64 windows at once, 10,000 people in line, through the desk's HTTP.

Beside it pgbench, which does the bare `UPDATE … SKIP LOCKED` for as many windows of another office,
interleaved round by round. In both the person who was called is gone at once by one more statement.
A second figure is the operation alone, called straight from as many processes as serve the web:
what is left between the two is session, forged-request check and page.

Checked: everybody is called exactly once, and nobody is passed over. A call passes somebody over
who stands before the called one in a line of the window, and whose own call *began after this one
had ended*: nobody was calling them, and still another was taken.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

import msgspec
from msgspec import Struct

from banshi.embedded.postgres import APP_ROLE, DATABASE, INSTALLATION
from benchmarks import Result, middle
from benchmarks.desk import Clerk, give_numbers, seat_clerks
from benchmarks.hall import OFFICE, Hall, open_hall

ROUNDS = 5
PEOPLE = 10_000
WINDOWS = 64
WEB_PROCESSES = 2
BARE_OFFICE = "chiping"
BARE = 2  # the bare office's place in the keys of its windows
DIRECT_OFFICE = "linqing"
DIRECT = 3

Say = Callable[[str], None]

PGBENCH = f"""
\\set n :client_id + 1
UPDATE ticket
   SET status = 'called', called_at = now(), call_count = 1,
       window_id = ('00000000-0000-7000-a00{BARE}-' || lpad(to_hex(:n::int), 12, '0'))::uuid,
       called_by = ('00000000-0000-7000-b00{BARE}-' || lpad(to_hex(:n::int), 12, '0'))::uuid
 WHERE id = (SELECT id FROM ticket
              WHERE office_code = '{BARE_OFFICE}' AND status = 'waiting'
                AND day = (now() AT TIME ZONE 'Asia/Shanghai')::date
                AND line = (ARRAY['household', 'vehicle', 'exit_entry', 'firm'])[:n % 4 + 1]
              ORDER BY order_at, id LIMIT 1 FOR UPDATE SKIP LOCKED);
UPDATE ticket SET status = 'finished', started_at = called_at, ended_at = now(), outcome = 'done'
 WHERE window_id = ('00000000-0000-7000-a00{BARE}-' || lpad(to_hex(:n::int), 12, '0'))::uuid
   AND status = 'called';
"""  # noqa: S608 - a script of constants


class Called(Struct, frozen=True):
    """One call of the clients' log; times are of one monotonic clock, in seconds."""

    window_id: str
    ticket_id: str
    sent: float
    answered: float


class Place(Struct, frozen=True):
    """Where a ticket stood: the line, and its rank in the rule's order of the whole office."""

    line: str
    rank: int


def run(say: Say) -> Result:
    """Measure, then check the whole log against the database."""
    return asyncio.run(_run(say))


async def _run(say: Say) -> Result:
    rates: list[float] = []
    limits: list[float] = []
    log: list[Called] = []
    latencies: list[float] = []
    shares: list[float] = []
    alone: list[float] = []
    async with open_hall(WEB_PROCESSES) as hall:
        clerks = await seat_clerks(hall, OFFICE, 1, WINDOWS)
        await seat_clerks(hall, BARE_OFFICE, BARE, WINDOWS)
        direct = await seat_clerks(hall, DIRECT_OFFICE, DIRECT, WINDOWS)
        for office in (OFFICE, BARE_OFFICE, DIRECT_OFFICE):
            await give_numbers(hall, office, PEOPLE)
        places = await _places(hall)
        for turn in range(ROUNDS):
            report = await _ours(hall, clerks, PEOPLE // ROUNDS)
            calls = [Called(*each) for each in report.calls]
            log += calls
            latencies += [one.answered - one.sent for one in calls]
            shares.append(report.cpu)
            rates.append(len(calls) / report.seconds)
            limits.append(await _pgbench(hall))
            alone.append(await _alone(hall, direct))
            say(
                f"{turn + 1}/{ROUNDS}: {rates[-1]:.0f} calls/s,"
                f" the operation alone {alone[-1]:.0f}, pgbench {limits[-1]:.0f}"
            )
        once = await _called_once(hall)
    passed_over = count_passed_over(log, places, {str(one.window_id): one.lines for one in clerks})
    latencies.sort()
    return Result(
        name="call_next",
        unit="calls/s",
        figure=middle(rates),
        limit=middle(limits),
        details={
            "windows": WINDOWS,
            "people": PEOPLE,
            "called": len(log),
            "called_exactly_once": once,
            "passed_over": passed_over,
            "p50_ms": round(latencies[len(latencies) // 2] * 1000, 1),
            "p99_ms": round(latencies[len(latencies) * 99 // 100] * 1000, 1),
            "client_cpu_share": round(middle(shares), 2),
            "operation_alone": round(middle(alone)),
            "operation_ratio": round(middle(alone) / middle(limits), 3),
        },
    )


class Report(Struct, frozen=True):
    """What the clients measured; CPU as a share of one core."""

    seconds: float
    statuses: dict[str, int]
    cpu: float
    calls: list[tuple[str, str, float, float]]


async def _ours(hall: Hall, clerks: Sequence[Clerk], calls: int) -> Report:
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.callers", stdin=PIPE, stdout=PIPE
    )
    asked = {
        "port": hall.port,
        "office": OFFICE,
        "calls": calls,
        "database": hall.postgres.url(APP_ROLE, DATABASE),
        "clerks": msgspec.to_builtins(clerks),
    }
    printed, _ = await client.communicate(json.dumps(asked).encode())
    report = msgspec.json.decode(printed, type=Report)
    if set(report.statuses) != {"200"}:
        raise RuntimeError(f"{report.statuses}: {hall.log('web')[-2000:]}")
    return report


async def _alone(hall: Hall, clerks: Sequence[Clerk]) -> float:
    """Calls a second of the operation, from as many processes as serve the web."""
    shares = [clerks[number::WEB_PROCESSES] for number in range(WEB_PROCESSES)]
    reports = await asyncio.gather(*(_direct(hall, share) for share in shares))
    return sum(one["called"] for one in reports) / max(one["seconds"] for one in reports)


async def _direct(hall: Hall, clerks: Sequence[Clerk]) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.direct_callers",
        env=hall.environment, stdin=PIPE, stdout=PIPE,
    )  # fmt: skip
    asked = {
        "office": DIRECT_OFFICE,
        "calls": PEOPLE // ROUNDS // WEB_PROCESSES,
        "clerks": msgspec.to_builtins(clerks),
    }
    printed, _ = await process.communicate(json.dumps(asked).encode())
    return msgspec.json.decode(printed, type=dict[str, float])


async def _pgbench(hall: Hall) -> float:
    script = hall.folder / "call_next.sql"
    script.write_text(PGBENCH)
    process = await asyncio.create_subprocess_exec(
        str(INSTALLATION / "bin" / "pgbench"), "--no-vacuum", "--protocol=prepared",
        "--client", str(WINDOWS), "--jobs", "2",
        "--transactions", str(PEOPLE // ROUNDS // WINDOWS), "--file", str(script),
        hall.postgres.url(APP_ROLE, DATABASE),
        env=os.environ, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    printed, complaints = await process.communicate()
    for line in printed.decode().splitlines():
        if line.startswith("tps ="):
            return float(line.split()[2])
    raise RuntimeError(complaints.decode())


async def _places(hall: Hall) -> dict[str, Place]:
    connection = await hall.connect()
    try:
        rows = await connection.fetch(
            "SELECT id, line FROM ticket WHERE office_code = $1 ORDER BY order_at, id", OFFICE
        )
    finally:
        await connection.close()
    return {str(row["id"]): Place(row["line"], rank) for rank, row in enumerate(rows)}


async def _called_once(hall: Hall) -> int:
    """How many tickets were called exactly once, by the audit and not by the clients."""
    connection = await hall.connect()
    try:
        once: int = await connection.fetchval(
            """
            SELECT count(*) FROM (
                SELECT subject_id FROM audit_record
                 WHERE action = 'queue.called' AND office_code = $1
                 GROUP BY subject_id HAVING count(*) = 1) AS called
            """,
            OFFICE,
        )
    finally:
        await connection.close()
    return once


def count_passed_over(
    log: Sequence[Called], places: dict[str, Place], lines: dict[str, tuple[str, ...]]
) -> int:
    """The calls that took somebody while one who stood before them was called by nobody.

    Of each line, by rank, the latest beginning of any call up to there: a call that ended before
    that beginning has passed its holder over.
    """
    ranks: dict[str, list[int]] = {}
    latest: dict[str, list[float]] = {}
    for line in {place.line for place in places.values()}:
        calls = sorted(
            (places[one.ticket_id].rank, one.sent)
            for one in log
            if places[one.ticket_id].line == line
        )
        ranks[line] = [rank for rank, _ in calls]
        latest[line] = list(accumulate((sent for _, sent in calls), max))
    wrong = 0
    for one in log:
        for line in lines[one.window_id]:
            before = bisect_left(ranks[line], places[one.ticket_id].rank)
            if before and latest[line][before - 1] > one.answered:
                wrong += 1
                break
    return wrong
