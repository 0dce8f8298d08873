"""Makes people and staff the way they come about: through the area's own operations."""

import itertools
from datetime import datetime
from uuid import UUID

import pyotp
from msgspec import Struct
from stdnum.cn import ric

from services import identity
from services.identity import (
    CreateStaff,
    RealName,
    RequestCode,
    SecondFactor,
    SignedIn,
    SignIn,
    StaffPassword,
)
from services.kernel.actor import SYSTEM, Actor, ActorKind, RoleAt

ADDRESS = "203.0.113.7"
DEVICE = "Chrome · Android"
PASSWORD = "correct horse battery"
STEP_SECONDS = 30

_numbers = itertools.count(1)


class StaffAccount(Struct, frozen=True, kw_only=True):
    """A member of staff who has enrolled, and what a test needs to sign in as them."""

    id: UUID
    username: str
    secret: str
    recovery_codes: tuple[str, ...]
    session_id: UUID


def new_phone() -> str:
    """A well-formed mobile number that no other test person has."""
    return f"139{next(_numbers):08d}"


def new_resident_id() -> str:
    """A well-formed resident ID number of Dongchangfu that no other test person has."""
    serial = next(_numbers)
    body = f"371502{1950 + serial // 1000 % 50}0315{serial % 1000:03d}"
    return body + ric.calc_check_digit(body + "0")


def citizen_actor(person_id: UUID) -> Actor:
    """What the edge passes on for a signed-in citizen."""
    return Actor(kind=ActorKind.CITIZEN, id=person_id)


def staff_actor(staff_id: UUID, *roles: RoleAt) -> Actor:
    """What the edge passes on for signed-in staff."""
    return Actor(kind=ActorKind.STAFF, id=staff_id, roles=roles)


async def ask_for_code(phone: str, now: datetime) -> tuple[UUID, str]:
    """A code as it reaches the phone: its key and its digits."""
    sent = await identity.request_sign_in_code(
        RequestCode(phone=phone, address=ADDRESS, language="zh_CN"), now
    )
    message = await identity.sign_in_message(sent.id)
    assert message is not None
    return sent.id, message.code


async def signed_in(phone: str, now: datetime) -> SignedIn:
    """A citizen who has just signed in."""
    code_id, code = await ask_for_code(phone, now)
    return await identity.sign_in(
        SignIn(code_id=code_id, code=code, address=ADDRESS, device=DEVICE), now
    )


async def named_person(now: datetime, *, name: str = "张三", phone: str | None = None) -> UUID:
    """A citizen with a real name."""
    person = await signed_in(phone or new_phone(), now)
    await identity.register_real_name(
        citizen_actor(person.person_id),
        RealName(name=name, id_type="resident_id", id_number=new_resident_id()),
        now,
    )
    return person.person_id


async def new_staff(now: datetime, *roles: RoleAt, username: str | None = None) -> UUID:
    """A staff account that nobody has signed in to yet."""
    return await identity.create_staff(
        SYSTEM,
        CreateStaff(
            username=username or f"clerk{next(_numbers)}",
            display_name="王敏",
            password=PASSWORD,
            roles=roles or (RoleAt("clerk", "dongchangfu"),),
        ),
        now,
    )


async def enrolled_staff(now: datetime, *roles: RoleAt) -> StaffAccount:
    """Staff who have enrolled their second factor and are signed in."""
    staff_id = await new_staff(now, *roles)
    username = (await identity.staff_member(staff_id)).username
    step = await identity.check_password(
        StaffPassword(username=username, password=PASSWORD, address=ADDRESS), now
    )
    secret = (await identity.enrolment(staff_id)).secret
    enrolled = await identity.confirm_enrolment(factor(step, totp(secret, now)), now)
    return StaffAccount(
        id=staff_id,
        username=username,
        secret=secret,
        recovery_codes=enrolled.recovery_codes,
        session_id=enrolled.session_id,
    )


def factor(step: identity.StaffStep, code: str) -> SecondFactor:
    """The second step of a staff sign-in."""
    return SecondFactor(
        staff_id=step.staff_id, epoch=step.epoch, code=code, address=ADDRESS, device=DEVICE
    )


def totp(secret: str, now: datetime) -> str:
    """What an authenticator shows at `now`."""
    return pyotp.TOTP(secret).at(now)
