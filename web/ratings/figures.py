"""Grades: published by hall and line, by clerk for supervisors, and the setting of the terms."""

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import catalog, ratings
from services.identity import Role
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from services.ratings import Terms
from web.common.flash import redirect
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public, staff
from web.common.rendering import AnyRequest, Page, page
from web.common.staff_places import ADMINISTRATION, COMPLAINTS

TERMS = "/admin/complaints"
SAVED = N_("The terms hold from now on.")


class TermsForm(Struct):
    """As typed; `office` is empty for all offices."""

    office: str = ""
    answer_days: str = ""
    appeal_days: str = ""


@get(
    "/ratings",
    opt=public("the halls' grades are published, without persons"),
    include_in_schema=False,
)
async def show_published(now: Now) -> Page:
    """What people say of each hall and line."""
    return page(
        "ratings/published.html",
        offices=await catalog.offices(),
        figures=await ratings.office_figures(now),
        grades=ratings.GRADE_NAMES,
        days=ratings.FIGURES_OVER.days,
        least=ratings.LEAST_PUBLISHED,
    )


@get("/staff/ratings", guards=[staff(*COMPLAINTS.roles)], include_in_schema=False)
async def show_clerks(actor: CurrentActor, now: Now) -> Page:
    """The same by clerk, for those who supervise them."""
    return page(
        "ratings/clerks.html",
        offices={office.code: office for office in await catalog.offices()},
        figures=await ratings.clerk_figures(actor, now),
        grades=ratings.GRADE_NAMES,
        days=ratings.FIGURES_OVER.days,
    )


@get(TERMS, guards=[staff(*ADMINISTRATION.roles)], include_in_schema=False)
async def show_terms(actor: CurrentActor) -> Response[bytes]:
    """Within how many days complaints are answered."""
    return fresh("ratings/terms.html", form=None, **await _terms(may_change=_may(actor)))


@post(TERMS, guards=[staff(Role.ADMINISTRATOR)], include_in_schema=False)
async def save_terms(
    request: AnyRequest, actor: CurrentActor, now: Now, data: URLEncodedBody[TermsForm]
) -> Response[bytes] | Redirect:
    """Change them."""
    wanted = Terms(answer_days=_days(data.answer_days), appeal_days=_days(data.appeal_days))
    try:
        await ratings.set_terms(actor, data.office or None, wanted, now)
    except DomainError as error:
        context = await _terms(may_change=True)
        return refused(request, "ratings/terms.html", error, form=data, **context)
    return redirect(TERMS, SAVED)


def _may(actor: CurrentActor) -> bool:
    return actor.has_role(Role.ADMINISTRATOR)


def _days(typed: str) -> int:
    # Nothing that is no small number is within the bounds that the operation checks.
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 3 else 0  # noqa: PLR2004 - three digits are more than any bound


async def _terms(*, may_change: bool) -> dict[str, object]:
    offices = await catalog.offices()
    return {
        "offices": offices,
        "common": await ratings.terms(),
        "by_office": {office.code: await ratings.terms(office.code) for office in offices},
        "may_change": may_change,
    }


HANDLERS = (show_published, show_clerks, show_terms, save_terms)
