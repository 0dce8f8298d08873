"""The development stand-in for a partner's server: keeps what comes, and says if it is ours."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.exceptions import NotFoundException
from msgspec import Struct

from services.kernel.settings import Settings
from web.common.csrf import NO_TOKEN
from web.common.rendering import AnyRequest, Page, page

SHOWN = 50
LARGEST = 20_000


class DemoPartner(Struct, frozen=True, kw_only=True):
    """The platform that `banshi seed` made: its key, and the secret of its webhook."""

    name: str
    key: str
    secret: str


class CaughtWebhook(Struct, frozen=True, kw_only=True):
    """A message as it came; `genuine` if its signature holds."""

    id: str
    at: datetime
    genuine: bool
    body: str

    @property
    def pretty(self) -> str:
        """The body as people read it."""
        return json.dumps(json.loads(self.body), ensure_ascii=False, indent=2)


def partner_file(settings: Settings) -> Path:
    """Where the seed leaves the platform's key: beside the mailbox, which production has not."""
    return _folder(settings) / "partner.json"


def demo_partner(settings: Settings) -> DemoPartner | None:
    """The demonstration's platform, if it was seeded."""
    file = partner_file(settings)
    return msgspec.json.decode(file.read_bytes(), type=DemoPartner) if file.exists() else None


@post(
    "/dev/webhooks",
    status_code=204,
    opt={
        "public": "development only, where a partner's server would be",
        NO_TOKEN: "a program that signs what it sends calls it",
    },
)
async def take_webhook(request: Request[Any, Any, Any]) -> None:
    """Keep a message, whether its signature holds or not."""
    settings: Settings = request.app.state.settings
    body = await request.body()
    partner = demo_partner(settings)
    if len(body) > LARGEST or partner is None or not _is_json(body):
        raise NotFoundException
    headers = {name: request.headers.get(f"webhook-{name}", "") for name in _HEADERS}
    caught = CaughtWebhook(
        id=headers["id"][:60],
        at=datetime.now(UTC),
        genuine=_genuine(partner.secret, headers, body),
        body=body.decode(),
    )
    await asyncio.to_thread(_keep, _folder(settings) / "webhooks", caught)


@get("/dev/webhooks", opt={"public": "development only"})
async def show_webhooks(request: AnyRequest) -> Page:
    """What came, newest first."""
    settings: Settings = request.app.state.settings
    found = await asyncio.to_thread(lambda: list(_read(_folder(settings) / "webhooks")))
    return page("dev/webhooks.html", caught=found, partner=demo_partner(settings))


_HEADERS = ("id", "timestamp", "signature")


def _folder(settings: Settings) -> Path:
    if settings.mailbox_dir is None:
        raise NotFoundException
    return settings.mailbox_dir


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def _genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As docs/partners.md tells a partner to check it, but for the clock."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['id']}.{headers['timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["signature"].split())


def _keep(folder: Path, caught: CaughtWebhook) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{time.time_ns()}.json").write_bytes(msgspec.json.encode(caught))


def _read(folder: Path) -> Iterator[CaughtWebhook]:
    for path in sorted(folder.glob("*.json"), reverse=True)[:SHOWN]:
        yield msgspec.json.decode(path.read_bytes(), type=CaughtWebhook)


HANDLERS = (take_webhook, show_webhooks)
