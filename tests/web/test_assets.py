"""Browser files: only the named ones, cached for good, and none from anywhere else."""

import gzip
import re

import httpx
import pytest

from web.common.assets import STATIC, WEB, assets
from web.common.bundles import BUNDLED


async def test_every_file_that_a_page_names_is_there(client: httpx.AsyncClient) -> None:
    source = (await client.get("/dev/styleguide")).text
    named = re.findall(r'(?:href|src)="(/assets/[^"]+)"', source)

    answers = [await client.get(address) for address in named]

    assert len(named) > 5
    assert all(answer.status_code == 200 for answer in answers)
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert not re.findall(r'(?:href|src)="(?:https?:|//)', source)


async def test_what_every_page_needs_comes_in_one_sheet_and_one_script() -> None:
    files = {path.name: path.read_bytes() for path in STATIC.glob("*/*")}

    sheet, script = (assets().find(BUNDLED, name) for name in ("page.css", "page.js"))

    assert sheet is not None
    assert script is not None
    assert sheet.content.index(files["tokens.css"]) < sheet.content.index(files["base.css"])
    assert files["countdown.js"] in script.content
    assert not re.search(rb"^\s*(?:import|export)\b", script.content, re.MULTILINE)
    assert b"@import" not in sheet.content


@pytest.mark.parametrize(
    ("device", "wants"),
    [
        ("Mozilla/5.0 (Linux; Android 9; HUAWEI) Chrome/120.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Safari/604.1", False),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0", False),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0", True),
    ],
)
async def test_only_devices_without_chinese_type_are_sent_to_it(
    client: httpx.AsyncClient, device: str, *, wants: bool
) -> None:
    page = (await client.get("/items", headers={"User-Agent": device})).text

    assert ("/noto-sans-sc/" in page) is wants


async def test_another_version_gives_the_present_file_to_be_asked_for_again(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/assets/app/0123456789ab/css/tokens.css")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, no-cache"


async def test_an_unchanged_file_is_not_sent_again(client: httpx.AsyncClient) -> None:
    address = assets().address("app/css/tokens.css")
    first = await client.get(address)

    again = await client.get(address, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert again.content == b""


async def test_text_is_sent_compressed_once(client: httpx.AsyncClient) -> None:
    address = assets().address("app/css/cards.css")
    request = client.build_request("GET", address, headers={"Accept-Encoding": "gzip"})

    answer = await client.send(request, stream=True)
    raw = b"".join([part async for part in answer.aiter_raw()])

    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw).startswith(b"/*")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/app/x/../../app.py",
        "/assets/app/x/..%2f..%2fapp.py",
        "/assets/app/x/css/%2e%2e/%2e%2e/common/assets.py",
        "/assets/htmx/x/htmx.esm.js",
        "/assets/nothing/x/a.css",
        "/assets/noto-sans-sc/x/package.json",
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code in {400, 404}


def test_the_lock_names_no_registry() -> None:
    lock = (WEB / "package-lock.json").read_text(encoding="utf-8")

    assert "resolved" not in lock
    assert "http" not in re.sub(r'"funding": \{.*?\}', "", lock, flags=re.DOTALL)
