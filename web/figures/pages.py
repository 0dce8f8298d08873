"""The statistics page and its files."""

from functools import partial

from litestar import Response, get
from litestar.di import NamedDependency, Provide

from services import appointments, queue
from services.kernel.errors import InvalidInput
from web.common.forms import field_messages
from web.common.guards import CurrentActor, staff
from web.common.preferences import preferences
from web.common.rendering import AnyRequest, Page
from web.common.rendering import page as whole_page
from web.figures import charts, files
from web.figures.asked import PATH, PERIODS, Asked, asked, own_offices


@get(PATH, guards=[staff(*queue.FIGURE_ROLES)], dependencies={"asked": Provide(asked)})
async def show_figures(
    request: AnyRequest, actor: CurrentActor, asked: NamedDependency[Asked]
) -> Page:
    """One hall's figures for a period."""
    language = preferences(request.scope).language
    halls = [(office.code, office.name[language]) for office in await own_offices(actor)]
    page = partial(whole_page, "figures/figures.html", asked=asked, halls=halls, periods=PERIODS)
    try:
        span = asked.span()
    except InvalidInput as error:
        return page(status_code=422, errors=field_messages(request, error), figures=None)
    figures = await queue.hall_figures(actor, span)
    demand = await queue.unmet_demand(actor, figures)
    return page(
        errors={},
        figures=figures,
        booking=await appointments.booking_figures(span.office_code, span.first, span.last),
        demand=demand,
        columns=charts.columns(figures.by_day),
        load=charts.grid(figures.load, figures.load, max(figures.load.values(), default=0)),
        unmet={
            line: charts.grid(
                {hour: n for (of, hour), n in demand.by_hour.items() if of is line},
                figures.load,
                max(demand.by_hour.values()),
            )
            for line in sorted({line for line, _ in demand.by_hour})
        },
    )


@get(f"{PATH}.csv", guards=[staff(*queue.FIGURE_ROLES)], dependencies={"asked": Provide(asked)})
async def download_csv(
    request: AnyRequest, actor: CurrentActor, asked: NamedDependency[Asked]
) -> Response[bytes]:
    """The same figures as one CSV file, which spreadsheets open in Chinese too."""
    sheets = await files.sheets(actor, asked.span(), preferences(request.scope).language)
    return files.answer(files.as_csv(sheets), asked, "csv")


@get(f"{PATH}.xlsx", guards=[staff(*queue.FIGURE_ROLES)], dependencies={"asked": Provide(asked)})
async def download_xlsx(
    request: AnyRequest, actor: CurrentActor, asked: NamedDependency[Asked]
) -> Response[bytes]:
    """The same figures as a workbook, a sheet for each table."""
    sheets = await files.sheets(actor, asked.span(), preferences(request.scope).language)
    return files.answer(files.as_xlsx(sheets), asked, "xlsx")


HANDLERS = (show_figures, download_csv, download_xlsx)
