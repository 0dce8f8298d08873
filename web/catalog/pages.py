"""The pages of the catalogue: start, items, offices."""

import functools
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from litestar import Controller, get
from litestar.params import FromPath, FromQuery

from services import appointments, catalog
from services.catalog import Item, LimitUnit, Line, Mode
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from web.catalog import views
from web.common.guards import public
from web.common.rendering import AnyRequest, Page, page, partial, wants_partial

PUBLIC = public("anyone may read what can be done here, and where")
LONGEST_QUERY = 80
COMING = timedelta(days=60)

Choice = TypeVar("Choice", bound=StrEnum)


class CatalogPages(Controller):
    """What one can get done and where, for anyone."""

    include_in_schema = False

    @get("/", opt=PUBLIC)
    async def home(self, request: AnyRequest) -> Page:
        """The start page."""
        now = request.app.state.clock.now()
        return page(
            "catalog/home.html",
            today=local_date(now),
            lines=views.by_line(await catalog.items()),
            halls=views.halls_now(await catalog.offices(), await catalog.openings(now)),
        )

    @get("/items", opt=PUBLIC)
    async def items(
        self,
        request: AnyRequest,
        q: FromQuery[str] = "",
        line: FromQuery[str] = "",
        mode: FromQuery[str] = "",
    ) -> Page:
        """Browse by line and mode, or search; htmx gets the results alone."""
        query = q.strip()[:LONGEST_QUERY]
        chosen_mode = chosen(Mode, "mode", mode)
        chosen_line = chosen(Line, "line", line)
        found = await catalog.search_items(query, mode=chosen_mode)
        shown = [item for item in found if chosen_line in (None, item.line)]
        answer = partial if wants_partial(request) else page
        return answer(
            "catalog/results.html" if wants_partial(request) else "catalog/items.html",
            query=query,
            address=functools.partial(_address, query),
            line=chosen_line,
            mode=chosen_mode,
            modes=list(Mode),
            lines=views.by_line(found),
            found=shown,
            sections=() if query else views.by_category(shown),
        )

    @get("/items/{code:str}", opt=PUBLIC)
    async def item(self, request: AnyRequest, code: FromPath[str]) -> Page:
        """One item: what to bring, how long, how much, where."""
        item = await catalog.item(code)
        today = local_date(request.app.state.clock.now())
        everything = await catalog.items()
        titles = {other.code: other.title for other in everything}
        offices = await catalog.offices()
        return page(
            "catalog/item.html",
            item=item,
            for_groups=item.code == views.GROUP_BOOKING,
            fees=views.fee_range(item.fees),
            due=await _due(item, today),
            offices=[office for office in offices if item.line in office.lines],
            office_count=len(offices),
            titles=titles,
            related=[
                other
                for other in everything
                if other.category is item.category and other.code != item.code
            ],
        )

    @get("/offices", opt=PUBLIC)
    async def offices(self, request: AnyRequest) -> Page:
        """Every hall, the open ones first."""
        now = request.app.state.clock.now()
        return page(
            "catalog/offices.html",
            today=local_date(now),
            halls=views.halls_now(await catalog.offices(), await catalog.openings(now)),
        )

    @get("/offices/{code:str}", opt=PUBLIC)
    async def office(self, request: AnyRequest, code: FromPath[str]) -> Page:
        """One hall: how it stands today, hours, windows, address and telephone."""
        now = request.app.state.clock.now()
        today = local_date(now)
        office = await catalog.office(code)
        openings = await catalog.openings(now)
        return page(
            "catalog/office.html",
            office=office,
            opening=openings.get(code, catalog.Opening()),
            today=today,
            today_periods=await catalog.opening_periods(code, today),
            week=views.week_spans(await catalog.weekly_hours(code)),
            exceptions=await catalog.exceptions(code, today, today + COMING),
            closings=await appointments.exceptions_between(code, today, today + COMING),
            windows=views.window_groups(await catalog.office_windows(code)),
            lines=views.by_line(await catalog.items()),
        )


def chosen(kind: type[Choice], field: str, text: str) -> Choice | None:
    """The member that a filter names; None for an empty filter.

    Raises InvalidInput for a value that is not on offer.
    """
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        raise InvalidInput(
            FieldError(field, "unknown_value", N_("This value is not known."))
        ) from None


def _address(query: str, line: Line | None, mode: Mode | None) -> str:
    """The list with these filters."""
    filters = {"q": query, "line": line, "mode": mode}
    return f"/items?{urlencode({name: value for name, value in filters.items() if value})}"


async def _due(item: Item, today: date) -> date | None:
    """When it is ready at the latest if it is accepted today; None if that needs no date."""
    if item.limit is None or item.limit.number == 0:
        return None
    if item.limit.unit is LimitUnit.WORKING_DAYS:
        return await catalog.add_working_days(today, item.limit.number)
    if item.limit.unit is LimitUnit.CALENDAR_DAYS:
        return today + timedelta(days=item.limit.number)
    return None
