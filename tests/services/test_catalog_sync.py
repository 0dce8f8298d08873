"""The files in PostgreSQL: once, again, and after a change."""

import shutil
from datetime import date, time
from pathlib import Path

import asyncpg
import pytest

from services import catalog
from services.catalog.source import DATA
from services.kernel import database
from services.kernel.actor import Actor, ActorKind, RoleAt
from services.kernel.clock import FixedClock
from services.kernel.errors import Forbidden
from services.kernel.ids import new_id

pytestmark = pytest.mark.usefixtures("database")

ADMINISTRATOR = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("administrator"),))
CLERK = Actor(kind=ActorKind.STAFF, id=new_id(), roles=(RoleAt("clerk", "donge"),))
CLOSED = catalog.Text(zh="临时停电", en="Power cut")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA, tmp_path / "catalogue")
    return tmp_path / "catalogue"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


async def count(table: str) -> int:
    number: int = await database.fetchval(f"SELECT count(*) FROM {table}")
    return number


async def test_a_second_sync_writes_nothing(clock: FixedClock) -> None:
    for table in ("window_line", "office_window", "opening_period", "office", "item"):
        await database.fetchval(f"DELETE FROM {table}")
    first = await catalog.sync(clock.now())
    assert (first.items, first.offices) == (39, 8)
    assert first.written > 200
    again = await catalog.sync(clock.now())
    assert again.written == 0
    assert await count("item") == 39
    assert await count("audit_record WHERE action = 'catalog.synced'") == 1


async def test_what_the_files_say_is_what_one_reads(clock: FixedClock) -> None:
    await catalog.sync(clock.now())
    assert await catalog.items() == catalog.read_catalogue().items
    offices = await catalog.offices()
    assert [office.code for office in offices][:2] == ["dongchangfu", "chiping"]
    assert offices[0].lines == tuple(catalog.Line)
    windows = await catalog.office_windows("dongchangfu")
    assert [window.number for window in windows] == list(range(1, 9))
    assert windows[0].lines == (catalog.Line.HOUSEHOLD,)
    assert await catalog.window(windows[3].id) == windows[3]


async def test_an_item_that_the_files_drop_stays_readable_but_cannot_be_booked(
    clock: FixedClock, folder: Path
) -> None:
    await catalog.sync(clock.now(), folder)
    (folder / "items/vehicle/temporary-plate.yaml").unlink()
    assert (await catalog.sync(clock.now(), folder)).written == 1
    assert "temporary-plate" not in {item.code for item in await catalog.items()}
    withdrawn = await catalog.item("temporary-plate")
    assert withdrawn.title.en == "Temporary number plate"
    assert not withdrawn.bookable
    assert "temporary-plate" not in {item.code for item in await catalog.search_items("临牌")}


async def test_a_window_keeps_its_id_while_it_keeps_its_number(
    clock: FixedClock, folder: Path
) -> None:
    await catalog.sync(clock.now(), folder)
    before = {window.number: window for window in await catalog.office_windows("donge")}
    edit(
        folder / "offices.yaml",
        "      - number: 4\n        name:\n          zh_CN: 车驾管窗口",
        "      - number: 9\n        name:\n          zh_CN: 车驾管窗口",
    )
    edit(folder / "offices.yaml", "lines: [household]", "lines: [household, firm]")
    await catalog.sync(clock.now(), folder)
    after = {window.number: window for window in await catalog.office_windows("dongchangfu")}
    assert sorted(after) == [1, 2, 3, 5, 6, 7, 8, 9]
    assert after[1].lines == (catalog.Line.HOUSEHOLD, catalog.Line.FIRM)
    assert {w.number: w for w in await catalog.office_windows("donge")} == before


async def test_changed_hours_replace_the_old_ones(clock: FixedClock, folder: Path) -> None:
    await catalog.sync(clock.now(), folder)
    edit(folder / "offices.yaml", 'opens: "08:30"', 'opens: "08:00"')
    await catalog.sync(clock.now(), folder)
    week = await catalog.weekly_hours("dongchangfu")
    assert week[1][0] == catalog.Period(time(8), time(12))
    assert sorted(week) == [1, 2, 3, 4, 5, 6]


async def test_an_administrators_exception_outlives_a_sync(clock: FixedClock, folder: Path) -> None:
    await catalog.sync(clock.now(), folder)
    command = catalog.SetOpeningException(
        office_code="donge", day=date(2026, 12, 31), note=CLOSED, periods=()
    )
    await catalog.set_opening_exception(ADMINISTRATOR, command, clock.now())
    edit(
        folder / "offices.yaml",
        "zh_CN: 年终系统升级，下午暂停办理",
        "zh_CN: 年终盘点，下午暂停办理",
    )
    await catalog.sync(clock.now(), folder)
    year_end = date(2026, 12, 31)
    [kept] = await catalog.exceptions("donge", year_end, year_end)
    assert (kept.note, kept.periods) == (CLOSED, ())
    [changed] = await catalog.exceptions("dongchangfu", year_end, year_end)
    assert changed.note.zh.startswith("年终盘点")


async def test_exceptions_that_the_files_drop_are_gone(clock: FixedClock, folder: Path) -> None:
    await catalog.sync(clock.now(), folder)
    path = folder / "offices.yaml"
    edit(path, "day: 2027-01-02", "day: 2027-01-03")
    await catalog.sync(clock.now(), folder)
    days = [
        one.day
        for one in await catalog.exceptions("dongchangfu", date(2027, 1, 1), date(2027, 1, 9))
    ]
    assert days == [date(2027, 1, 3)]


async def test_only_administrators_decide_about_days(clock: FixedClock) -> None:
    await catalog.sync(clock.now())
    with pytest.raises(Forbidden):
        await catalog.set_calendar_day(
            CLERK,
            catalog.SetCalendarDay(day=date(2027, 2, 6), working=True, note="notice of 2027"),
            clock.now(),
        )
    with pytest.raises(Forbidden):
        await catalog.set_opening_exception(
            CLERK,
            catalog.SetOpeningException(
                office_code="donge", day=date(2027, 2, 6), note=CLOSED, periods=()
            ),
            clock.now(),
        )


async def test_periods_that_overlap_are_refused_by_the_database(clock: FixedClock) -> None:
    await catalog.sync(clock.now())
    day = date(2025, 7, 8)
    periods = (catalog.Period(time(9), time(12)), catalog.Period(time(11), time(14)))
    with pytest.raises(catalog.PeriodsWrong):
        await catalog.set_opening_exception(
            ADMINISTRATOR,
            catalog.SetOpeningException(office_code="donge", day=day, note=CLOSED, periods=periods),
            clock.now(),
        )
    assert await catalog.exceptions("donge", day, day) == ()


async def test_an_unknown_office_is_refused(clock: FixedClock) -> None:
    await catalog.sync(clock.now())
    with pytest.raises(catalog.OfficeUnknown):
        await catalog.set_opening_exception(
            ADMINISTRATOR,
            catalog.SetOpeningException(
                office_code="atlantis", day=date(2025, 7, 8), note=CLOSED, periods=()
            ),
            clock.now(),
        )
    with pytest.raises(catalog.OfficeUnknown):
        await catalog.opening_periods("atlantis", date(2025, 7, 8))
    with pytest.raises(catalog.OfficeUnknown):
        await catalog.office_windows("atlantis")
    with pytest.raises(catalog.WindowUnknown):
        await catalog.window(new_id())
    with pytest.raises(catalog.ItemUnknown):
        await catalog.item("atlantis")


async def test_the_ordinary_week_cannot_overlap(
    clock: FixedClock, database: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await catalog.sync(clock.now())
    add = """
        INSERT INTO opening_period (id, office_code, weekday, opens, closes)
        VALUES ($1, 'donge', $2, $3, $4)
    """
    await database.execute(add, new_id(), 7, time(9), time(12))
    await database.execute(add, new_id(), 7, time(12), time(13))
    with pytest.raises(asyncpg.ExclusionViolationError):
        await database.execute(add, new_id(), 7, time(11, 59), time(12, 30))
