"""What every answer says about safety, also those that no route made."""

import httpx
import pytest

from services.kernel.clock import FixedClock
from services.kernel.settings import Environment, Settings
from web.app import create_app


@pytest.mark.parametrize("path", ["/dev/styleguide", "/nothing", "/api/v1/nothing", "/healthz"])
async def test_every_answer_is_guarded(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "camera=()" in headers["permissions-policy"]
    assert "geolocation=(self)" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


async def test_over_https_browsers_are_told_to_stay(
    settings: Settings, clock: FixedClock, database: object, redis: object
) -> None:
    del database, redis
    secure = settings.model_copy(
        update={
            "environment": Environment.PRODUCTION,
            "base_url": "https://hall.test",
            "mailbox_dir": None,
        }
    )
    transport = httpx.ASGITransport(
        app=create_app(secure, clock)  # type: ignore[arg-type]  # as in conftest
    )
    async with httpx.AsyncClient(transport=transport, base_url="https://hall.test") as client:
        answer = await client.get("/healthz?lang=en")
        styleguide = await client.get("/dev/styleguide")

    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "Secure" in answer.headers["set-cookie"]
    assert styleguide.status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/dev/styleguide", "/nothing"])
async def test_head_says_what_get_says_without_the_body(
    client: httpx.AsyncClient, path: str
) -> None:
    head, whole = await client.head(path), await client.get(path)

    assert head.status_code == whole.status_code
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.content == b""


async def test_a_request_keeps_the_plain_number_that_the_proxy_gave(
    client: httpx.AsyncClient,
) -> None:
    kept = await client.get("/healthz", headers={"X-Request-ID": "abc-123_DEF"})
    made = await client.get("/healthz", headers={"X-Request-ID": "a b<script>"})

    assert kept.headers["x-request-id"] == "abc-123_DEF"
    assert made.headers["x-request-id"].isalnum()
