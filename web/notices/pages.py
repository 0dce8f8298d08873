"""/my/notices: what was sent to a citizen, and what became of it."""

from datetime import datetime
from uuid import UUID

from litestar import get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog, identity, notices
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.notices import Notice
from web.common import flash
from web.common.guards import CurrentActor, Now, citizen
from web.common.pagination import DEFAULT_LIMIT, key_position, listing
from web.common.rendering import Page, page

ON, OFF = "yes", "no"
YES_OR_NO = N_("Please answer with yes or no.")
REMINDED = N_("We remind you the day before and two hours before your appointments.")
NOT_REMINDED = N_("We do not remind you any more. Confirmations and changes still reach you.")

ABOUT_WAITING = frozenset(
    {
        notices.Kind.WAITLIST_OFFERED,
        notices.Kind.WAITLIST_WITHDRAWN,
        notices.Kind.WAITLIST_OVER,
    }
)


class RemindersForm(Struct):
    """Whether one wants to be reminded."""

    wanted: str = ""


class Subject(Struct, frozen=True, kw_only=True):
    """What notices speak of: an appointment, or a place that was offered."""

    href: str
    item: catalog.Text
    starts_at: datetime | None


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
        reminders=(await identity.contact(actor.person_id())).reminders,
    )


async def _groups(found: list[Notice]) -> list[Group]:
    by_subject: dict[UUID, list[Notice]] = {}
    for notice in found:
        by_subject.setdefault(notice.subject_id, []).append(notice)
    about = await appointments.appointments_by_id(by_subject)
    groups = []
    for subject_id, told in by_subject.items():
        groups.append(Group(notices=told, about=await _subject(about.get(subject_id), told)))
    return groups


async def _subject(
    appointment: appointments.Appointment | None, told: list[Notice]
) -> Subject | None:
    """What is spoken of; None for one's standing, which has a page of its own."""
    if appointment is not None:
        item_code, starts_at = appointment.item_code, appointment.starts_at
        return Subject(
            href=f"/my/appointments/{appointment.reference}",
            item=(await catalog.item(item_code)).title,
            starts_at=starts_at,
        )
    if told[0].kind not in ABOUT_WAITING:
        return None
    entry = await appointments.waitlist_entry(told[0].subject_id)
    return Subject(
        href=f"/my/waitlist/{entry.id}",
        item=(await catalog.item(entry.item_code)).title,
        starts_at=entry.offer.starts_at if entry.offer else None,
    )


@post("/my/notices/reminders", guards=[citizen], status_code=303)
async def set_reminders(
    data: URLEncodedBody[RemindersForm], actor: CurrentActor, now: Now
) -> Redirect:
    """Turn reminders on or off."""
    if data.wanted not in (ON, OFF):
        raise InvalidInput(FieldError("wanted", "unknown", YES_OR_NO))
    wanted = data.wanted == ON
    await identity.set_reminders(actor, wanted, now)
    return flash.redirect("/my/notices", REMINDED if wanted else NOT_REMINDED)


HANDLERS = (show_notices, set_reminders)
