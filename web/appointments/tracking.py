"""Looking an appointment up without signing in."""

from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from msgspec import Struct

from services import appointments, catalog
from services.kernel.errors import DomainError
from web.appointments import addresses
from web.appointments.slips import slip_code
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public
from web.common.rate_limits import client_address
from web.common.rendering import AnyRequest

ANYONE = "the reference and the end of the phone number are asked for instead"


class TrackForm(Struct):
    """What somebody who is not signed in knows of an appointment."""

    reference: str = ""
    phone_tail: str = ""


@get(addresses.TRACK, opt=public(ANYONE))
async def ask(reference: FromQuery[str] = "") -> Response[bytes]:
    """The form; a scanned slip brings its reference along."""
    return fresh("booking/track.html", form=TrackForm(reference=reference[:20]))


@post(addresses.TRACK, opt=public(ANYONE), status_code=200)
async def look_up(
    request: AnyRequest, data: URLEncodedBody[TrackForm], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """The appointment, without a name; in the answer itself, so that no address holds the proof."""
    try:
        found = await appointments.track(
            actor, data.reference, data.phone_tail, client_address(request), now
        )
    except DomainError as error:
        return refused(request, "booking/track.html", error, form=data)
    return fresh(
        "booking/tracked.html",
        appointment=found,
        item=await catalog.item(found.item_code),
        further=[await catalog.item(code) for code in found.further_items],
        office=await catalog.office(found.office_code),
        code=slip_code(found) if found.active else None,
    )


HANDLERS = (ask, look_up)
