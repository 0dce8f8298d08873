"""The statistics page and its files."""

import csv
import io
import zipfile

import httpx
import pytest

from services import queue
from services.identity import Role
from services.kernel.actor import RoleAt
from services.kernel.clock import FixedClock
from tests.bookings import NOW, OFFICE
from tests.people import enrolled_staff
from tests.queues import MORNING, later, open_morning, seated, walk_in, windows
from tests.web.visitor import Visitor

PATH = "/staff/figures"


@pytest.fixture
async def supervisor(client: httpx.AsyncClient, clock: FixedClock) -> Visitor:
    """The supervisor of a hall in which one number was served this morning."""
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    await walk_in(actor, MORNING)
    called = await queue.call_next(actor, window.id, later(12))
    assert called is not None
    await queue.start(actor, called.id, later(12))
    await queue.finish(actor, called.id, later(20))
    account = await enrolled_staff(NOW, RoleAt(Role.SUPERVISOR, OFFICE))
    clock.moment = later(30)
    visitor = Visitor(client, clock)
    await visitor.staff_sign_in(account.username, account.secret)
    return visitor


@pytest.mark.parametrize(("language", "words"), [("zh_CN", "等候中位数"), ("en", "Wait, median")])
async def test_the_page(supervisor: Visitor, language: str, words: str) -> None:
    page = await supervisor.get(PATH, lang=language)
    assert page.status_code == 200
    assert words in page.text
    assert "12" in page.text
    assert "heat-5" in page.text


async def test_days_without_anything_say_so(supervisor: Visitor) -> None:
    page = await supervisor.get(PATH, lang="en", first="2025-01-06", last="2025-01-10")
    assert "Nothing happened in these days" in page.text


@pytest.mark.parametrize(
    "query", [{"first": "yesterday"}, {"first": "2025-07-08", "last": "2025-07-01"}]
)
async def test_wrong_days_stay_in_the_form(supervisor: Visitor, query: dict[str, str]) -> None:
    page = await supervisor.get(PATH, **query)
    assert page.status_code == 422
    assert "field-error" in page.text
    assert f'value="{query["first"]}"' in page.text


async def test_the_csv_file_opens_in_a_spreadsheet(supervisor: Visitor) -> None:
    answer = await supervisor.get(f"{PATH}.csv", lang="en")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert ["Queue"] in rows
    assert ["All windows", "1", "1", "0", "0", "0", "12.0", "12.0", "8.0", "8.0"] in rows
    assert "attachment" in answer.headers["content-disposition"]


async def test_the_workbook_has_a_sheet_a_table(supervisor: Visitor) -> None:
    answer = await supervisor.get(f"{PATH}.xlsx", lang="en")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert b"Unmet demand" in book.read("xl/workbook.xml")
        assert len([name for name in book.namelist() if "worksheets/" in name]) == 5


async def test_another_hall_is_not_theirs(supervisor: Visitor) -> None:
    assert (await supervisor.get(PATH, office="chiping")).status_code == 403
