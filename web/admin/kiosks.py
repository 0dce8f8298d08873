"""/admin/kiosks: the devices that give out numbers. A link makes one; shutting out ends it."""

from datetime import datetime
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from msgspec import Struct

from services import catalog, queue
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.errors import Conflict, DomainError
from services.kernel.i18n import N_
from services.kernel.settings import settings
from web.common.flash import Tone, redirect
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.qr import qr_svg
from web.common.rendering import AnyRequest
from web.common.staff_places import ADMINISTRATION

PATH = "/admin/kiosks"
SHUT_OUT = N_("The kiosk gives out no more numbers.")
SHUT_OUT_BEFORE = N_("The kiosk was shut out already.")


class KioskForm(Struct):
    """A new kiosk."""

    office: str = ""
    label: str = ""


class Link(Struct, frozen=True):
    """What is told once: the link that makes a device the kiosk, and its code for a camera."""

    address: str
    code: Markup


async def _context(actor: Actor, now: datetime, link: Link | None = None) -> dict[str, object]:
    return {
        "kiosks": await queue.kiosks(actor),
        "offices": {office.code: office for office in await catalog.offices()},
        "may_change": actor.has_role(Role.ADMINISTRATOR),
        "link": link,
        "at": now,
    }


@get(PATH, guards=[staff(*ADMINISTRATION.roles)])
async def show_kiosks(actor: CurrentActor, now: Now) -> Response[bytes]:
    """Every kiosk, and the form for another."""
    return fresh("admin/kiosks.html", form=KioskForm(), **await _context(actor, now))


@post(PATH, guards=[staff(Role.ADMINISTRATOR)], status_code=200)
async def create_kiosk(
    request: AnyRequest, actor: CurrentActor, now: Now, data: URLEncodedBody[KioskForm]
) -> Response[bytes]:
    """Make a kiosk. The answer is the page itself: the link is shown this once."""
    try:
        made = await queue.create_kiosk(actor, data.office, data.label, now)
    except DomainError as error:
        context = await _context(actor, now)
        return refused(request, "admin/kiosks.html", error, form=data, **context)
    address = f"{settings().base_url}/kiosk/setup?key={made.setup_key}"
    context = await _context(actor, now, Link(address, qr_svg(address)))
    return fresh("admin/kiosks.html", form=KioskForm(), **context)


@post(f"{PATH}/{{kiosk_id:uuid}}/revoke", guards=[staff(Role.ADMINISTRATOR)])
async def revoke_kiosk(actor: CurrentActor, kiosk_id: FromPath[UUID], now: Now) -> Redirect:
    """Shut a device out."""
    try:
        await queue.revoke_kiosk(actor, kiosk_id, now)
    except Conflict:
        return redirect(PATH, SHUT_OUT_BEFORE, Tone.INFO)
    return redirect(PATH, SHUT_OUT)


HANDLERS = (show_kiosks, create_kiosk, revoke_kiosk)
