"""The screen that a window turns to its visitor: whose number it is, and afterwards a code to rate.

It is opened by the clerk, from the desk: whoever reads the addresses of the hall's public screens
must not be able to rate in somebody's place.
"""

from collections.abc import Mapping
from datetime import datetime

from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from markupsafe import Markup
from msgspec import Struct

from services import catalog, queue, ratings
from services.catalog import Window
from services.kernel.actor import Actor
from services.kernel.settings import settings
from web.common.guards import CurrentActor, Now, staff
from web.common.qr import qr_svg
from web.common.rendering import Page, page, partial
from web.queue import workbench


class RatingCode(Struct, frozen=True):
    """A number just served, and the code that its holder's phone rates by."""

    number: str
    code: Markup


class View(Struct, frozen=True, kw_only=True):
    """What the visitor's screen shows: a number, or a code to rate, or neither."""

    office: catalog.Office
    window: Window
    call: queue.Call | None
    rating: RatingCode | None


async def rating_code(actor: Actor, window: Window, now: datetime) -> RatingCode | None:
    """The code for whom this clerk has just served at the window."""
    invitation = await ratings.invite(actor, window.id, now)
    if invitation is None:
        return None
    address = f"{settings().base_url}/rate/at/{invitation.key}"
    return RatingCode(invitation.number, qr_svg(address))


class VisitorScreen(Controller):
    """One window's."""

    path = "/desk/{office:str}/windows/{number:int}/visitor"
    guards = (staff(*queue.DESK_ROLES, office="office"),)
    dependencies: Mapping[str, Provide] = {"window": Provide(workbench.find_window)}
    include_in_schema = False

    @get("/")
    async def show(self, actor: CurrentActor, now: Now, window: NamedDependency[Window]) -> Page:
        """The whole screen."""
        return page("desk/visitor.html", view=await _view(actor, window, now))

    @get("/now")
    async def show_now(
        self, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page:
        """The part that changes, for htmx."""
        return partial("desk/visitor_now.html", view=await _view(actor, window, now))


async def _view(actor: Actor, window: Window, now: datetime) -> View:
    board = await queue.board(window.office_code, now)
    busy = (*board.calling, *board.serving)
    call = next((one for one in busy if one.window == window.number), None)
    return View(
        office=await catalog.office(window.office_code),
        window=window,
        call=call,
        rating=None if call else await rating_code(actor, window, now),
    )


HANDLERS = (VisitorScreen,)
