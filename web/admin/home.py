"""/admin: whether everything runs, at a glance."""

from litestar import get

from services import audit, notices
from services.kernel import outbox
from services.kernel.outbox import EventStatus
from services.kernel.presence import alive
from web.admin import words
from web.common.guards import Now, staff
from web.common.rendering import Page, page
from web.common.staff_places import ADMINISTRATION


@get("/admin", guards=[staff(*ADMINISTRATION.roles)])
async def show_home(now: Now) -> Page:
    """Figures with a way on from each."""
    depth = await outbox.depth()
    return page(
        "admin/home.html",
        waiting=depth.get(EventStatus.PENDING, 0) + depth.get(EventStatus.LEASED, 0),
        dead=depth.get(EventStatus.DEAD, 0),
        backlog=await outbox.backlog(),
        figures=await notices.figures(now),
        sealing=await audit.sealing(),
        check=await audit.last_check(),
        workers=await alive("worker"),
        words=words,
    )


HANDLERS = (show_home,)
