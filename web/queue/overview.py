"""The supervisor's overview of a hall, live, and what a supervisor changes there."""

from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta

from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import queue
from services.catalog import Line, Window
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from services.kernel.translations import translate
from services.queue import MoveWindow, PauseReason, Priority, TakeBreak, Until, WindowState
from web.common.flash import Tone, redirect
from web.common.guards import CurrentActor, Now, staff
from web.common.preferences import preferences
from web.common.rendering import AnyRequest, Page, page, partial, wants_partial
from web.queue import workbench
from web.queue.handling import Break
from web.queue.words import PAUSE_REASONS, PRIORITIES, WINDOW_STATES

MINUTE = timedelta(minutes=1)

MOVED = N_("The window serves these lines now.")
BACK = N_("The window serves its own lines again.")
PAUSED = N_("The window is paused now.")
OPEN = N_("The window is open again.")
CLOSED = N_("The window is closed now.")


class Said(Struct, frozen=True):
    """What came of an act, shown beside its window until the next act."""

    number: int
    text: str
    tone: Tone


class Moved(Struct, frozen=True):
    """The lines that a window is to serve, none for those of the catalogue."""

    until: Until = Until.DAY
    # One checked box arrives as a text, several as a list.
    lines: Line | list[Line] = []


class View(Struct, frozen=True, kw_only=True):
    """What the overview's templates show."""

    hall: queue.Overview
    address: str
    supervises: bool
    states: Mapping[WindowState, str]
    priorities: Mapping[Priority, str]
    pause_reasons: Mapping[PauseReason, str]
    break_reasons: Mapping[PauseReason, str]
    break_minutes: tuple[int, ...]
    most_waiting: int
    most_expected: int
    target: int


class HallOverview(Controller):
    """One hall as a whole."""

    path = "/desk/{office:str}/overview"
    guards = (staff(*queue.OVERVIEW_READERS, office="office"),)
    include_in_schema = False

    @get("/")
    async def show(self, actor: CurrentActor, now: Now, office: FromPath[str]) -> Page:
        """The whole page."""
        view = await _view(actor, office, now)
        return page("desk/overview.html", view=view, said=None, kept=False)

    @get("/now")
    async def show_now(self, actor: CurrentActor, now: Now, office: FromPath[str]) -> Page:
        """The part that changes, for htmx."""
        view = await _view(actor, office, now)
        return partial("desk/overview_now.html", view=view, said=None, kept=True)


class HallChanges(Controller):
    """What a supervisor does with one window of the hall."""

    path = "/desk/{office:str}/overview/windows/{number:int}"
    guards = (staff(Role.SUPERVISOR, office="office"),)
    dependencies: Mapping[str, Provide] = {"window": Provide(workbench.find_window)}
    include_in_schema = False

    @post("/lines")
    async def move(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Moved],
    ) -> Page | Redirect:
        """Have the window serve other lines, or its own again."""
        lines = (data.lines,) if isinstance(data.lines, Line) else tuple(data.lines)
        command = MoveWindow(window_id=window.id, lines=lines, until=data.until)
        act = queue.move_window(actor, command, now)
        return await _answer(request, actor, window, now, act, done=MOVED if lines else BACK)

    @post("/break")
    async def pause(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Break],
    ) -> Page | Redirect:
        """Pause the window."""
        length = timedelta(minutes=max(0, min(data.minutes, 24 * 60)))
        command = TakeBreak(window_id=window.id, reason=data.reason, length=length)
        act = queue.take_break(actor, command, now)
        return await _answer(request, actor, window, now, act, done=PAUSED)

    @post("/go-on")
    async def go_on(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """End the window's break, or open it again."""
        act = queue.go_on(actor, window.id, now)
        return await _answer(request, actor, window, now, act, done=OPEN)

    @post("/close")
    async def close(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """Close the window; whoever sits there leaves it."""
        act = queue.close_window(actor, window.id, now)
        return await _answer(request, actor, window, now, act, done=CLOSED)


async def _view(actor: Actor, office_code: str, now: datetime) -> View:
    hall = await queue.overview(actor, office_code, now)
    return View(
        hall=hall,
        address=f"/desk/{office_code}/overview",
        supervises=actor.has_role(Role.SUPERVISOR, office_code=office_code),
        states=WINDOW_STATES,
        priorities=PRIORITIES,
        pause_reasons=PAUSE_REASONS,
        break_reasons={one: PAUSE_REASONS[one] for one in PauseReason.breaks()},
        break_minutes=workbench.BREAK_MINUTES,
        most_waiting=max((line.count for line in hall.lines), default=0),
        most_expected=max((sum(one.people.values()) for one in hall.expected), default=0),
        target=queue.WAIT_TARGET // MINUTE,
    )


async def _answer(
    request: AnyRequest,
    actor: Actor,
    window: Window,
    now: datetime,
    act: Awaitable[object],
    *,
    done: str,
) -> Page | Redirect:
    """The hall as it is now, with a refusal, or `done` (a msgid), beside the window."""
    status = 200
    try:
        await act
    except DomainError as refusal:
        said = Said(window.number, workbench.sentence(request, refusal), Tone.WARNING)
        status = refusal.status
    else:
        if not wants_partial(request):
            return redirect(f"/desk/{window.office_code}/overview", done)
        language = preferences(request.scope).language
        said = Said(window.number, translate(done, language), Tone.SUCCESS)
    view = await _view(actor, window.office_code, now)
    shown = partial if wants_partial(request) else page
    template = "desk/overview_now.html" if wants_partial(request) else "desk/overview.html"
    return shown(template, status_code=status, view=view, said=said, kept=False)


HANDLERS = (HallOverview, HallChanges)
