"""Two devices that open one link in one instant: one becomes the kiosk. The control first."""

import asyncio
from functools import partial
from uuid import UUID

import pytest

from services import catalog, queue
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.unit_of_work import unit_of_work
from services.queue import NewKiosk, OpenedKiosk, SetupLinkSpent
from tests.bookings import NOW, OFFICE
from tests.people import new_staff, staff_actor
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

DEVICES = 5


async def link() -> NewKiosk:
    """A link that waits for its device."""
    await catalog.sync(NOW)
    held = RoleAt("administrator")
    administrator = staff_actor(await new_staff(NOW, held), held)
    return await queue.create_kiosk(administrator, OFFICE, "正门", NOW)


async def look_then_open(kiosk_id: UUID, token: bytes) -> bool:
    """Open as code that looks before it writes would; whether the device thinks it is the kiosk."""
    async with unit_of_work() as uow:
        waits = await uow.fetchval("SELECT opened_at IS NULL FROM kiosk WHERE id = $1", kiosk_id)
        if not waits:
            return False
        await asyncio.sleep(0.05)  # the other device has the page open as well
        await uow.execute(
            "UPDATE kiosk SET setup_digest = NULL, token_digest = $2, opened_at = $3 WHERE id = $1",
            kiosk_id,
            token,
            NOW,
        )
        return True


@pytest.mark.control_of(
    "test_one_device_becomes_the_kiosk_and_the_others_hear_that_the_link_is_spent"
)
async def test_code_that_looks_first_tells_several_devices_that_they_are_the_kiosk() -> None:
    made = await link()
    outcomes = await all_at_once(
        partial(look_then_open, made.kiosk.id, bytes([device])) for device in range(DEVICES)
    )
    assert sum(one is True for one in outcomes) > 1


async def test_one_device_becomes_the_kiosk_and_the_others_hear_that_the_link_is_spent() -> None:
    made = await link()
    outcomes = await all_at_once([partial(queue.open_kiosk, made.setup_key, NOW)] * DEVICES)
    [opened] = [one for one in outcomes if isinstance(one, OpenedKiosk)]
    assert sum(isinstance(one, SetupLinkSpent) for one in outcomes) == DEVICES - 1
    assert await queue.kiosk_of(opened.token) is not None
    noted = await database.fetchval(
        "SELECT count(*) FROM audit_record WHERE action = 'queue.kiosk_opened'"
    )
    assert noted == 1
