"""Staff in every role and some citizens; the terminal and /dev/sign-ins show how to be them."""

from datetime import date, datetime, timedelta

import msgspec
import pyotp
from stdnum.cn import ric

from banshi.demo import SignIn
from services import identity
from services.identity import (
    CreateStaff,
    RegisterByStaff,
    Role,
    SecondFactor,
    StaffPassword,
)
from services.kernel.actor import SYSTEM, Actor, ActorKind, RoleAt
from services.kernel.settings import settings
from services.kernel.unit_of_work import unit_of_work
from web.dev.sign_ins import DemoStaff, sign_ins_file

PASSWORD = "demo-spring-hall"  # noqa: S105 - printed at every start of the demonstration
HALL = "dongchangfu"
STAFF: tuple[tuple[str, str, tuple[RoleAt, ...]], ...] = (
    ("clerk", "王敏", (RoleAt(Role.CLERK, HALL),)),
    ("clerk2", "赵强", (RoleAt(Role.CLERK, HALL),)),
    ("clerk3", "马超", (RoleAt(Role.CLERK, HALL),)),
    ("supervisor", "刘芳", (RoleAt(Role.SUPERVISOR, HALL),)),
    ("operator", "孙丽", (RoleAt(Role.TELEPHONE_OPERATOR),)),
    ("passes", "周杰", (RoleAt(Role.PASS_OFFICER),)),
    ("admin", "陈静", (RoleAt(Role.ADMINISTRATOR),)),
    ("auditor", "吴涛", (RoleAt(Role.AUDITOR),)),
)
SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN_NAMES = ("伟", "秀英", "建国", "桂兰", "晓明", "婷婷", "志强", "雪", "海涛", "玉梅")
PEOPLE = 240
CITIZEN_PHONE = "13900000001"

SIGN_INS = [
    SignIn("citizen", "/sign-in", CITIZEN_PHONE, "the code arrives at /dev/mailbox"),
    *(
        SignIn(username, "/staff/sign-in", username, f"{PASSWORD} + code at /dev/sign-ins")
        for username, _, _ in STAFF
    ),
    SignIn("partner", "/api/docs", "a platform's key", "at /dev/sign-ins"),
]


async def seed(now: datetime) -> None:
    """Add the staff that are missing, then the citizens."""
    # An authenticator's code is good once: enrolling a minute ago leaves the present one unspent.
    enrolled_at = now - timedelta(minutes=1)
    known = _read()
    for username, display_name, roles in STAFF:
        if username not in {entry.username for entry in known}:
            known.append(await _add_staff(username, display_name, roles, enrolled_at))
            _write(known)
    await citizens(now)


async def citizens(now: datetime) -> list[Actor]:
    """Everybody who may book, registered where they are missing, in one transaction."""
    clerk = await _clerk()
    async with unit_of_work():
        found = [
            await identity.register_by_staff(clerk, person(number), now)
            for number in range(1, PEOPLE + 1)
        ]
    return [Actor(kind=ActorKind.CITIZEN, id=one.person_id) for one in found]


async def _add_staff(
    username: str, display_name: str, roles: tuple[RoleAt, ...], now: datetime
) -> DemoStaff:
    staff_id = await identity.create_staff(
        SYSTEM,
        CreateStaff(username=username, display_name=display_name, password=PASSWORD, roles=roles),
        now,
    )
    step = await identity.check_password(
        StaffPassword(username=username, password=PASSWORD, address="demonstration"), now
    )
    secret = (await identity.enrolment(staff_id)).secret
    enrolled = await identity.confirm_enrolment(
        SecondFactor(
            staff_id=step.staff_id,
            epoch=step.epoch,
            code=pyotp.TOTP(secret).at(now),
            address="demonstration",
            device="banshi seed",
        ),
        now,
    )
    await identity.end_session(enrolled.session_id, now)
    return DemoStaff(
        username=username,
        display_name=display_name,
        roles=[held.role for held in roles],
        password=PASSWORD,
        second_factor=secret,
    )


async def _clerk() -> Actor:
    clerk = await identity.staff_by_username("clerk")
    return Actor(kind=ActorKind.STAFF, id=clerk.id, roles=clerk.roles)


def person(number: int) -> RegisterByStaff:
    """The demonstration's citizen of that number, 1 to PEOPLE; nobody real has these numbers."""
    born = date(1930 + number % 75, 1 + number % 12, 1 + number % 28)
    body = f"371502{born:%Y%m%d}{number:03d}"
    return RegisterByStaff(
        name=SURNAMES[number % 10] + GIVEN_NAMES[number // 10 % 10],
        id_type=identity.IdType.RESIDENT_ID,
        id_number=body + ric.calc_check_digit(body + "0"),
        phone=f"139{number:08d}",
    )


def _read() -> list[DemoStaff]:
    file = sign_ins_file(settings())
    return msgspec.json.decode(file.read_bytes(), type=list[DemoStaff]) if file.exists() else []


def _write(accounts: list[DemoStaff]) -> None:
    sign_ins_file(settings()).write_bytes(msgspec.json.encode(accounts))
