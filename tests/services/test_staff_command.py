"""`banshi staff`, as an administrator types it."""

from pathlib import Path

import pytest

from services import identity
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import NotFound
from tests.harness.run import Worker
from tests.people import PASSWORD

pytestmark = pytest.mark.usefixtures("committed_database")


@pytest.fixture
def password_file(tmp_path: Path) -> str:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return str(file)


async def test_an_account_from_its_making_to_its_end(
    worker: Worker, password_file: str, clock: FixedClock
) -> None:
    made = ["create", "wang.min", "--name", "王敏", "--role", "clerk:dongchangfu"]
    worker.banshi("staff", *made, "--password-file", password_file)
    member = await identity.staff_by_username("wang.min")
    assert member.display_name == "王敏"
    assert member.roles == (RoleAt("clerk", "dongchangfu"),)

    worker.banshi("staff", "set-roles", "wang.min", "--role", "auditor")
    assert (await identity.staff_member(member.id)).roles == (RoleAt("auditor"),)
    worker.banshi("staff", "reset-totp", "wang.min")
    worker.banshi("staff", "reset-password", "wang.min", "--password-file", password_file)
    worker.banshi("staff", "deactivate", "wang.min")
    assert (await identity.staff_member(member.id)).deactivated_at
    assert "wang.min\t王敏\tdeactivated" in worker.banshi("staff", "list")


async def test_the_password_may_come_from_standard_input(
    worker: Worker, password_file: str
) -> None:
    make = ["create", "auditor1", "--name", "吴涛", "--role", "auditor", "--password-file", "-"]
    worker.banshi("staff", *make, stdin=Path(password_file))
    assert (await identity.staff_by_username("auditor1")).roles == (RoleAt("auditor"),)


@pytest.mark.parametrize(
    ("username", "role", "complaint"),
    [
        ("Wang", "auditor", "A username is"),
        ("wang.min", "boss", "is no role"),
        ("wang.min", "clerk:atlantis", "no such office"),
        ("correct", "auditor", "must not contain the username"),
    ],
)
async def test_what_will_not_do_is_said(
    worker: Worker, password_file: str, username: str, role: str, complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        worker.banshi(
            *("staff", "create", username, "--name", "王敏", "--role", role),
            *("--password-file", password_file),
        )
    with pytest.raises(NotFound):
        await identity.staff_by_username(username)


async def test_a_password_is_no_argument(worker: Worker) -> None:
    with pytest.raises(AssertionError, match="No such option"):
        worker.banshi("staff", "create", "wang.min", "--password", PASSWORD)
