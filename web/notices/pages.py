"""/my/notices: what was sent to a citizen, and what became of it."""

from datetime import datetime

from litestar import get
from litestar.params import FromQuery
from msgspec import Struct

from services import appointments, catalog, notices
from services.notices import Notice
from web.common.guards import CurrentActor, citizen
from web.common.pagination import DEFAULT_LIMIT, key_position, listing
from web.common.rendering import Page, page


class Line(Struct, frozen=True, kw_only=True):
    """A notice, and the appointment that it speaks of."""

    notice: Notice
    reference: str
    item: catalog.Text
    starts_at: datetime


@get("/my/notices", guards=[citizen])
async def show_notices(actor: CurrentActor, cursor: FromQuery[str | None] = None) -> Page:
    """One's own notices, newest first."""
    found = await notices.mine(actor, key_position(cursor), DEFAULT_LIMIT + 1)
    shown = listing(found, DEFAULT_LIMIT, keys=[(str(notice.id),) for notice in found])
    return page(
        "notices/mine.html",
        lines=await _lines(shown.items),
        next_cursor=shown.next_cursor,
        cursor=cursor,
        kinds=notices.KIND_NAMES,
        channels=notices.CHANNEL_NAMES,
        reasons=notices.REASON_TEXTS,
    )


async def _lines(found: list[Notice]) -> list[Line]:
    about = await appointments.appointments_by_id({notice.subject_id for notice in found})
    lines = []
    for notice in found:
        appointment = about[notice.subject_id]
        item = await catalog.item(appointment.item_code)
        lines.append(
            Line(
                notice=notice,
                reference=appointment.reference,
                item=item.title,
                starts_at=appointment.starts_at,
            )
        )
    return lines


HANDLERS = (show_notices,)
