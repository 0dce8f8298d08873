"""A sell-out: everybody presses at once, far more than there are seats.

5,000 people on a connection each, 200 seats in one slot, two web processes. Exactly 200 are booked,
whoever is not hears so at once, and nobody waits for more than three seconds. The database is read
afterwards and held against what the people were told.
"""

import asyncio
from collections.abc import Callable

from benchmarks import Result
from benchmarks.clients import load
from benchmarks.hall import Hall, add_people, add_slots, allow_far_ahead, open_hall, slot_key
from benchmarks.load import Report, booking

PEOPLE = 5000
SEATS = 200
WEB_PROCESSES = 2
LIMIT_MS = 3000.0
LINE, ITEM = "household", "id-card-renew"

Say = Callable[[str], None]


def run(say: Say) -> Result:
    """The figure is the slowest answer; the limit is what a person should wait at most."""
    return asyncio.run(_run(say))


async def _run(say: Say) -> Result:
    async with open_hall(WEB_PROCESSES) as hall:
        await allow_far_ahead(hall)
        people = await add_people(hall, PEOPLE)
        await add_slots(hall, LINE, 0, 1, SEATS, starts_on=0)
        slot = str(slot_key(0, 0))
        report = await load(hall, [booking(one.token, slot, ITEM) for one in people], PEOPLE)
        say(f"answers: {report.statuses}, the slowest after {report.slowest_ms:.0f} ms")
        kept = await _kept(hall)
    right = _right(report, kept)
    say("exactly as many as there are seats" if right else f"WRONG: the database has {kept}")
    return Result(
        name="sellout",
        unit="ms to the slowest answer",
        figure=report.slowest_ms,
        limit=LIMIT_MS,
        details={
            "right": right,
            "in_time": report.slowest_ms <= LIMIT_MS,
            "booked": report.answered(201),
            "refused": report.answered(409),
            "others": PEOPLE - report.answered(201) - report.answered(409),
            "p50_ms": round(report.p50_ms),
            "p99_ms": round(report.p99_ms),
            "seconds": round(report.seconds, 2),
            "client_cpu_share": round(report.cpu, 2),
        },
    )


def _right(report: Report, kept: dict[str, int]) -> bool:
    return (
        report.answered(201) == SEATS
        and report.answered(409) == PEOPLE - SEATS
        and kept == {"appointments": SEATS, "seats": SEATS, "events": SEATS, "records": SEATS}
    )


async def _kept(hall: Hall) -> dict[str, int]:
    """What the database has, each counted for itself."""
    connection = await hall.connect()
    try:
        row = await connection.fetchrow(
            """
            SELECT (SELECT count(DISTINCT (seat_id, person_id)) FROM appointment
                     WHERE status = 'booked') AS appointments,
                   (SELECT count(*) FROM seat WHERE state = 'booked') AS seats,
                   (SELECT count(*) FROM outbox_event
                     WHERE topic = 'appointments.booked') AS events,
                   (SELECT count(*) FROM audit_record
                     WHERE action = 'appointment.booked') AS records
            """
        )
    finally:
        await connection.close()
    assert row is not None
    return dict(row)
