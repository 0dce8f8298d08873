"""One key, two requests at once; and a process that is killed in between."""

import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from uuid import UUID

import pytest

from services import identity
from services.identity import Answer, AskedOnce, KeyBusy
from services.kernel import database, outbox
from services.kernel.clock import FixedClock
from services.kernel.unit_of_work import unit_of_work
from tests.harness.run import Worker
from tests.people import new_phone, signed_in
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

DONE = Answer(status=201, headers={}, body="{}")
RUSH = 5

# A process that does the deed and then stays where it is, before the commit or after it.
PROCESS = """
import asyncio, sys
from datetime import datetime
from uuid import UUID
from services import identity
from services.identity import Answer, AskedOnce
from services.kernel import database, outbox
from services.kernel.unit_of_work import unit_of_work

person_id, now, where = UUID(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3]

async def stay():
    print("here", flush=True)
    await asyncio.sleep(60)

async def deed():
    async with unit_of_work():
        await outbox.publish("test.deed", {}, now)
    if where == "before":
        await stay()
    return Answer(status=201, headers={}, body="{}")

async def run():
    await database.open_pool()
    await identity.answer_once(AskedOnce(holder_id=person_id, key="k", request="r"), deed, now)
    await stay()

asyncio.run(run())
"""


async def deeds() -> int:
    found: int = await database.fetchval(
        "SELECT count(*) FROM outbox_event WHERE topic = 'test.deed'"
    )
    return found


async def person(clock: FixedClock) -> UUID:
    return (await signed_in(new_phone(), clock.now())).person_id


def asked(person_id: UUID, request: str = "r") -> AskedOnce:
    return AskedOnce(holder_id=person_id, key="k", request=request)


async def test_one_is_done_and_the_others_hear_that_it_is_under_way(clock: FixedClock) -> None:
    refused = asyncio.Event()

    async def deed() -> Answer:
        async with unit_of_work():
            await outbox.publish("test.deed", {}, clock.now())
        await refused.wait()
        return DONE

    async def ask() -> bool:
        try:
            return (await identity.answer_once(asked(who), deed, clock.now()))[1]
        except KeyBusy:
            refused.set()
            raise

    who = await person(clock)
    outcomes = await all_at_once([ask] * RUSH)
    assert outcomes.count(False) == 1
    assert sum(isinstance(one, KeyBusy) for one in outcomes) >= 1
    assert sum(one is True or isinstance(one, KeyBusy) for one in outcomes) == RUSH - 1
    assert await deeds() == 1


@pytest.mark.control_of("test_one_is_done_and_the_others_hear_that_it_is_under_way")
async def test_all_would_be_done_without_the_key(clock: FixedClock) -> None:
    async def deed() -> None:
        async with unit_of_work():
            await outbox.publish("test.deed", {}, clock.now())

    await all_at_once([deed] * RUSH)
    assert await deeds() == RUSH


@pytest.mark.no_race("they never meet")
async def test_keys_of_different_people_do_not_wait_for_each_other(clock: FixedClock) -> None:
    both_are_in = asyncio.Barrier(2)

    async def deed() -> Answer:
        await both_are_in.wait()
        return DONE

    two = [await person(clock), await person(clock)]
    outcomes = await all_at_once(
        partial(identity.answer_once, asked(who), deed, clock.now()) for who in two
    )
    assert outcomes == [(DONE, False)] * 2


@pytest.mark.no_race("a fault between two steps")
@pytest.mark.parametrize(("where", "replayed"), [("before", False), ("after", True)])
async def test_a_killed_process_leaves_both_or_neither(
    worker: Worker, clock: FixedClock, where: str, replayed: bool
) -> None:
    who = await person(clock)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROCESS, str(who), clock.now().isoformat(), where),
        stdout=subprocess.PIPE,
        env=os.environ | worker.environment(),
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"here\n"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert await deeds() == (1 if replayed else 0)

    async def deed() -> Answer:
        async with unit_of_work():
            await outbox.publish("test.deed", {}, clock.now())
        return DONE

    for _ in range(50):
        try:
            answer = await identity.answer_once(asked(who), deed, clock.now())
        except KeyBusy:  # PostgreSQL notices within moments that nobody is there any more
            await asyncio.sleep(0.1)
            continue
        break
    assert answer == (DONE, replayed)
    assert await deeds() == 1
