"""Bookings a second over HTTP, beside pgbench writing the same rows, one booking a commit.

Two shapes: a rush on 50 slots, and the same spread over 2,000. Ours takes the complete path (token,
limits, penalties, seat, appointment, audit, outbox); pgbench only claims the seat and writes the
rows. Both on the same durable server, interleaved round by round.
"""

import asyncio
import os
import random
from asyncio.subprocess import PIPE
from collections.abc import Callable, Sequence

from msgspec import Struct

from banshi.embedded.postgres import APP_ROLE, DATABASE, INSTALLATION
from benchmarks import Result, middle
from benchmarks.clients import database_cpu, load, web_cpu
from benchmarks.hall import (
    Hall,
    Person,
    add_people,
    add_slots,
    allow_far_ahead,
    open_hall,
    slot_key,
)
from benchmarks.load import booking

ROUNDS = 5
BOOKINGS = 4000
WEB_PROCESSES = 4
CONNECTIONS = 512
PGBENCH_CONNECTIONS = 32
# An item a day, so that nobody meets the rule of one appointment a person and item.
ITEMS = ("id-card-renew", "id-card-replace", "id-card-first", "birth-registration", "move-in")
LINE = "household"
# So many days hold the slots of a shape at all halls; ours come first, as they are checked.
DAYS_OF_SLOTS = 5
AFTER_ALL_OF_OURS = 100

Say = Callable[[str], None]


class Shape(Struct, frozen=True):
    """How many slots the bookings fall on, and how many seats each has: never too few."""

    name: str
    slots: int
    seats: int


SHAPES = (Shape("rush", 50, 120), Shape("spread", 2000, 12))

PGBENCH = r"""
\set n :client_id * :each + :i
\set i :i + 1
\set slot random(0, :slots - 1)
BEGIN;
WITH picked AS (
    SELECT id FROM seat
     WHERE slot_id = ('00000000-0000-7000-9000-' || lpad(to_hex(:day::int), 4, '0')
                      || lpad(to_hex(:slot::int), 8, '0'))::uuid
       AND share = 'online' AND state = 'free'
     ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED)
UPDATE seat SET state = 'booked', held_until = NULL, returns_at = NULL
  FROM picked WHERE seat.id = picked.id
RETURNING seat.id AS seat, seat.slot_id AS slot_id \gset
INSERT INTO appointment (id, reference, status, person_id, item_code, slot_id, office_code, line,
                         starts_at, ends_at, seat_id, share, channel, sequence, booked_at)
SELECT gen_random_uuid(), upper(translate(substr(md5(random()::text), 1, 10),
                                          '0123456789abcdef', '23456789ACEFHJKM')),
       'booked', ('00000000-0000-7000-8000-' || lpad(to_hex(:base::int + :n::int), 12, '0'))::uuid,
       :item::text, id, office_code, line, starts_at, ends_at, :seat::uuid, 'online', 'online', 0,
       now()
  FROM slot WHERE id = :slot_id::uuid;
INSERT INTO audit_record (id, at, actor_kind, actor_id, action, subject, subject_id, office_code,
                          data, request_id)
VALUES (gen_random_uuid(), now(), 'citizen',
        ('00000000-0000-7000-8000-' || lpad(to_hex(:base::int + :n::int), 12, '0'))::uuid,
        'appointment.booked', 'appointment', gen_random_uuid()::text, 'dongchangfu',
        '{"item_code": "id-card-renew", "share": "online"}', 'benchmark');
INSERT INTO outbox_event (id, topic, payload, status, attempts, available_at, created_at)
VALUES (gen_random_uuid(), 'appointments.booked', '{"appointment_id": "benchmark"}', 'pending', 0,
        now(), now());
COMMIT;
"""


def run(say: Say) -> Result:
    """Measure both shapes; the figure and the limit are the rush's medians."""
    return asyncio.run(_run(say))


async def _run(say: Say) -> Result:
    details: dict[str, object] = {}
    medians: dict[str, tuple[float, float]] = {}
    async with open_hall(WEB_PROCESSES) as hall:
        await allow_far_ahead(hall)
        # Each shape has days of its own, and each day two halves: ours and pgbench's people.
        people = await add_people(hall, 2 * BOOKINGS)
        for number, shape in enumerate(SHAPES):
            ours: list[Outcome] = []
            limits: list[Limit] = []
            for turn in range(ROUNDS):
                place = Place(shape, ITEMS[turn], 2 * (number * ROUNDS + turn), number)
                for day, after in ((place.day, 0), (place.day + 1, AFTER_ALL_OF_OURS)):
                    starts_on = after + (number * ROUNDS + turn) * DAYS_OF_SLOTS
                    await add_slots(hall, LINE, day, shape.slots, shape.seats, starts_on=starts_on)
                ours.append(await _ours(hall, place, people[:BOOKINGS]))
                limits.append(await _pgbench(hall, place))
                say(
                    f"{shape.name} {turn + 1}/{ROUNDS}: {ours[-1].rate:.0f} bookings/s,"
                    f" pgbench {limits[-1].rate:.0f}"
                )
            medians[shape.name] = (
                middle([each.rate for each in ours]),
                middle([each.rate for each in limits]),
            )
            details[shape.name] = _detail(ours, limits)
            await _forget(hall)
    figure, limit = medians["rush"]
    return Result(name="booking", unit="bookings/s", figure=figure, limit=limit, details=details)


class Place(Struct, frozen=True):
    """Where one round books: the shape's slots on two days, ours on the first."""

    shape: Shape
    item: str
    day: int
    number: int


class Outcome(Struct, frozen=True):
    """What one round of ours was like; CPU in seconds of one core."""

    rate: float
    p50_ms: float
    p99_ms: float
    web_cpu_ms: float
    database_cpu_ms: float
    client_share: float
    refused: int


class Limit(Struct, frozen=True):
    """What one round of pgbench was like; its own CPU is not the database's."""

    rate: float
    database_cpu_ms: float


def _detail(ours: Sequence[Outcome], limits: Sequence[Limit]) -> dict[str, float]:
    figure = middle([each.rate for each in ours])
    limit = middle([each.rate for each in limits])
    return {
        "ours": round(figure),
        "pgbench": round(limit),
        "ratio": round(figure / limit, 3),
        "p50_ms": round(middle([each.p50_ms for each in ours]), 1),
        "p99_ms": round(middle([each.p99_ms for each in ours]), 1),
        "web_cpu_ms_per_booking": round(middle([each.web_cpu_ms for each in ours]), 3),
        "database_cpu_ms_per_booking": round(middle([each.database_cpu_ms for each in ours]), 3),
        "pgbench_database_cpu_ms": round(middle([each.database_cpu_ms for each in limits]), 3),
        "client_cpu_share": round(middle([each.client_share for each in ours]), 2),
        "refused": sum(each.refused for each in ours),
    }


async def _ours(hall: Hall, place: Place, people: Sequence[Person]) -> Outcome:
    messages = [
        booking(
            person.token,
            str(slot_key(place.day, random.randrange(place.shape.slots))),  # noqa: S311 - load, not a secret
            place.item,
        )
        for person in people
    ]
    before, database_before = web_cpu(hall), database_cpu(hall)
    report = await load(hall, messages, CONNECTIONS)
    booked = report.answered(201)
    return Outcome(
        rate=booked / report.seconds,
        p50_ms=report.p50_ms,
        p99_ms=report.p99_ms,
        web_cpu_ms=(web_cpu(hall) - before) / max(booked, 1) * 1000,
        database_cpu_ms=(database_cpu(hall) - database_before) / max(booked, 1) * 1000,
        client_share=report.cpu,
        refused=len(people) - booked,
    )


async def _pgbench(hall: Hall, place: Place) -> Limit:
    script = hall.folder / "booking.sql"
    script.write_text(PGBENCH)
    each = BOOKINGS // PGBENCH_CONNECTIONS
    defined = {
        "i": 0,
        "each": each,
        "slots": place.shape.slots,
        "day": place.day + 1,
        "base": BOOKINGS,
        "item": place.item,
    }
    definitions = [word for name, value in defined.items() for word in ("-D", f"{name}={value}")]
    before = database_cpu(hall)
    process = await asyncio.create_subprocess_exec(
        str(INSTALLATION / "bin" / "pgbench"), "--no-vacuum", "--protocol=prepared",
        "--client", str(PGBENCH_CONNECTIONS), "--jobs", "2",
        "--transactions", str(each), "--file", str(script), *definitions,
        hall.postgres.url(APP_ROLE, DATABASE),
        env=os.environ, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    printed, complaints = await process.communicate()
    for line in printed.decode().splitlines():
        if line.startswith("tps ="):
            used = database_cpu(hall) - before
            return Limit(float(line.split()[2]), used / BOOKINGS * 1000)
    raise RuntimeError(complaints.decode())


async def _forget(hall: Hall) -> None:
    """Take the shape's bookings away, so that the next shape starts with nobody booked."""
    connection = await hall.connect()
    try:
        await connection.execute("TRUNCATE appointment, outbox_event, ticket CASCADE")
    finally:
        await connection.close()
