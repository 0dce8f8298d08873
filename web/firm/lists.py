"""Uploading a list of people: what is wrong with it row by row, or the list to be looked over."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

from services import appointments, catalog, identity
from services.appointments import (
    COLUMN_NAMES,
    Fault,
    FileTooLarge,
    KeepList,
    ReadList,
    template_head,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from web.catalog import views
from web.common.errors import answer
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, real_name
from web.common.preferences import preferences
from web.common.rendering import AnyRequest
from web.firm.templates import example

UPLOAD = "/firm/{firm_id:uuid}/group"
# A hundred thousand rows: as many are read so far as to say that they are too many.
LARGEST = 8_000_000
CHOOSE_A_FILE = N_("Please choose the file with your list.")
EMPTY_FILE = N_("This file is empty. Please fill in the list and choose it again.")
FAULTS_SHOWN = 100


async def _context(
    actor: Actor, firm_id: UUID, *, item: str = "", office: str = ""
) -> dict[str, Any]:
    language = Language(actor.language)
    items = [
        one for one in await catalog.items() if one.bookable and one.code != views.GROUP_BOOKING
    ]
    return {
        "firm": await identity.firm(actor, firm_id),
        "items": [(one.code, one.title[language]) for one in items],
        "offices": [(one.code, one.name[language]) for one in await catalog.offices()],
        "item": item,
        "office": office,
        "head": template_head(language),
        "example": example(language),
        "faults": [],
        "more": 0,
    }


def too_large(request: AnyRequest, _error: HTTPException) -> Response[Any]:
    """In the person's language, with the way back, what a file beyond any list is told."""
    language = preferences(request.scope).language
    return answer(
        request,
        status=HTTP_413_REQUEST_ENTITY_TOO_LARGE,
        detail=translate(FileTooLarge.message, language),
        back=request.url.path,
    )


@get(UPLOAD, guards=[real_name])
async def ask(
    firm_id: FromPath[UUID],
    actor: CurrentActor,
    *,
    item: FromQuery[str] = "",
    office: FromQuery[str] = "",
) -> Response[bytes]:
    """For what and where, and the list of people."""
    return fresh("firm/upload.html", **await _context(actor, firm_id, item=item, office=office))


@post(
    UPLOAD,
    guards=[real_name],
    status_code=303,
    request_max_body_size=LARGEST,
    exception_handlers={HTTP_413_REQUEST_ENTITY_TOO_LARGE: too_large},
)
async def upload(
    request: AnyRequest, firm_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Read the list; keep it if nothing is wrong, else say everything that is."""
    form = await request.form()
    item, office = str(form.get("item", "")), str(form.get("office", ""))
    context = await _context(actor, firm_id, item=item, office=office)
    try:
        read = await _read(form.get("people"), now)
        command = KeepList(firm_id=firm_id, item_code=item, office_code=office)
        kept = await appointments.keep_list(actor, command, read, now)
    except DomainError as error:
        return refused(request, "firm/upload.html", error, **context)
    if isinstance(kept, UUID):
        return Redirect(f"/firm/lists/{kept}", status_code=303)
    context["faults"] = [_told(fault, actor) for fault in kept[:FAULTS_SHOWN]]
    context["more"] = max(0, len(kept) - FAULTS_SHOWN)
    page = fresh("firm/upload.html", **context)
    page.status_code = InvalidInput.status
    return page


async def _read(given: Any, now: datetime) -> ReadList:
    # A browser sends a file without a name where none was chosen.
    if not isinstance(given, UploadFile) or not given.filename:
        raise InvalidInput(FieldError("people", "missing", CHOOSE_A_FILE))
    content = await given.read()
    if not content:
        raise InvalidInput(FieldError("people", "empty", EMPTY_FILE))
    # A hostile workbook costs a second or two: not of everybody else's.
    return await asyncio.to_thread(appointments.read_list, content, now)


def _told(fault: Fault, actor: Actor) -> tuple[int, str, str | None, str]:
    """The row, the column's name, the cell and what is wrong, in the visitor's language."""
    language = Language(actor.language)
    column = translate(COLUMN_NAMES[fault.column], language) if fault.column else ""
    return fault.row, column, fault.cell, translate(fault.message, language)


HANDLERS = (ask, upload)
