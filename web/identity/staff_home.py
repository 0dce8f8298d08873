"""/staff: the door of the staff's pages, which leads on to one's own."""

from litestar import get
from litestar.response import Redirect

from services.identity import ROLE_NAMES
from web.common.guards import CurrentActor, staff
from web.common.rendering import Page, page
from web.common.staff_places import STAFF_HOME, landing


@get(STAFF_HOME, guards=[staff()])
async def show_home(actor: CurrentActor) -> Page | Redirect:
    """To one's own place; who has none reads that, and for which roles."""
    where = landing(actor)
    if where != STAFF_HOME:
        return Redirect(where, status_code=303)
    held = {held.role for held in actor.roles}
    names = [name for role, name in ROLE_NAMES.items() if role in held]
    return page("identity/staff_home.html", roles=names)


HANDLERS = (show_home,)
