"""Two phones want one person: the person keeps the one that came first."""

from datetime import datetime
from functools import partial
from uuid import UUID

import pytest

from services import identity
from services.identity import MemberDetails, RealName, RegisteredByOther, Role, joining
from services.identity.errors import IdNumberTakenByPhone
from services.identity.states import IdType
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from tests.people import citizen_actor, new_phone, new_resident_id, signed_in, staff_actor
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")
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
    assert all(
        isinstance(one, NotFound | RegisteredByOther | IdNumberTakenByPhone) for one in refused
    )
    assert (await identity.contact(person_id)).phone == details.phone


@pytest.mark.parametrize("guarded", [True, False])
async def test_whoever_was_given_another_phone_before_keeps_it(
    clock: FixedClock, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the look at the phone under the lock, the account takes the person over."""
    now = clock.now()
    person_id, details = await member(now)
    account = citizen_actor((await signed_in(details.phone, now)).person_id)
    own = new_phone()
    if not guarded:
        known = joining._UNCLAIMED
        unguarded = known.replace(
            "phone_index IS NULL AND given_phone_index = $3", "$3::bytea <> ''"
        )
        monkeypatch.setattr(joining, "_UNCLAIMED", unguarded)
    await identity.move_phone(SUPERVISOR, person_id, own, now)
    try:
        await identity.register_real_name(account, named(details), now)
    except IdNumberTakenByPhone:
        assert guarded
    expected = own if guarded else details.phone
    assert (await identity.contact(person_id)).phone == expected
