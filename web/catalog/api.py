"""The catalogue's interface: lists and single entries, in the language that was asked for."""

from datetime import date, timedelta
from typing import Annotated, Protocol, TypeVar

from litestar import Controller, get
from litestar.params import PathParameter, QueryParameter
from msgspec import structs

from services import catalog
from services.catalog import Category, Line, Mode
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.translations import Language
from web.api.problem_docs import problems
from web.catalog.answers import (
    ExceptionAnswer,
    ItemAnswer,
    ItemSummary,
    OfficeAnswer,
    OfficeSummary,
    WeekdayAnswer,
    WindowAnswer,
    item_answer,
    item_summary,
    office_summary,
    periods_answer,
)
from web.common.guards import public
from web.common.pagination import (
    DEFAULT_LIMIT,
    AfterCursor,
    Listing,
    PageLimit,
    listing,
    position,
)
from web.common.preferences import preferences
from web.common.rendering import AnyRequest

ANYONE = "anyone may read what can be done here, and where"
COMING = timedelta(days=60)
GROUPS = [*Line, *Category]

Group = Annotated[
    str | None,
    QueryParameter(
        max_length=40,
        description=N_("A line of business, or a category within one."),
        schema_extra={"enum": [group.value for group in GROUPS]},
    ),
]
Query = Annotated[
    str,
    QueryParameter(max_length=200, description=N_("Words in either language; likeliest first.")),
]
ModeFilter = Annotated[Mode | None, QueryParameter(description=N_("A way in which it is done."))]
ItemCode = Annotated[str, PathParameter(description=N_("The item's code, from the list."))]
OfficeCode = Annotated[str, PathParameter(description=N_("The office's code, from the list."))]


class Coded(Protocol):
    """What is listed by its code."""

    @property
    def code(self) -> str:
        """The key that the cursor holds."""
        ...


Entry = TypeVar("Entry", bound=Coded)


class CatalogApi(Controller):
    """What one can get done and where."""

    @get(
        "/items",
        summary=N_("List or search items"),
        operation_id="list_items",
        tags=["items"],
        opt=public(ANYONE),
        responses=problems(public=True),
    )
    async def items(
        self,
        request: AnyRequest,
        *,
        category: Group = None,
        mode: ModeFilter = None,
        q: Query = "",
        cursor: AfterCursor = None,
        limit: PageLimit = DEFAULT_LIMIT,
    ) -> Listing[ItemSummary]:
        """Every item that matches all that is given, in the order of the catalogue or by rank."""
        line, within = _group(category)
        found = await catalog.search_items(q, line=line, category=within, mode=mode)
        language = preferences(request.scope).language
        rest = _after(found, cursor)[: limit + 1]
        return listing(
            [item_summary(item, language) for item in rest],
            limit,
            keys=[(item.code,) for item in rest],
        )

    @get(
        "/items/{code:str}",
        summary=N_("One item"),
        operation_id="get_item",
        tags=["items"],
        opt=public(ANYONE),
        responses=problems(catalog.ItemUnknown, public=True),
    )
    async def item(self, request: AnyRequest, code: ItemCode) -> ItemAnswer:
        """What to bring, how long it takes, what it costs and what it rests on."""
        return item_answer(await catalog.item(code), preferences(request.scope).language)

    @get(
        "/offices",
        summary=N_("List offices"),
        operation_id="list_offices",
        tags=["offices"],
        opt=public(ANYONE),
        responses=problems(public=True),
    )
    async def offices(
        self, request: AnyRequest, cursor: AfterCursor = None, limit: PageLimit = DEFAULT_LIMIT
    ) -> Listing[OfficeSummary]:
        """Every office and how it stands now."""
        language = preferences(request.scope).language
        openings = await catalog.openings(request.app.state.clock.now())
        rest = _after(await catalog.offices(), cursor)[: limit + 1]
        return listing(
            [
                office_summary(office, openings.get(office.code, catalog.Opening()), language)
                for office in rest
            ],
            limit,
            keys=[(office.code,) for office in rest],
        )

    @get(
        "/offices/{code:str}",
        summary=N_("One office"),
        operation_id="get_office",
        tags=["offices"],
        opt=public(ANYONE),
        responses=problems(catalog.OfficeUnknown, public=True),
    )
    async def office(self, request: AnyRequest, code: OfficeCode) -> OfficeAnswer:
        """An office with its windows, its ordinary week and the exceptions of the next 60 days."""
        now = request.app.state.clock.now()
        return await _office_answer(
            await catalog.office(code),
            (await catalog.openings(now)).get(code, catalog.Opening()),
            local_date(now),
            preferences(request.scope).language,
        )


def _group(text: str | None) -> tuple[Line | None, Category | None]:
    if not text:
        return None, None
    for line in Line:
        if line == text:
            return line, None
    for category in Category:
        if category == text:
            return None, category
    raise InvalidInput(FieldError("category", "unknown_value", N_("This value is not known.")))


def _after(entries: tuple[Entry, ...], cursor: str | None) -> tuple[Entry, ...]:
    """What follows the entry whose code the cursor holds."""
    last = position(cursor, 1)
    if last is None:
        return entries
    codes = [entry.code for entry in entries]
    if last[0] not in codes:
        raise InvalidInput(
            FieldError("cursor", "unknown_cursor", N_("This page of the list no longer exists."))
        )
    return entries[codes.index(last[0]) + 1 :]


async def _office_answer(
    office: catalog.Office, opening: catalog.Opening, today: date, language: Language
) -> OfficeAnswer:
    summary = office_summary(office, opening, language)
    week = await catalog.weekly_hours(office.code)
    coming = await catalog.exceptions(office.code, today, today + COMING)
    windows = await catalog.office_windows(office.code)
    return OfficeAnswer(
        **structs.asdict(summary),
        directions=office.directions[language],
        today=periods_answer(await catalog.opening_periods(office.code, today)),
        week=[
            WeekdayAnswer(weekday=weekday, periods=periods_answer(periods))
            for weekday, periods in sorted(week.items())
        ],
        exceptions=[
            ExceptionAnswer(
                day=one.day, note=one.note[language], periods=periods_answer(one.periods)
            )
            for one in coming
        ],
        windows=[
            WindowAnswer(number=one.number, name=one.name[language], lines=list(one.lines))
            for one in windows
        ],
    )
