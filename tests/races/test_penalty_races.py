"""Two events against one person in the same instant: counted one after the other."""

import asyncio
from functools import partial
from typing import Any

import pytest

from services import appointments, catalog
from services.appointments import BLOCKED, AppealAnswered, AppealOpen, Appointment, Rule
from services.appointments.standing import strikes as counting
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import SYSTEM, Actor
from services.kernel.unit_of_work import UnitOfWork
from tests.bookings import NOW, keep_rule, named, open_hall, slots
from tests.harness.run import Worker
from tests.parties import family as family_of
from tests.races.guards import overtaken, without, without_index
from tests.races.rush import all_at_once
from tests.standing import ADMINISTRATOR, appointed, cancelled, evening, missed, published

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

ROUNDS = 5


@pytest.fixture(autouse=True)
async def hall(committed_database: None, redis: object) -> None:
    del committed_database, redis
    await catalog.sync(NOW)
    await open_hall(seats=40)
    await open_hall(line=Line.VEHICLE, seats=40)


async def two_no_shows_at_once(citizen: Actor) -> None:
    made = [await appointed(citizen, number) for number in range(2)]
    deeds = [partial(appointments.mark_no_show, SYSTEM, one.id, evening(one)) for one in made]
    outcomes = await all_at_once(deeds)
    assert all(isinstance(one, Appointment) for one in outcomes)


async def penalties(citizen: Actor) -> int:
    sql = "SELECT count(*) FROM booking_penalty WHERE person_id = $1"
    return int(await database.fetchval(sql, citizen.id))


async def test_two_no_shows_at_once_impose_one_penalty() -> None:
    for _ in range(ROUNDS):
        citizen = await named()
        await two_no_shows_at_once(citizen)
        assert await penalties(citizen) == 1
    assert await published(BLOCKED) == ROUNDS


@pytest.mark.control_of(
    "test_two_no_shows_at_once_impose_one_penalty",
    "test_two_cancellations_at_once_impose_one_penalty",
)
async def test_without_the_lock_each_misses_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both = asyncio.Barrier(2)
    count = counting.count

    async def no_lock(_uow: UnitOfWork, _who: object) -> None:
        """Nobody waits."""

    async def counted_by_both(*args: Any) -> int:
        """Each has written its own, and neither commits before the other has counted."""
        async with asyncio.timeout(5):
            await both.wait()
            found = await count(*args)
            await both.wait()
        return found

    monkeypatch.setattr(counting, "lock", no_lock)
    monkeypatch.setattr(counting, "count", counted_by_both)
    citizen = await named()
    await two_no_shows_at_once(citizen)
    assert await penalties(citizen) == 0


async def test_two_cancellations_at_once_impose_one_penalty() -> None:
    await keep_rule(Rule(cancellations=3))
    for _ in range(ROUNDS):
        citizen = await named()
        await cancelled(citizen, 2)
        made = [await appointed(citizen, number) for number in range(2)]
        await all_at_once(
            [partial(appointments.cancel, citizen, one.reference, NOW) for one in made]
        )
        assert await penalties(citizen) == 1


@pytest.mark.control_of("test_the_nights_work_done_twice_at_once_counts_once")
async def test_without_state_and_constraint_a_night_counts_twice(worker: Worker) -> None:
    citizen = await named()
    made = await appointed(citizen)
    night = partial(appointments.close_days, evening(made).replace(day=9))
    step = "UPDATE appointment SET status"
    guard = (
        "ON CONFLICT (appointment_id) DO UPDATE SET withdrawn_at = NULL,"
        " struck_at = excluded.struck_at WHERE booking_strike.withdrawn_at IS NOT NULL"
    )
    async with without_index(worker, "booking_strike_one_per_appointment"):
        with (
            without("AND status = ANY($3::text[])", of=step, instead="AND $3::text[] IS NOT NULL"),
            without(guard, of="INSERT INTO booking_strike"),
            overtaken(by=night, before=step) as other,
        ):
            assert await night() == 1
        assert other.outcome == 1
        strikes = "SELECT count(*) FROM booking_strike WHERE person_id = $1"
        assert await database.fetchval(strikes, citizen.id) == 2


async def test_the_nights_work_done_twice_at_once_counts_once() -> None:
    citizen = await named()
    made = await appointed(citizen)
    await all_at_once([partial(appointments.close_days, evening(made).replace(day=9))] * 3)
    strikes = "SELECT count(*) FROM booking_strike WHERE person_id = $1"
    assert await database.fetchval(strikes, citizen.id) == 1


async def two_of_a_family_at_once() -> int:
    """An organiser cancels for both companions in one instant; how many cancellations count."""
    family = await family_of()
    made = await family.books((await slots())[0].id)
    theirs = [one for one in made if one.person_id != family.organiser.id]
    await all_at_once(
        [partial(appointments.cancel, family.organiser, one.reference, NOW) for one in theirs]
    )
    strikes = "SELECT count(*) FROM booking_strike WHERE person_id = $1"
    return int(await database.fetchval(strikes, family.organiser.id))


async def test_a_family_cancelled_at_once_counts_once() -> None:
    for _ in range(ROUNDS):
        assert await two_of_a_family_at_once() == 1


@pytest.mark.control_of("test_a_family_cancelled_at_once_counts_once")
async def test_without_lock_and_index_a_family_counts_twice(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)
    asked = counting.party_counted

    async def no_lock(_uow: UnitOfWork, _who: object) -> None:
        """Nobody waits."""

    async def asked_by_both(*args: Any) -> bool:
        """Neither has written its own before the other has asked."""
        found = await asked(*args)
        async with asyncio.timeout(5):
            await both.wait()
        return found

    monkeypatch.setattr(counting, "lock", no_lock)
    monkeypatch.setattr(counting, "party_counted", asked_by_both)
    async with without_index(worker, "booking_strike_one_per_party_and_day"):
        assert await two_of_a_family_at_once() == 2


WORDS = "那天我在医院，有证明。"


@pytest.mark.control_of("test_two_appeals_and_two_answers_at_once")
async def test_without_index_and_state_there_are_two_of_each(worker: Worker) -> None:
    await keep_rule(Rule(no_shows=1))
    citizen = await named()
    now = evening(await missed(citizen))
    write = partial(appointments.write_appeal, citizen, WORDS, now)
    async with without_index(worker, "booking_appeal_one_open"):
        with overtaken(by=write, before="INSERT INTO booking_appeal") as other:
            appeal = await write()
        assert isinstance(other.outcome, appointments.Appeal)
        yes, no = (
            partial(
                appointments.answer_appeal,
                ADMINISTRATOR,
                appointments.AnswerAppeal(appeal_id=appeal.id, granted=granted, reason="已核实。"),
                now,
            )
            for granted in (True, False)
        )
        answering = "UPDATE booking_appeal SET status"
        with (
            without(
                "AND status = ANY($6::text[])", of=answering, instead="AND $6::text[] IS NOT NULL"
            ),
            overtaken(by=yes, before=answering) as other,
        ):
            assert (await no()).status is appointments.AppealStatus.DECLINED
        assert isinstance(other.outcome, appointments.Appeal)


async def test_two_appeals_and_two_answers_at_once() -> None:
    await keep_rule(Rule(no_shows=1))
    citizen = await named()
    now = evening(await missed(citizen))
    written = await all_at_once([partial(appointments.write_appeal, citizen, WORDS, now)] * 2)
    [lost] = [one for one in written if isinstance(one, AppealOpen)]
    [appeal] = [one for one in written if one is not lost]
    assert isinstance(appeal, appointments.Appeal)
    answers = [
        appointments.AnswerAppeal(appeal_id=appeal.id, granted=granted, reason="已核实。")
        for granted in (True, False)
    ]
    outcomes = await all_at_once(
        [partial(appointments.answer_appeal, ADMINISTRATOR, one, now) for one in answers]
    )
    assert sum(isinstance(one, AppealAnswered) for one in outcomes) == 1
