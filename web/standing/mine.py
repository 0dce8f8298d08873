"""/my/standing: what counts against a citizen at present, a pause, and their appeal."""

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog
from services.appointments import Standing
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rendering import AnyRequest

ADDRESS = "/my/standing"
WRITTEN = N_("Your appeal is with the hall. We tell you as soon as it is answered.")


class AppealForm(Struct):
    """Why the pause is not right."""

    words: str = ""


async def _context(found: Standing) -> dict[str, object]:
    offices = {one.code: one for one in await catalog.offices()}
    return {
        "found": found,
        "offices": offices,
        "titles": {
            one.item_code: (await catalog.item(one.item_code)).title
            for one in (*found.counted, *found.led_to)
        },
    }


@get(ADDRESS, guards=[citizen])
async def show_standing(actor: CurrentActor, now: Now) -> Response[bytes]:
    """Everything that counts, and what it leads to."""
    found = await appointments.standing(actor, now)
    return fresh("standing/mine.html", words="", **await _context(found))


@post(f"{ADDRESS}/appeal", guards=[citizen], status_code=303)
async def write_appeal(
    request: AnyRequest, data: URLEncodedBody[AppealForm], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """Send an appeal to the hall where the pause arose."""
    try:
        await appointments.write_appeal(actor, data.words, now)
    except DomainError as error:
        found = await appointments.standing(actor, now)
        context = await _context(found)
        return refused(request, "standing/mine.html", error, words=data.words, **context)
    return flash.redirect(ADDRESS, WRITTEN)


HANDLERS = (show_standing, write_appeal)
