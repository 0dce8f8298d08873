"""What a clerk does at the workbench with one press, and at the counter."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from litestar import Controller, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import catalog, queue
from services.catalog import Line, Window
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from services.queue import CheckIn, Priority, Ticket, WalkIn
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest, Page
from web.queue import workbench
from web.queue.answers import done, refused

NOBODY = N_("Nobody is waiting for this window.")


class Act(StrEnum):
    """What can be done with a ticket; the last part of the address."""

    RECALL = "recall"
    START = "start"
    SKIP = "skip"
    RESUME = "resume"
    COME_BACK = "come-back"
    WITHDRAW = "withdraw"


OPERATIONS: Mapping[Act, Callable[[Actor, UUID, datetime], Awaitable[Ticket]]] = {
    Act.RECALL: queue.recall,
    Act.START: queue.start,
    Act.SKIP: queue.skip,
    Act.RESUME: queue.resume,
    Act.COME_BACK: queue.come_back,
    Act.WITHDRAW: queue.withdraw,
}


class ActOn(Struct, frozen=True):
    """The ticket that a button is about, so that a stale page cannot act on another."""

    ticket: UUID


class Slip(Struct, frozen=True):
    """What was typed or scanned, and the class that the clerk chose."""

    reference: Annotated[str, Meta(max_length=2000)] = ""
    priority: Priority = Priority.NORMAL


class Number(Struct, frozen=True):
    """A number for somebody without an appointment. A chosen item decides the line."""

    line: Line
    priority: Priority = Priority.NORMAL
    item: Annotated[str, Meta(max_length=100)] = ""


class DeskActs(Controller):
    """The acts of one window."""

    path = "/desk/{office:str}/windows/{number:int}"
    guards = (staff(*queue.DESK_ROLES, office="office"),)
    dependencies: Mapping[str, Provide] = {"window": Provide(workbench.find_window)}
    include_in_schema = False

    @post("/next")
    async def call_next(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """Call whoever is first in line."""
        try:
            called = await queue.call_next(actor, window.id, now)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal)
        return await done(request, actor, window, now, note=None if called else NOBODY)

    @post("/undo")
    async def undo(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """Take back the window's last act."""
        try:
            await queue.undo(actor, window.id, now)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal)
        return await done(request, actor, window, now)

    @post("/go-on")
    async def go_on(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """End the window's break."""
        try:
            await queue.go_on(actor, window.id, now)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal)
        return await done(request, actor, window, now)

    @post("/tickets/{act:str}")
    async def act_on_ticket(  # noqa: PLR0917 - Litestar passes them by name
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        act: FromPath[Act],
        data: URLEncodedBody[ActOn],
    ) -> Page | Redirect:
        """Do one of `Act` with a ticket."""
        try:
            await OPERATIONS[act](actor, data.ticket, now)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal)
        return await done(request, actor, window, now)

    @post("/check-in")
    async def check_in(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Slip],
    ) -> Page | Redirect:
        """Check somebody in by the reference or the code on the slip."""
        command = CheckIn(
            office_code=window.office_code, reference=data.reference, priority=data.priority
        )
        try:
            given = await queue.check_in(actor, command, now)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal, typed=data.reference)
        return await done(request, actor, window, now, given=given)

    @post("/numbers")
    async def give_number(
        self,
        request: AnyRequest,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        data: URLEncodedBody[Number],
    ) -> Page | Redirect:
        """Give a number to somebody without an appointment."""
        try:
            item = await catalog.item(data.item) if data.item else None
            command = WalkIn(
                office_code=window.office_code,
                line=item.line if item else data.line,
                item_code=item.code if item else None,
                priority=data.priority,
            )
            given = await queue.take_ticket(actor, command, now)
        except DomainError as refusal:
            return await refused(request, actor, window, now, refusal)
        return await done(request, actor, window, now, given=given)


HANDLERS = (DeskActs,)
