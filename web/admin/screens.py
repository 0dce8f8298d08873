"""/admin/screens: the screens of the halls, how each shows and sounds."""

from datetime import time
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct, structs

from services import catalog, queue
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from services.queue import BoardScreen, Layout, SaveScreen, Voices
from web.common.flash import redirect
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest
from web.common.staff_places import ADMINISTRATION
from web.queue.spoken import LAYOUTS, VOICES

PATH = "/admin/screens"
SAVED = N_("The screen is set up. Open its address on it.")
CHANGED = N_("The screen is changed, and shows it at once.")
REMOVED = N_("The screen is taken down.")
WRONG_TIME = N_("Please enter a time such as 12:00, or leave it empty.")


class ScreenForm(Struct):
    """A screen as typed."""

    office: str = ""
    name: str = ""
    layout: str = Layout.SPLIT
    voices: str = Voices.BOTH
    volume: str = "80"
    quiet_from: str = ""
    quiet_until: str = ""


async def _context(actor: Actor) -> dict[str, object]:
    return {
        "screens": await queue.board_screens(),
        "offices": {office.code: office for office in await catalog.offices()},
        "layouts": LAYOUTS,
        "voices": VOICES,
        "may_change": actor.has_role(Role.ADMINISTRATOR),
    }


@get(PATH, guards=[staff(*ADMINISTRATION.roles)])
async def show_screens(actor: CurrentActor) -> Response[bytes]:
    """Every screen, and the form for another."""
    return fresh("admin/screens.html", form=ScreenForm(), **await _context(actor))


@post(PATH, guards=[staff(Role.ADMINISTRATOR)])
async def save_screen(
    request: AnyRequest, actor: CurrentActor, now: Now, data: URLEncodedBody[ScreenForm]
) -> Response[bytes] | Redirect:
    """Set a screen up."""
    try:
        await queue.save_screen(actor, _command(data), now)
    except DomainError as error:
        context = await _context(actor)
        return refused(request, "admin/screens.html", error, form=data, **context)
    return redirect(PATH, SAVED)


@get(f"{PATH}/{{screen_id:uuid}}/edit", guards=[staff(Role.ADMINISTRATOR)])
async def edit_screen(screen_id: FromPath[UUID]) -> Response[bytes]:
    """The form with how a screen is set up."""
    found = await queue.board_screen(screen_id)
    return fresh("admin/screen.html", form=_form(found), **await _one(found))


@post(f"{PATH}/{{screen_id:uuid}}/edit", guards=[staff(Role.ADMINISTRATOR)])
async def change_screen(
    request: AnyRequest,
    actor: CurrentActor,
    screen_id: FromPath[UUID],
    now: Now,
    data: URLEncodedBody[ScreenForm],
) -> Response[bytes] | Redirect:
    """Change a screen. It stays at its address, and shows the change once it is loaded again."""
    found = await queue.board_screen(screen_id)
    try:
        command = _command(structs.replace(data, office=found.office_code))
        await queue.save_screen(actor, command, now, screen_id)
    except DomainError as error:
        return refused(request, "admin/screen.html", error, form=data, **await _one(found))
    return redirect(PATH, CHANGED)


@post(f"{PATH}/{{screen_id:uuid}}/remove", guards=[staff(Role.ADMINISTRATOR)])
async def remove_screen(actor: CurrentActor, screen_id: FromPath[UUID], now: Now) -> Redirect:
    """Take a screen down."""
    await queue.remove_screen(actor, screen_id, now)
    return redirect(PATH, REMOVED)


async def _one(screen: BoardScreen) -> dict[str, object]:
    return {
        "screen": screen,
        "office": await catalog.office(screen.office_code),
        "layouts": LAYOUTS,
        "voices": VOICES,
    }


def _form(screen: BoardScreen) -> ScreenForm:
    return ScreenForm(
        office=screen.office_code,
        name=screen.name,
        layout=screen.layout,
        voices=screen.voices,
        volume=str(screen.volume),
        quiet_from=_shown(screen.quiet_from),
        quiet_until=_shown(screen.quiet_until),
    )


def _shown(moment: time | None) -> str:
    return moment.strftime("%H:%M") if moment is not None else ""


def _command(form: ScreenForm) -> SaveScreen:
    volume = form.volume.strip()
    return SaveScreen(
        office_code=form.office,
        name=form.name,
        layout=next((one for one in Layout if one == form.layout), Layout.SPLIT),
        voices=next((one for one in Voices if one == form.voices), Voices.BOTH),
        # What is no small number is out of the bounds that the operation checks.
        volume=int(volume) if volume.isascii() and volume.isdigit() and len(volume) < 4 else -1,  # noqa: PLR2004 - three digits hold 100
        quiet_from=_time("quiet_from", form.quiet_from),
        quiet_until=_time("quiet_until", form.quiet_until),
    )


def _time(field: str, typed: str) -> time | None:
    if not typed.strip():
        return None
    try:
        return time.fromisoformat(typed.strip()).replace(tzinfo=None)
    except ValueError as error:
        raise InvalidInput(FieldError(field, "malformed", WRONG_TIME)) from error


HANDLERS = (show_screens, save_screen, edit_screen, change_screen, remove_screen)
