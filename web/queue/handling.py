"""The acts of the workbench that say something more: why, to whom, with which note."""

from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency, Provide
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import queue
from services.catalog import Line, Window
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.queue import (
    LONGEST_NOTE,
    CallChosen,
    ChosenReason,
    Outcome,
    Park,
    PauseReason,
    TakeBreak,
    Transfer,
)
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest, Page
from web.queue import workbench
from web.queue.answers import done, refused
from web.queue.visitor import rating_code

Note = Annotated[str, Meta(max_length=LONGEST_NOTE)]


class Finished(Struct, frozen=True):
    """The ticket and what its business came to."""

    ticket: UUID
    outcome: Outcome = Outcome.DONE
    note: Note = ""


class Fetches(Struct, frozen=True):
    """The ticket and what its holder fetches."""

    ticket: UUID
    note: Note = ""


class HandedOn(Struct, frozen=True):
    """The ticket and where it goes: a line's name or a window's number."""

    ticket: UUID
    to: Annotated[str, Meta(max_length=20)]
    note: Note = ""


class Chosen(Struct, frozen=True):
    """The ticket and why it is called out of order."""

    ticket: UUID
    reason: ChosenReason


class Break(Struct, frozen=True):
    """Why the window is paused, and for how many minutes."""

    reason: PauseReason
    minutes: int


class DeskHandling(Controller):
    """The acts of one window that carry a form."""

    path = "/desk/{office:str}/windows/{number:int}"
    guards = (staff(*queue.DESK_ROLES, office="office"),)
    dependencies: Mapping[str, Provide] = {"window": Provide(workbench.find_window)}
    include_in_schema = False

    @post("/finish")
    async def finish(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Finished],
    ) -> Page | Redirect:
        """End the visit with its outcome; done unless another is given."""
        try:
            await queue.finish(actor, data.ticket, now, outcome=data.outcome, note=data.note)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal)
        code = await rating_code(actor, window, now)
        return await done(request, actor, window, now, rating=code)

    @post("/park")
    async def park(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Fetches],
    ) -> Page | Redirect:
        """Let the person fetch a paper."""
        act = queue.park(actor, Park(ticket_id=data.ticket, note=data.note), now)
        return await _answer(request, actor, window, now, act)

    @post("/hand-on")
    async def hand_on(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[HandedOn],
    ) -> Page | Redirect:
        """Hand the number on to another line or window."""
        return await _answer(request, actor, window, now, _hand_on(actor, window, data, now))

    @post("/chosen")
    async def call_chosen(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Chosen],
    ) -> Page | Redirect:
        """Call one out of order, for a reason that is kept."""
        command = CallChosen(window_id=window.id, ticket_id=data.ticket, reason=data.reason)
        return await _answer(request, actor, window, now, queue.call_chosen(actor, command, now))

    @post("/break")
    async def take_break(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Break],
    ) -> Page | Redirect:
        """Pause the window."""
        # What is more than any break is refused as such; a timedelta of it would overflow.
        length = timedelta(minutes=max(0, min(data.minutes, 24 * 60)))
        command = TakeBreak(window_id=window.id, reason=data.reason, length=length)
        return await _answer(request, actor, window, now, queue.take_break(actor, command, now))


async def _answer(
    request: AnyRequest, actor: Actor, window: Window, now: datetime, act: Awaitable[object]
) -> Page | Redirect:
    try:
        await act
    except DomainError as refusal:
        return await refused(request, actor, window, now, refusal)
    return await done(request, actor, window, now)


async def _hand_on(actor: Actor, window: Window, data: HandedOn, now: datetime) -> None:
    line = window_id = None
    if data.to.isdecimal():
        target = await workbench.find_window(window.office_code, int(data.to))
        window_id = target.id
    elif data.to in set(Line):
        line = Line(data.to)
    command = Transfer(ticket_id=data.ticket, window_id=window_id, line=line, note=data.note)
    await queue.transfer(actor, command, now)


HANDLERS = (DeskHandling,)
