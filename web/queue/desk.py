"""The clerk's desk: choosing an office, sitting down at a window, and the workbench."""

from collections.abc import Mapping
from datetime import datetime

from litestar import Controller, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from services import catalog, queue
from services.catalog import Window
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.i18n import N_
from web.common.flash import redirect
from web.common.guards import CurrentActor, Now, staff
from web.common.rendering import AnyRequest, Page, page, partial
from web.common.staff_places import DESK, landing
from web.queue import workbench

LEFT = N_("You have left the window.")


@get(DESK.address, guards=[staff()], include_in_schema=False)
async def choose_office(actor: CurrentActor) -> Page | Redirect:
    """The offices at which one works the queue; straight on if it is one, or elsewhere if none."""
    if not actor.has_role(*DESK.roles):
        return Redirect(landing(actor), status_code=303)
    mine = [
        office
        for office in await catalog.offices()
        if actor.has_role(*queue.DESK_ROLES, office_code=office.code)
    ]
    if len(mine) == 1:
        return Redirect(f"/desk/{mine[0].code}", status_code=303)
    return page("desk/offices.html", offices=mine)


class OfficeDesk(Controller):
    """One office's windows."""

    path = "/desk/{office:str}"
    guards = (staff(*queue.DESK_ROLES, office="office"),)
    include_in_schema = False

    @get("/")
    async def windows(self, actor: CurrentActor, now: Now, office: FromPath[str]) -> Page:
        """The windows and who works them."""
        return await _windows(actor, office, now)


class WindowDesk(Controller):
    """One window: sitting down, leaving, and the workbench."""

    path = "/desk/{office:str}/windows/{number:int}"
    guards = (staff(*queue.DESK_ROLES, office="office"),)
    dependencies: Mapping[str, Provide] = {"window": Provide(workbench.find_window)}
    include_in_schema = False

    @post("/sit-down")
    async def sit_down(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """Take the window; what stands in the way is said above the list of windows."""
        try:
            await queue.sit_down(actor, window.id, now)
        except (queue.WindowTaken, queue.SittingElsewhere) as refusal:
            return await _windows(
                actor, window.office_code, now, workbench.sentence(request, refusal)
            )
        return redirect(workbench.address(window))

    @post("/leave")
    async def leave(
        self, request: AnyRequest, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page | Redirect:
        """Give the window up."""
        try:
            await queue.leave(actor, window.id, now)
        except (queue.WindowBusy, queue.NotAtWindow) as refusal:
            return await _windows(
                actor, window.office_code, now, workbench.sentence(request, refusal)
            )
        return redirect(f"/desk/{window.office_code}", LEFT)

    @get("/")
    async def bench(
        self,
        actor: CurrentActor,
        now: Now,
        window: NamedDependency[Window],
        given: FromQuery[str | None] = None,
    ) -> Page:
        """The workbench; `given` is the ticket just given out, when the browser has no script."""
        return page(
            "desk/workbench.html",
            view=await workbench.view(actor, window, now),
            slip=await workbench.find_slip(window.office_code, given),
            rating=None,
            note=None,
            problem=None,
            typed="",
        )

    @get("/now")
    async def bench_now(
        self, actor: CurrentActor, now: Now, window: NamedDependency[Window]
    ) -> Page:
        """The part of the workbench that changes, for htmx."""
        return partial("desk/now.html", view=await workbench.view(actor, window, now))


async def _windows(
    actor: Actor, office_code: str, now: datetime, problem: str | None = None
) -> Page:
    return page(
        "desk/windows.html",
        status_code=409 if problem else 200,
        office=await catalog.office(office_code),
        seats=await queue.seats(actor, office_code, now),
        supervises=actor.has_role(Role.SUPERVISOR, office_code=office_code),
        problem=problem,
    )


HANDLERS = (choose_office, OfficeDesk, WindowDesk)
