"""Two phones want one person, who keeps the one that came first; agreeing to what is taken back."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from services import appointments, identity
from services.identity import (
    CompanionUnknown,
    DocumentRefused,
    JoiningRefused,
    Maker,
    MemberDetails,
    RealName,
    Role,
    joining,
)
from services.identity.states import IdType
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import NotFound, Unavailable
from services.kernel.ids import new_id
from tests.bookings import held, open_hall, slots
from tests.harness.run import Worker
from tests.people import (
    citizen_actor,
    named_person,
    new_phone,
    new_resident_id,
    signed_in,
    staff_actor,
)
from tests.races.guards import overtaken, without
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")
UNGUARDED = joining._UNCLAIMED.replace("AND phone_index IS NULL", "")
SUPERVISOR = staff_actor(new_id(), RoleAt(Role.SUPERVISOR))


async def member(now: datetime) -> tuple[UUID, MemberDetails]:
    """Somebody whom a firm has registered."""
    details = MemberDetails(
        name="张三",
        id_type=IdType.RESIDENT_ID,
        id_number=new_resident_id(),
        phone=new_phone(),
    )
    [person_id] = await identity.register_members([details], now)
    return person_id, details


def named(details: MemberDetails) -> RealName:
    return RealName(name=details.name, id_type=details.id_type, id_number=details.id_number)


async def test_one_account_joins_once(clock: FixedClock) -> None:
    now = clock.now()
    person_id, details = await member(now)
    right = citizen_actor((await signed_in(details.phone, now)).person_id)
    other = citizen_actor((await signed_in(new_phone(), now)).person_id)
    outcomes = await all_at_once(
        partial(identity.register_real_name, actor, named(details), now)
        for actor in (right, right, other)
    )
    assert outcomes.count(person_id) == 1
    refused = [one for one in outcomes if one != person_id]
    assert all(isinstance(one, NotFound | DocumentRefused) for one in refused)
    assert (await identity.contact(person_id)).phone == details.phone


async def anybody(_person: UUID, _maker: Maker) -> bool:
    """Vouches for whoever asks: what is shown here has to hold without it."""
    return True


async def companion(now: datetime) -> tuple[UUID, RealName]:
    """Somebody whom a citizen books for."""
    details = RealName(name="李奶奶", id_type="resident_id", id_number=new_resident_id())
    citizen = citizen_actor(await named_person(now))
    return await identity.add_companion(citizen, details, now), details


async def two_accounts_want(
    person_id: UUID, details: RealName, now: datetime
) -> tuple[list[object], set[UUID]]:
    """The outcome of each, and the accounts that have joined."""
    accounts = [citizen_actor((await signed_in(new_phone(), now)).person_id) for _ in range(2)]
    outcomes = await all_at_once(
        partial(identity.register_real_name, one, details, now, anybody) for one in accounts
    )
    rows = await database.fetch("SELECT account_id FROM account_joining")
    assert (await identity.contact(person_id)).phone is not None
    return outcomes, {row["account_id"] for row in rows}


@pytest.mark.parametrize("looks", [True, False])
async def test_two_accounts_join_one_record_once(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch, looks: bool
) -> None:
    """The look at the phone under the lock refuses the second; without it, the constraint does."""
    now = clock.now()
    person_id, details = await companion(now)
    if not looks:
        monkeypatch.setattr(joining, "_UNCLAIMED", UNGUARDED)
    outcomes, joined = await two_accounts_want(person_id, details, now)
    assert outcomes.count(person_id) == 1
    assert sum(isinstance(one, DocumentRefused | JoiningRefused) for one in outcomes) == 1
    assert len(joined) == 1


@pytest.mark.control_of(
    "test_two_accounts_join_one_record_once",
    "test_one_account_joins_once",
)
async def test_it_takes_one_of_the_two_guards(
    worker: Worker, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without either, the second account takes the record from the first."""
    now = clock.now()
    person_id, details = await companion(now)
    monkeypatch.setattr(joining, "_UNCLAIMED", UNGUARDED)
    superuser = await worker.run.postgres.connect(database=worker.database)
    try:
        await superuser.execute("ALTER TABLE account_joining DROP CONSTRAINT account_joining_once")
        outcomes, joined = await two_accounts_want(person_id, details, now)
        assert outcomes == [person_id, person_id]
        assert len(joined) == 2
    finally:
        await superuser.execute(
            "DELETE FROM account_joining;"
            "ALTER TABLE account_joining ADD CONSTRAINT account_joining_once UNIQUE (person_id)"
        )
        await superuser.close()


@pytest.mark.control_of("test_whoever_was_given_a_phone_at_the_counter_keeps_it")
@pytest.mark.parametrize("guarded", [True, False])
async def test_whoever_was_given_a_phone_at_the_counter_keeps_it(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the look at the phone under the lock, the account takes the person over."""
    now = clock.now()
    person_id, details = await companion(now)
    phone, own = new_phone(), new_phone()
    account = citizen_actor((await signed_in(phone, now)).person_id)
    if not guarded:
        monkeypatch.setattr(joining, "_UNCLAIMED", UNGUARDED)
    await identity.move_phone(SUPERVISOR, person_id, own, now)
    try:
        await identity.register_real_name(account, details, now, anybody)
    except (DocumentRefused, JoiningRefused):
        assert guarded
    assert (await identity.contact(person_id)).phone == (own if guarded else phone)


@pytest.mark.no_race("the order of locks, which has no guard to take out")
async def test_a_hold_in_another_tab_and_joining_do_not_block_each_other(
    clock: FixedClock,
) -> None:
    """Holding has the account's row shared and wants its old hold; joining wants both."""
    now = clock.now()
    await open_hall(now)
    [first, second] = await slots(now=now)
    person_id, details = await companion(now)
    account = citizen_actor((await signed_in(new_phone(), now)).person_id)
    await held(account, first.id, now=now)
    outcomes = await all_at_once(
        [
            partial(identity.register_real_name, account, details, now, anybody),
            partial(held, account, second.id, now=now),
        ]
    )
    assert not any(isinstance(one, Unavailable) for one in outcomes)
    assert person_id in outcomes or isinstance(outcomes[1], appointments.HeldSeat)


AGREEING = "UPDATE companion SET agreed_at"
STATE = " AND place IS NOT NULL AND agreed_at IS NULL"
TakenBack = Callable[[Actor, Actor, datetime], Awaitable[None]]


async def removed(citizen: Actor, person: Actor, now: datetime) -> None:
    """The citizen asks no more."""
    await identity.remove_companion(citizen, person.person_id(), now)


async def refused(citizen: Actor, person: Actor, now: datetime) -> None:
    """The person says no in another tab."""
    await identity.refuse_booker(person, citizen.person_id(), now)


async def asked(now: datetime) -> tuple[Actor, Actor]:
    """A citizen who asks, and the person with an account who is asked."""
    person = citizen_actor((await signed_in(new_phone(), now)).person_id)
    details = RealName(name="李奶奶", id_type="resident_id", id_number=new_resident_id())
    await identity.register_real_name(person, details, now)
    citizen = citizen_actor(await named_person(now))
    await identity.add_companion(citizen, details, now)
    return citizen, person


@pytest.mark.parametrize("taken_back", [removed, refused])
async def test_what_is_taken_back_is_not_agreed_to(
    clock: FixedClock, taken_back: TakenBack
) -> None:
    now = clock.now()
    citizen, person = await asked(now)
    deed = partial(taken_back, citizen, person, now)
    with overtaken(by=deed, before=AGREEING), pytest.raises(CompanionUnknown):
        await identity.agree_to_booker(person, citizen.person_id(), now)
    assert not await identity.companions(citizen)


@pytest.mark.control_of("test_what_is_taken_back_is_not_agreed_to")
async def test_without_the_state_only_the_constraint_stands_against_it(clock: FixedClock) -> None:
    now = clock.now()
    citizen, person = await asked(now)
    deed = partial(refused, citizen, person, now)
    with (
        without(STATE, of=AGREEING),
        overtaken(by=deed, before=AGREEING),
        pytest.raises(asyncpg.CheckViolationError, match="companion_refused_is_not_agreed"),
    ):
        await identity.agree_to_booker(person, citizen.person_id(), now)
