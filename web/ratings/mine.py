"""/my/ratings: what a citizen said of their visits, and what came of it."""

from litestar import get

from services import catalog, ratings
from web.common.guards import CurrentActor, citizen
from web.common.rendering import Page, page


@get("/my/ratings", guards=[citizen])
async def show_ratings(actor: CurrentActor) -> Page:
    """One's own ratings, newest first. Anonymous ones are tied to nobody, so they are not here."""
    return page(
        "ratings/mine.html",
        ratings=await ratings.mine(actor),
        offices={office.code: office for office in await catalog.offices()},
        grades=ratings.GRADE_NAMES,
        statuses=ratings.STATUS_NAMES,
    )


HANDLERS = (show_ratings,)
