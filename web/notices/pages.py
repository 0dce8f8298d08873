"""/my/notices: what was sent to a citizen, and what became of it."""

from datetime import datetime
from uuid import UUID

from litestar import get
from litestar.params import FromQuery
from msgspec import Struct

from services import appointments, catalog, notices
from services.notices import Notice
from web.common.guards import CurrentActor, citizen
from web.common.pagination import DEFAULT_LIMIT, key_position, listing
from web.common.rendering import Page, page


class Group(Struct, frozen=True, kw_only=True):
    """An appointment, and what was sent about it, newest first."""

    notices: list[Notice]
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
        groups=await _groups(shown.items),
        next_cursor=shown.next_cursor,
        cursor=cursor,
        kinds=notices.KIND_NAMES,
        channels=notices.CHANNEL_NAMES,
        reasons=notices.REASON_TEXTS,
    )


async def _groups(found: list[Notice]) -> list[Group]:
    by_subject: dict[UUID, list[Notice]] = {}
    for notice in found:
        by_subject.setdefault(notice.subject_id, []).append(notice)
    about = await appointments.appointments_by_id(by_subject)
    groups = []
    for subject_id, told in by_subject.items():
        appointment = about[subject_id]
        item = await catalog.item(appointment.item_code)
        groups.append(
            Group(
                notices=told,
                reference=appointment.reference,
                item=item.title,
                starts_at=appointment.starts_at,
            )
        )
    return groups


HANDLERS = (show_notices,)
