"""Two at once with one code, one document, one phone: one wins, and the guard is why."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from services import identity
from services.identity import (
    DocumentRefused,
    RealName,
    SecondFactorRefused,
    SignedIn,
    SignIn,
    SignInCodeRefused,
    StaffPassword,
)
from services.identity.codes import Proof
from services.kernel import database
from services.kernel.clock import FixedClock
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import current
from tests.harness.run import Worker
from tests.people import (
    ADDRESS,
    DEVICE,
    PASSWORD,
    ask_for_code,
    citizen_actor,
    enrolled_staff,
    factor,
    new_phone,
    new_resident_id,
    signed_in,
    totp,
)
from tests.races.guards import overtaken, without, without_index
from tests.races.rush import all_at_once, throw_away_database

pytestmark = pytest.mark.usefixtures("committed_database", "redis")
RUSH = 6
GUESSES = 9


def attempt(code_id: UUID, code: str) -> SignIn:
    return SignIn(code_id=code_id, code=code, address=ADDRESS, device=DEVICE)


class TestOneCode:
    async def rush(self, clock: FixedClock) -> int:
        code_id, code = await ask_for_code(new_phone(), clock.now())
        sign_in = partial(identity.sign_in, attempt(code_id, code), clock.now())
        outcomes = await all_at_once([sign_in] * RUSH)
        refused = [one for one in outcomes if isinstance(one, SignInCodeRefused)]
        won = [one for one in outcomes if isinstance(one, SignedIn)]
        assert len(won) + len(refused) == RUSH
        return len(won)

    async def test_signs_in_once(self, clock: FixedClock) -> None:
        assert await self.rush(clock) == 1

    @pytest.mark.control_of("TestOneCode::test_signs_in_once")
    async def test_would_sign_in_more_often_if_it_were_looked_at_before_it_is_spent(
        self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        everybody_has_looked = asyncio.Barrier(RUSH)

        async def look_then_spend(code_id: UUID, *_: object) -> Proof | None:
            row = await current().fetchrow("SELECT * FROM sign_in_code WHERE id = $1", code_id)
            assert row is not None
            await everybody_has_looked.wait()
            if row["spent_at"]:
                return None
            await current().execute(
                "UPDATE sign_in_code SET spent_at = $2, code = NULL WHERE id = $1",
                code_id,
                clock.now(),
            )
            return Proof(phone="13900000000", phone_index=row["phone_index"], language="zh_CN")

        monkeypatch.setattr(
            import_module("services.identity.sign_in"), "spend_code", look_then_spend
        )
        assert await self.rush(clock) == RUSH

    async def guessed(self, clock: FixedClock) -> int:
        """Guess wrongly more often than one may; how many tries were counted."""
        code_id, code = await ask_for_code(new_phone(), clock.now())
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        guess = partial(identity.sign_in, attempt(code_id, wrong), clock.now())
        await all_at_once([guess] * GUESSES)
        sql = "SELECT tries FROM sign_in_code WHERE id = $1"
        return int(await database.fetchval(sql, code_id))

    async def test_five_tries_are_five_however_fast(self, clock: FixedClock) -> None:
        assert await self.guessed(clock) == 5

    @pytest.mark.control_of("TestOneCode::test_five_tries_are_five_however_fast")
    async def test_would_be_fewer_if_they_were_read_before_they_are_written(
        self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        everybody_has_looked = asyncio.Barrier(GUESSES)

        async def look_then_count(code_id: UUID, *_: object) -> None:
            sql = "SELECT tries FROM sign_in_code WHERE id = $1"
            tries = await current().fetchval(sql, code_id)
            await everybody_has_looked.wait()
            sql = "UPDATE sign_in_code SET tries = $2 WHERE id = $1"
            await current().execute(sql, code_id, tries + 1)

        monkeypatch.setattr(
            import_module("services.identity.sign_in"), "spend_code", look_then_count
        )
        assert await self.guessed(clock) == 1


async def two_sign_ins(clock: FixedClock, redis: Redis) -> list[Callable[[], Awaitable[object]]]:
    """One new phone, on two devices."""
    phone = new_phone()
    codes = []
    for _ in range(2):
        codes.append(await ask_for_code(phone, clock.now()))
        await redis.flushall()
    return [partial(identity.sign_in, attempt(*code), clock.now()) for code in codes]


@pytest.mark.control_of("test_one_phone_makes_one_account")
async def test_without_the_constraint_one_phone_makes_two(
    clock: FixedClock, redis: Redis, worker: Worker
) -> None:
    mine, others = await two_sign_ins(clock, redis)
    making = "INSERT INTO person (id, phone,"
    guard = "ON CONFLICT ON CONSTRAINT person_one_per_phone DO NOTHING"
    async with without_index(worker, "person_one_per_phone"):
        with without(guard, of=making), overtaken(by=others, before=making) as other:
            here = await mine()
    assert isinstance(here, SignedIn)
    assert isinstance(other.outcome, SignedIn)
    assert here.person_id != other.outcome.person_id


async def test_one_phone_makes_one_account(clock: FixedClock, redis: Redis) -> None:
    outcomes = await all_at_once(await two_sign_ins(clock, redis))
    people = {one.person_id for one in outcomes if isinstance(one, SignedIn)}
    assert len(outcomes) == 2
    assert len(people) == 1


class TestOneDocument:
    async def test_belongs_to_one_account(self, clock: FixedClock) -> None:
        people = [await signed_in(new_phone(), clock.now()) for _ in range(RUSH)]
        name = RealName(name="张三", id_type="resident_id", id_number=new_resident_id())
        outcomes = await all_at_once(
            partial(identity.register_real_name, citizen_actor(each.person_id), name, clock.now())
            for each in people
        )
        assert sum(isinstance(one, UUID) for one in outcomes) == 1
        assert sum(isinstance(one, DocumentRefused) for one in outcomes) == RUSH - 1

    @pytest.mark.control_of("TestOneDocument::test_belongs_to_one_account")
    @pytest.mark.parametrize(
        ("guarded", "met"), [(True, [None, "person_one_per_id_number"]), (False, [None, None])]
    )
    async def test_because_of_the_constraint(
        self, worker: Worker, guarded: bool, met: list[str | None]
    ) -> None:
        """Both look, find it free, and write: what an application without the constraint does."""
        async with throw_away_database(worker, "documents") as name:
            two = [await worker.run.postgres.connect(name) for _ in range(2)]
            if not guarded:
                drop = "ALTER TABLE person DROP CONSTRAINT person_one_per_id_number"
                await two[0].execute(drop)
            for connection in two:
                assert await connection.fetchval("SELECT count(*) FROM person") == 0
            assert [await claim(connection) for connection in two] == met
            for connection in two:
                await connection.close()


async def claim(connection: "asyncpg.Connection[asyncpg.Record]") -> str | None:
    """Write a person with the one document; the constraint that was met, if any."""
    try:
        await connection.execute(
            """
            INSERT INTO person (id, id_type, id_number, id_number_index, name, language,
                                created_at, real_name_at)
            VALUES (gen_random_uuid(), 'passport_cn', '', 'index', '', 'en', now(), now())
            """
        )
    except asyncpg.UniqueViolationError as error:
        return error.constraint_name
    return None


@pytest.mark.control_of("test_one_authenticator_code_signs_in_once")
async def test_without_lock_and_comparison_it_signs_in_twice(clock: FixedClock) -> None:
    account = await enrolled_staff(clock.now())
    password = StaffPassword(username=account.username, password=PASSWORD, address=ADDRESS)
    step = await identity.check_password(password, clock.now())
    later = clock.now().replace(minute=clock.now().minute + 1)
    use = partial(identity.second_factor, factor(step, totp(account.secret, later)), later)
    lock = "SELECT * FROM staff WHERE id = $1"
    with (
        without("FOR UPDATE", of=lock),
        without("AND totp_last_step < $2", of="UPDATE staff SET totp_last_step"),
        overtaken(by=use, after=lock) as other,
    ):
        mine = await use()
    assert isinstance(mine, UUID)
    assert isinstance(other.outcome, UUID)


async def test_one_authenticator_code_signs_in_once(clock: FixedClock) -> None:
    account = await enrolled_staff(clock.now())
    password = StaffPassword(username=account.username, password=PASSWORD, address=ADDRESS)
    step = await identity.check_password(password, clock.now())
    later = clock.now().replace(minute=clock.now().minute + 1)
    use = partial(identity.second_factor, factor(step, totp(account.secret, later)), later)
    outcomes = await all_at_once([use] * 3)
    assert sum(isinstance(one, UUID) for one in outcomes) == 1
    assert sum(isinstance(one, SecondFactorRefused) for one in outcomes) == 2


@pytest.mark.control_of("test_wrong_passwords_are_all_counted")
async def test_without_the_lock_only_the_sum_in_one_statement_counts_them_all(
    clock: FixedClock,
) -> None:
    account = await enrolled_staff(clock.now())
    wrong = StaffPassword(username=account.username, password="wrong wrong", address=ADDRESS)
    guess = partial(identity.check_password, wrong, clock.now())
    lock, counting = "SELECT * FROM staff WHERE id = $1", "SET failed_tries = failed_tries + 1"
    with (
        without("FOR UPDATE", of=lock),
        # What code does that adds to the number which it has read before.
        without("failed_tries + 1 WHERE", of=counting, instead="1 WHERE"),
        overtaken(by=guess, after=lock),
        suppress(DomainError),
    ):
        await guess()
    failed = await database.fetchval("SELECT failed_tries FROM staff WHERE id = $1", account.id)
    assert failed == 1


async def test_wrong_passwords_are_all_counted(clock: FixedClock) -> None:
    account = await enrolled_staff(clock.now())
    wrong = StaffPassword(username=account.username, password="wrong wrong", address=ADDRESS)
    await all_at_once([partial(identity.check_password, wrong, clock.now())] * 4)
    failed = await database.fetchval("SELECT failed_tries FROM staff WHERE id = $1", account.id)
    assert failed == 4
