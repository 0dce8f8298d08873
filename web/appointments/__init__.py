"""The booking faces: choosing a time, one's own appointments, tracking, and the API for both."""

from litestar.types import ControllerRouterHandler

from web.appointments import (
    again,
    api,
    choosing,
    confirming,
    for_people,
    holds_api,
    mine,
    moving,
    moving_all,
    one,
    parties_api,
    slots_api,
    tracking,
    visit_confirming,
    visits,
    waiting_api,
    waitlist,
)

PAGES: tuple[ControllerRouterHandler, ...] = (
    *choosing.HANDLERS,
    *confirming.HANDLERS,
    *visits.HANDLERS,
    *visit_confirming.HANDLERS,
    *for_people.HANDLERS,
    *mine.HANDLERS,
    *one.HANDLERS,
    *moving.HANDLERS,
    *moving_all.HANDLERS,
    *again.HANDLERS,
    *tracking.HANDLERS,
    *waitlist.HANDLERS,
)
API: tuple[ControllerRouterHandler, ...] = (
    *slots_api.HANDLERS,
    *api.HANDLERS,
    *holds_api.HANDLERS,
    *parties_api.HANDLERS,
    *waiting_api.HANDLERS,
)
