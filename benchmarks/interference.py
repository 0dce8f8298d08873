"""Booking while parts of the house die: a web process, a worker, Redis, PostgreSQL.

A supervisor starts again what ends, as in `banshi dev`. People ask until they are answered, every
other one with an Idempotency-Key. Afterwards what they were told is held against the database:
nobody was told of a booking without having a seat, nobody has one without having been told, and no
seat is booked twice.
"""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import psutil
from msgspec import Struct

from benchmarks import Result, middle
from benchmarks.hall import (
    Hall,
    Person,
    add_people,
    add_slots,
    allow_far_ahead,
    open_hall,
    slot_key,
)
from benchmarks.persistent import Attempt, Told, crowd

CROWD = 64
PEOPLE = 6000
SLOTS, SEATS = 60, 120
# So many days hold an item's slots, whichever hall they are at.
DAYS_OF_SLOTS = 5
WEB_PROCESSES = 2
# Seconds of booking before the first part dies, and between one and the next.
CALM, BETWEEN = 5.0, 6.0
LINE = "household"
ITEMS = ("id-card-renew", "id-card-replace", "id-card-first", "birth-registration", "move-in")

Say = Callable[[str], None]


class Blow(Struct, frozen=True):
    """A part that was made to end, and when."""

    name: str
    at: float


def run(say: Say) -> Result:
    """The figure is the rate while parts die, the limit the rate before the first does."""
    return asyncio.run(_run(say))


async def _run(say: Say) -> Result:
    async with open_hall(WEB_PROCESSES) as hall:
        await allow_far_ahead(hall)
        people = await add_people(hall, PEOPLE)
        for day in range(len(ITEMS)):
            await add_slots(hall, LINE, day, SLOTS, SEATS, starts_on=DAYS_OF_SLOTS * day)
        with ExitStack() as stack:
            stack.enter_context(hall.running(hall.command("worker"), "worker"))
            keeping = asyncio.create_task(hall.keep_alive())
            over = asyncio.Event()
            begun = time.monotonic()
            booking = asyncio.create_task(crowd(hall.port, _attempts(people, over), CROWD))
            blows = await _strike(hall, say)
            await asyncio.sleep(CALM)
            ended = time.monotonic()
            over.set()
            told = await booking
            wrong = await _wrong(hall, told)
            keeping.cancel()
    rates = _rates(told, blows, begun, ended)
    say(f"{len(told)} were told, wrong: {wrong}; bookings/s: {rates}")
    before = rates.pop("before")
    return Result(
        name="interference",
        unit="bookings/s while parts die",
        figure=middle(list(rates.values())),
        limit=before,
        details={
            "right": not any(wrong.values()) and all(one.status for one in told),
            **wrong,
            "told": len(told),
            "booked": sum(one.reference is not None for one in told),
            "asked_again": sum(one.tries > 1 for one in told),
            "most_tries": max(one.tries for one in told),
            "rates": {"before": before, **rates},
        },
    )


def _attempts(people: Sequence[Person], over: asyncio.Event) -> Iterator[Attempt]:
    """One person after another, an item a day, until it is over or everybody has everything."""
    for day, item in enumerate(ITEMS):
        for number, person in enumerate(people):
            if over.is_set():
                return
            key = f"interference-{day}-{number}" if number % 2 else None
            slot = slot_key(day, number % SLOTS)
            yield Attempt(person.id, person.token, slot, item, key)


async def _strike(hall: Hall, say: Say) -> list[Blow]:
    """Make one part after the other end, in the middle of everything."""
    await asyncio.sleep(CALM)
    blows = []
    for name, process, how in (
        ("web", _web_process(hall), signal.SIGKILL),
        ("worker", hall.pid("worker"), signal.SIGKILL),
        ("redis", hall.pid("redis"), signal.SIGTERM),
        ("postgres", hall.pid("postgres"), signal.SIGINT),
    ):
        say(f"{name}: {how.name}")
        blows.append(Blow(name, time.monotonic()))
        os.kill(process, how)
        await asyncio.sleep(BETWEEN)
    return blows


def _web_process(hall: Hall) -> int:
    """One of the processes that answer; the server starts another in its place."""
    children = psutil.Process(hall.web_pid).children()
    return max(child.pid for child in children if "resource_tracker" not in child.cmdline())


def _rates(
    told: Sequence[Told], blows: Sequence[Blow], begun: float, ended: float
) -> dict[str, float]:
    """Bookings a second before the first blow, and after each until the next."""
    edges = [begun, *(blow.at for blow in blows), ended]
    names = ["before", *(blow.name for blow in blows)]
    return {
        name: round(
            sum(one.reference is not None and start <= one.at < end for one in told) / (end - start)
        )
        for name, start, end in zip(names, edges, edges[1:], strict=False)
    }


async def _wrong(hall: Hall, told: Sequence[Told]) -> dict[str, int]:
    """What people were told that is not so, and what they were not told."""
    connection = await hall.connect()
    try:
        rows = await connection.fetch(
            """
            SELECT a.person_id, a.item_code, a.reference, a.seat_id
              FROM appointment a
              JOIN seat ON seat.id = a.seat_id AND seat.slot_id = a.slot_id
                       AND seat.state = 'booked'
             WHERE a.status = 'booked'
            """
        )
        events = await connection.fetchval(
            "SELECT count(*) FROM outbox_event WHERE topic = 'appointments.booked'"
        )
        records = await connection.fetchval(
            "SELECT count(*) FROM audit_record WHERE action = 'appointment.booked'"
        )
    finally:
        await connection.close()
    kept = {(row["person_id"], row["item_code"]): row["reference"] for row in rows}
    wanted = {(one.attempt.person_id, one.attempt.item): one.reference for one in told}
    return {
        "told_without_a_seat": sum(
            reference is not None
            and reference not in (kept.get(key), *(["already"] * (key in kept)))
            for key, reference in wanted.items()
        ),
        "a_seat_and_not_told": sum(wanted.get(key) is None for key in kept),
        "seats_booked_twice": len(rows) - len({row["seat_id"] for row in rows}),
        "events_missing": len(rows) - events,
        "records_missing": len(rows) - records,
    }
