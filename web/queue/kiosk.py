"""The kiosk of a hall: whoever comes takes a number there, with an appointment or without one.

Every page works by plain links and forms. Nothing personal is shown: whoever shows a slip, one's
own or another's, sees a number and how long it takes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import catalog, queue
from services.catalog import Item, ItemUnknown, Line
from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_
from services.kernel.ids import REFERENCE_ALPHABET
from services.kernel.settings import settings
from services.kernel.translations import translate
from services.queue import (
    CheckIn,
    LineNotServed,
    Priority,
    SlipUsed,
    SlipVoid,
    Ticket,
    TicketStatus,
    UnknownSlip,
    WalkIn,
)
from web.common.guards import Now, public
from web.common.preferences import preferences
from web.common.qr import qr_svg
from web.common.rate_limits import limited
from web.common.rendering import AnyRequest, Page, page
from web.queue.devices import (
    KIOSK_LIMIT,
    NotThisKiosk,
    acting_kiosk,
    kiosk_at,
    kiosk_cookie,
)
from web.queue.outlooks import estimate_of

DEVICE = public("asked by a device of the hall, which each page knows by a token of its own")
SETUP = "/kiosk/setup"
LongReference = Annotated[str, Meta(max_length=2000)]

# What a clerk reads otherwise. A used slip without its number: whose ticket another's slip became
# is nobody's business.
WORDS: Mapping[type[DomainError], str] = {
    SlipUsed: N_("This slip has been used already. If that was not you, please speak to a clerk."),
    UnknownSlip: N_(
        "We found no appointment with this reference. Please check it, or take a number without"
        " an appointment."
    ),
    SlipVoid: N_("This appointment does not stand any more. You can take a number instead."),
    LineNotServed: N_("This is not done in this line. Please start again and choose another line."),
    ItemUnknown: N_("This is not done in this line. Please start again and choose another line."),
}


class SetupKey(Struct, frozen=True):
    """The key of a link."""

    key: Annotated[str, Meta(max_length=100)]


class Slip(Struct, frozen=True):
    """What was scanned or typed."""

    reference: LongReference = ""


class Business(Struct, frozen=True):
    """What somebody without an appointment wants."""

    line: Line
    item: Annotated[str, Meta(max_length=100)] = ""
    priority: Priority = Priority.NORMAL


@get("/kiosk", opt=public("says how a kiosk is set up"), include_in_schema=False)
async def how_to_set_up() -> Page:
    """What a device without a token is told."""
    return page("kiosk/how.html", problem=None)


@get(
    SETUP,
    opt=public("the link that an administrator made; its key is 256 random bits"),
    guards=[limited(KIOSK_LIMIT)],
    include_in_schema=False,
)
async def ask_before_setup(
    request: AnyRequest, now: Now, key: FromQuery[str | None] = None
) -> Page | Redirect:
    """The link opened: one press makes this device the kiosk. Looking at it spends nothing."""
    if not key:
        return Redirect("/kiosk", status_code=303)
    try:
        kiosk = await queue.waiting_kiosk(key, now)
    except queue.SetupLinkSpent as refusal:
        return _spent(request, refusal)
    office = await catalog.office(kiosk.office_code)
    return page("kiosk/setup.html", kiosk=kiosk, office=office, key=key)


@post(
    SETUP,
    opt=public("as the link's page"),
    guards=[limited(KIOSK_LIMIT)],
    include_in_schema=False,
)
async def set_up(request: AnyRequest, now: Now, data: URLEncodedBody[SetupKey]) -> Page | Redirect:
    """Make this device the kiosk."""
    try:
        opened = await queue.open_kiosk(data.key, now)
    except queue.SetupLinkSpent as refusal:
        return _spent(request, refusal)
    return Redirect(
        f"/kiosk/{opened.kiosk.office_code}",
        status_code=303,
        cookies=[kiosk_cookie(opened.token)],
    )


def _spent(request: AnyRequest, refusal: DomainError) -> Page:
    return page("kiosk/how.html", status_code=refusal.status, problem=_sentence(request, refusal))


class KioskPages(Controller):
    """One hall's kiosk."""

    path = "/kiosk/{office:str}"
    opt = DEVICE
    include_in_schema = False

    @get("/")
    async def start(self, request: AnyRequest, office: FromPath[str]) -> Page | Redirect:
        """Scan a slip, or choose a line."""
        try:
            await kiosk_at(request, office)
        except NotThisKiosk:
            return Redirect("/kiosk", status_code=303)
        return page("kiosk/start.html", office=await catalog.office(office), problem=None)

    @get("/reference")
    async def type_reference(self, request: AnyRequest, office: FromPath[str]) -> Page:
        """Type what stands on the slip, on keys large enough for a finger."""
        await kiosk_at(request, office)
        return page(
            "kiosk/reference.html",
            office=await catalog.office(office),
            keys=REFERENCE_ALPHABET,
            typed="",
            problem=None,
        )

    @get("/lines/{line:str}")
    async def choose_item(
        self, request: AnyRequest, office: FromPath[str], line: FromPath[str]
    ) -> Page:
        """What exactly one has come for, or that one does not know."""
        await kiosk_at(request, office)
        try:
            serving, chosen = await _serving(office, line)
        except LineNotServed as refusal:
            return await _refused(request, office, refusal)
        items = [item for item in await catalog.items() if item.line is chosen]
        return page("kiosk/items.html", office=serving, line=chosen, items=items)

    @get("/lines/{line:str}/class")
    async def choose_class(
        self,
        request: AnyRequest,
        office: FromPath[str],
        line: FromPath[str],
        item: FromQuery[str | None] = None,
    ) -> Page:
        """Whether the head start of elderly and disabled people is wanted."""
        await kiosk_at(request, office)
        try:
            serving, chosen = await _serving(office, line)
            business = await _item_of(chosen, item) if item else None
        except (LineNotServed, ItemUnknown) as refusal:
            return await _refused(request, office, refusal)
        return page(
            "kiosk/class.html",
            office=serving,
            line=chosen,
            item=business,
            minutes=int(queue.HEAD_START[Priority.ELDERLY_OR_DISABLED].total_seconds() // 60),
            problem=None,
        )

    @post("/check-in")
    async def check_in(
        self, request: AnyRequest, office: FromPath[str], now: Now, data: URLEncodedBody[Slip]
    ) -> Page | Redirect:
        """A number for whoever has an appointment."""
        try:
            actor = await acting_kiosk(request, office)
            command = CheckIn(office_code=office, reference=data.reference)
            given = await queue.check_in(actor, command, now)
        except NotThisKiosk:
            raise
        except DomainError as refusal:
            return await _refused(request, office, refusal)
        return _given(given)

    @post("/numbers")
    async def take_number(
        self, request: AnyRequest, office: FromPath[str], now: Now, data: URLEncodedBody[Business]
    ) -> Page | Redirect:
        """A number for whoever has none."""
        try:
            actor = await acting_kiosk(request, office)
            command = WalkIn(
                office_code=office,
                line=data.line,
                item_code=data.item or None,
                priority=data.priority,
            )
            given = await queue.take_ticket(actor, command, now)
        except NotThisKiosk:
            raise
        except DomainError as refusal:
            return await _refused(request, office, refusal)
        return _given(given)

    @get("/tickets/{ticket_id:uuid}")
    async def ticket(
        self, request: AnyRequest, office: FromPath[str], ticket_id: FromPath[UUID], now: Now
    ) -> Page:
        """The number just given out, to be printed."""
        await kiosk_at(request, office)
        found = await queue.ticket(ticket_id)
        if found.office_code != office:
            raise NotFound
        return page("kiosk/ticket.html", **await _ticket(found, now))


async def _serving(office_code: str, line: str) -> tuple[catalog.Office, Line]:
    office = await catalog.office(office_code)
    for served in office.lines:
        if served == line:
            return office, served
    raise LineNotServed


async def _item_of(line: Line, code: str) -> Item:
    item = await catalog.item(code)
    if item.line is not line:
        raise LineNotServed
    return item


async def _ticket(found: Ticket, now: datetime) -> dict[str, Any]:
    waits = found.status is TicketStatus.WAITING
    return {
        "ticket": found,
        "office": await catalog.office(found.office_code),
        "ahead": await queue.people_ahead(found) if waits else None,
        "wait": await estimate_of(found, now) if waits else None,
        "code": qr_svg(f"{settings().base_url}/ticket/{found.id}"),
    }


def _given(given: Ticket) -> Redirect:
    return Redirect(f"/kiosk/{given.office_code}/tickets/{given.id}", status_code=303)


async def _refused(request: AnyRequest, office: str, refusal: DomainError) -> Page:
    return page(
        "kiosk/refused.html",
        status_code=refusal.status,
        office=await catalog.office(office),
        problem=_sentence(request, refusal),
    )


def _sentence(request: AnyRequest, refusal: DomainError) -> str:
    message = WORDS.get(type(refusal), refusal.message)
    return translate(message, preferences(request.scope).language, **refusal.data)


HANDLERS = (how_to_set_up, ask_before_setup, set_up, KioskPages)
