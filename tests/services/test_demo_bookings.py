"""The demonstration has times to book whenever somebody tries it, and adds nothing twice."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from banshi.demo import appointments as demo
from banshi.demo import closures as demo_closures
from banshi.demo import identity as demo_identity
from banshi.demo import visits as demo_visits
from services import appointments
from services.kernel import database
from services.kernel.clock import local_date
from services.kernel.settings import Settings
from tests.bookings import ITEM, OFFICE
from web.dev.sign_ins import sign_ins_file

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

SUNDAY_EVENING = datetime(2025, 7, 6, 11, 20, tzinfo=UTC)
WORKED_SATURDAY_NIGHT = datetime(2025, 10, 11, 12, 20, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2025, 7, 7, 15, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _few_people(
    catalogue: "asyncpg.Connection[asyncpg.Record]",
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A small town; and the list of its staff outlives the transaction that they are made in."""
    await catalogue.execute("UPDATE office SET active = false WHERE code <> $1", OFFICE)
    sign_ins_file(settings).unlink(missing_ok=True)
    monkeypatch.setattr(demo_identity, "PEOPLE", 120)


async def figures() -> tuple[int, ...]:
    counts = [
        await database.fetchval(f"SELECT count(*) FROM {table}")
        for table in ("schedule", "slot", "appointment", "person")
    ]
    return tuple(counts)


@pytest.mark.parametrize("now", [SUNDAY_EVENING, WORKED_SATURDAY_NIGHT])
async def test_there_is_a_time_soon(now: datetime) -> None:
    await demo_identity.seed(now)
    await demo.seed(now)
    today = local_date(now)
    found = await appointments.availability(OFFICE, ITEM, today, today, now)
    soon = [slot for slot in found if slot.starts_at <= now + timedelta(hours=4)]
    assert any(slot.left for slot in soon)
    assert any(slot.left < slot.capacity for slot in soon)
    once = await figures()
    await demo.seed(now)
    assert await figures() == once
    waiting = "SELECT count(*) FROM outbox_event WHERE topic LIKE 'appointments.%' AND status = $1"
    assert await database.fetchval(waiting, "pending") == 0
    assert await database.fetchval(waiting, "done") == once[2]


async def test_people_wait_for_a_day_that_is_full() -> None:
    await demo_identity.seed(SUNDAY_EVENING)
    await demo.seed(SUNDAY_EVENING)
    rows = await database.fetch(
        "SELECT e.id, e.item_code, e.first_day, o.office_code"
        " FROM waitlist_entry e JOIN waitlist_office o ON o.entry_id = e.id ORDER BY e.created_at"
    )
    assert len(rows) == 4
    where = rows[0]["office_code"], rows[0]["item_code"], rows[0]["first_day"]
    slots = await appointments.availability(*where, where[2], SUNDAY_EVENING)
    assert slots
    assert not any(slot.left for slot in slots)


async def test_shortly_before_midnight_the_next_day_has_to_do() -> None:
    await demo_identity.seed(BEFORE_MIDNIGHT)
    await demo.seed(BEFORE_MIDNIGHT)
    found = await appointments.next_free(ITEM, BEFORE_MIDNIGHT)
    assert local_date(found[OFFICE].starts_at) > local_date(BEFORE_MIDNIGHT)


async def test_a_window_and_a_line_are_closed_once() -> None:
    now = SUNDAY_EVENING
    await demo_identity.seed(now)
    await demo.add_schedules(now)
    await appointments.generate_slots(now)
    for _ in range(2):
        await demo_closures.seed(now)
    kinds = await database.fetch("SELECT kind FROM schedule_exception ORDER BY kind")
    assert [row["kind"] for row in kinds] == ["closed", "window"]


async def test_a_family_a_group_and_a_long_visit_are_arranged_once() -> None:
    now = WORKED_SATURDAY_NIGHT
    await demo_identity.seed(now)
    await demo.seed(now)
    for _ in range(2):
        await demo_visits.seed(now)
    kinds = await database.fetch("SELECT kind FROM party ORDER BY kind")
    assert [row["kind"] for row in kinds] == ["family", "firm"]
    assert await database.fetchval("SELECT count(*) FROM seat WHERE extra_of IS NOT NULL") >= 1
