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


class Subject(Struct, frozen=True, kw_only=True):
    """The appointment that notices speak of."""

    reference: str
    item: catalog.Text
    starts_at: datetime


class Group(Struct, frozen=True, kw_only=True):
    """What was sent about an appointment, or about the booking rules: newest first."""

    notices: list[Notice]
    about: Subject | None


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
        appointment = about.get(subject_id)
        groups.append(
            Group(notices=told, about=await _subject(appointment) if appointment else None)
        )
    return groups


async def _subject(appointment: appointments.Appointment) -> Subject:
    item = await catalog.item(appointment.item_code)
    return Subject(
        reference=appointment.reference, item=item.title, starts_at=appointment.starts_at
    )


HANDLERS = (show_notices,)
