"""The catalogue's interface."""

import httpx
import pytest

pytestmark = pytest.mark.usefixtures("catalogue")

ENGLISH = {"Accept-Language": "en"}
CHINESE = {"Accept-Language": "zh-CN"}


async def test_items_page_by_page(client: httpx.AsyncClient) -> None:
    codes: list[str] = []
    cursor = None
    for _ in range(10):
        params = {"limit": "10"} | ({"cursor": cursor} if cursor else {})
        answer = (await client.get("/api/v1/items", params=params)).json()
        codes += [item["code"] for item in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert len(codes) == len(set(codes)) == 39
    assert codes[0] == "id-card-first"


async def test_items_by_line_category_mode_and_words(client: httpx.AsyncClient) -> None:
    async def codes(**params: str) -> list[str]:
        answer = await client.get("/api/v1/items", params={"limit": "100", **params})
        assert answer.status_code == 200, answer.text
        return [item["code"] for item in answer.json()["items"]]

    assert len(await codes(category="firm")) == 4
    assert await codes(category="passport") == [
        "passport-first",
        "passport-renew",
        "passport-replace",
    ]
    assert "firm-pass" not in await codes(mode="booked")
    assert (await codes(q="renew passport"))[0] == "passport-renew"
    assert await codes(q="驾照", category="exit_entry") == []


async def test_one_item_in_the_language_asked_for(client: httpx.AsyncClient) -> None:
    english = (await client.get("/api/v1/items/id-card-replace", headers=ENGLISH)).json()
    assert english["title"] == "Replace a lost or damaged resident ID card"
    assert english["line"] == "household"
    assert english["bookable"] is True
    assert english["limit"] == {
        "number": 60,
        "unit": "calendar_days",
        "extra_remote": 30,
        "confirmed": True,
        "note": None,
    }
    assert [fee["fen"] for fee in english["fees"]] == [4000, 4000]
    assert english["materials"][0]["may_be_supplied_later"] is True
    chinese = (await client.get("/api/v1/items/id-card-replace", headers=CHINESE)).json()
    assert chinese["title"] == "居民身份证丢失补领、损坏换领"


async def test_offices_and_one_office(client: httpx.AsyncClient) -> None:
    offices = (await client.get("/api/v1/offices", headers=ENGLISH)).json()
    assert offices["next_cursor"] is None
    assert len(offices["items"]) == 8
    assert offices["items"][0]["open"] is True
    assert offices["items"][0]["closes_at"] == "12:00:00"
    office = (await client.get("/api/v1/offices/donge", headers=ENGLISH)).json()
    assert office["name"] == "Dong'e Police Service Hall"
    assert office["today"][0] == {"opens": "08:30:00", "closes": "11:30:00"}
    assert [window["number"] for window in office["windows"]] == [1, 2, 3, 4]
    assert len(office["week"]) == 5


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/items/nothing", 404, "item_unknown"),
        ("/api/v1/offices/nowhere", 404, "office_unknown"),
        ("/api/v1/items?category=kitchen", 422, "invalid_input"),
        ("/api/v1/items?mode=flying", 422, "invalid_input"),
        ("/api/v1/items?limit=0", 422, "invalid_input"),
        ("/api/v1/items?limit=1000", 422, "invalid_input"),
        ("/api/v1/items?limit=soon", 422, "invalid_input"),
        ("/api/v1/items?cursor=abc", 422, "invalid_input"),
        (f"/api/v1/items?q={'a' * 300}", 422, "invalid_input"),
        ("/api/v1/offices?cursor=WyJhdGxhbnRpcyJd", 422, "invalid_input"),
    ],
)
async def test_refusals_are_problems(
    client: httpx.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"] == code
