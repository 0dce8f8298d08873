"""The demonstration's sign-ins, with the code that an authenticator would show now."""

from datetime import datetime
from pathlib import Path

import msgspec
import pyotp
from litestar import get
from litestar.exceptions import NotFoundException
from msgspec import Struct

from services import identity, queue
from services.kernel.settings import Settings
from web.common.rendering import AnyRequest, Page, page
from web.dev.webhooks import demo_partner

STEP_SECONDS = 30


class DemoStaff(Struct, frozen=True, kw_only=True):
    """A staff account that `banshi seed` made, and what a person needs to sign in as them."""

    username: str
    display_name: str
    roles: list[str]
    password: str
    second_factor: str

    def code(self, now: datetime) -> str:
        """The six digits of this half minute."""
        return pyotp.TOTP(self.second_factor).at(now)

    def role_names(self) -> list[str]:
        """What the roles are called, as msgids."""
        return [identity.ROLE_NAMES[identity.Role(role)] for role in self.roles]


def sign_ins_file(settings: Settings) -> Path:
    """Where the seed leaves the accounts: beside the mailbox, which production has not."""
    if settings.mailbox_dir is None:
        raise NotFoundException
    return settings.mailbox_dir / "sign-ins.json"


def kiosk_link_file(settings: Settings) -> Path:
    """Where the seed leaves the key of a kiosk's set-up link."""
    return sign_ins_file(settings).with_name("kiosk-link.txt")


@get("/dev/sign-ins", opt={"public": "development only"}, include_in_schema=False)
async def show_sign_ins(request: AnyRequest) -> Page:
    """Who one can be, and how."""
    file = sign_ins_file(request.app.state.settings)
    staff = msgspec.json.decode(file.read_bytes(), type=list[DemoStaff]) if file.exists() else []
    now = request.app.state.clock.now()
    return page(
        "dev/sign_ins.html",
        staff=staff,
        partner=demo_partner(request.app.state.settings),
        kiosk_key=await _kiosk_key(request.app.state.settings, now),
        seconds_left=STEP_SECONDS - int(now.timestamp()) % STEP_SECONDS,
    )


async def _kiosk_key(settings: Settings, now: datetime) -> str | None:
    file = kiosk_link_file(settings)
    if not file.exists():
        return None
    key = file.read_text()
    try:
        await queue.waiting_kiosk(key, now)
    except queue.SetupLinkSpent:
        return None
    return key
