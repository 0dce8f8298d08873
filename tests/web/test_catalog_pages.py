"""The catalogue's pages, as an anonymous visitor sees them."""

import httpx
import pytest

from services import catalog
from web.catalog.views import GROUP_BOOKING

pytestmark = pytest.mark.usefixtures("catalogue")

ENGLISH = {"Accept-Language": "en"}
HTMX = {"HX-Request": "true"}


async def test_the_start_page_offers_search_lines_and_halls(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert 'action="/items"' in page.text
    for line in catalog.Line:
        assert f'href="/items?line={line}"' in page.text
    assert 'href="/book"' in page.text
    assert 'href="/track"' in page.text
    assert "东昌府区公安办事大厅" in page.text


async def test_every_link_of_the_start_page_to_an_item_leads_somewhere(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/")
    links = {part.partition('"')[0] for part in page.text.split('href="/items/')[1:]}
    assert links
    assert links <= {item.code for item in await catalog.items()}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_item_and_office_has_its_page(client: httpx.AsyncClient, language: str) -> None:
    for item in await catalog.items():
        page = await client.get(f"/items/{item.code}", headers={"Accept-Language": language})
        assert page.status_code == 200, item.code
        title = item.title.en if language == "en" else item.title.zh
        assert title in page.text
        leads_to_times = item.bookable and item.code != GROUP_BOOKING
        assert (f'href="/book?item={item.code}"' in page.text) is leads_to_times
    for office in await catalog.offices():
        page = await client.get(f"/offices/{office.code}", headers={"Accept-Language": language})
        assert page.status_code == 200, office.code
        assert f'href="tel:{office.phone.replace("-", "")}"' in page.text


@pytest.mark.parametrize("address", [f"/items/{GROUP_BOOKING}", "/items?line=firm", "/"])
async def test_firms_find_where_to_book_for_a_group(
    client: httpx.AsyncClient, address: str
) -> None:
    assert 'href="/firm"' in (await client.get(address)).text


async def test_an_item_answers_in_one_glance(client: httpx.AsyncClient) -> None:
    page = (await client.get("/items/licence-renewal")).text
    for words in ("1 个工作日", "10 元", "约 10 分钟", "身体条件证明", "可后补", "道路交通安全法"):
        assert words in page


async def test_uncertain_figures_say_whose_word_counts(client: httpx.AsyncClient) -> None:
    assert "以窗口公布为准" in (await client.get("/items/taiwan-permit")).text
    assert "以窗口公布为准" not in (await client.get("/items/plates-reissue")).text


async def test_search_finds_without_javascript_and_with(client: httpx.AsyncClient) -> None:
    page = await client.get("/items", params={"q": "补办身份证"})
    first = page.text.partition('href="/items/')[2].partition('"')[0]
    assert first == "id-card-replace"
    piece = await client.get("/items", params={"q": "补办身份证"}, headers=HTMX)
    assert piece.text.lstrip().startswith("<nav")
    assert "<html" not in piece.text
    assert "HX-Request" in piece.headers["vary"]


async def test_filters_stay_with_the_search(client: httpx.AsyncClient) -> None:
    page = await client.get("/items", params={"q": "护照", "line": "exit_entry", "mode": "mailed"})
    assert page.status_code == 200
    assert 'name="line" value="exit_entry"' in page.text
    assert 'name="mode" value="mailed"' in page.text


async def test_empty_filters_of_a_plain_form_mean_all(client: httpx.AsyncClient) -> None:
    page = await client.get("/items", params={"q": "", "line": "", "mode": ""})
    assert page.status_code == 200
    assert page.text.count('href="/items/') == 39


async def test_nothing_found_offers_another_way(client: httpx.AsyncClient) -> None:
    page = await client.get("/items", params={"q": "宇宙飞船"}, headers=ENGLISH)
    assert page.status_code == 200
    assert "Nothing found" in page.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/items?line=kitchen", 422),
        ("/items?mode=flying", 422),
        ("/items/no-such-item", 404),
        ("/offices/atlantis", 404),
        ("/items?q=%00", 400),
        ("/items?q=%ff", 400),
        (f"/items?q={'a' * 5000}", 200),
        ("/items?q=%3Cscript%3Ealert(1)%3C/script%3E", 200),
    ],
)
async def test_bad_input_is_answered_calmly(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    page = await client.get(path)
    assert page.status_code == status
    assert "<script>alert" not in page.text


async def test_an_office_tells_how_it_stands_today(client: httpx.AsyncClient) -> None:
    # The clock of the tests shows Monday 7 July 2025, 09:00.
    chinese = (await client.get("/offices/donge")).text
    assert "营业至 11:30" in chinese or "开放至 11:30" in chinese
    english = (await client.get("/offices/donge", headers=ENGLISH)).text
    assert "Open until 11:30" in english
    assert "Window 1" in english


async def test_open_halls_come_first(client: httpx.AsyncClient) -> None:
    page = await client.get("/offices", headers=ENGLISH)
    assert page.text.count("Open until") == 8
