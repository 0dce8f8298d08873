"""For programs: whole days at a glance, and the waiting list."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct

from services import appointments, catalog
from services.appointments import (
    AlreadyBooked,
    BookingBlocked,
    DayTaken,
    ItemNotBookable,
    JoinWaitlist,
    NothingReleased,
    NothingReturns,
    OfferOver,
    RoomNow,
    StillWaiting,
    TooLongToWait,
    WaitingAlready,
    WaitlistEntry,
    WaitlistSettled,
    WaitlistStatus,
    WaitlistUnknown,
)
from services.identity import RealNameRequired
from services.kernel.clock import local_date, to_local
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from web.api.openapi import SIGNED_IN
from web.api.problem_docs import problems
from web.appointments.answers import (
    AppointmentAnswer,
    ItemCode,
    Key,
    Moment,
    OfficeCode,
    SlotId,
    appointment_answer,
)
from web.appointments.month import DayState, state_of
from web.appointments.slots_api import ANYONE, FURTHEST, From, Item, To
from web.common.guards import CurrentActor, Now, citizen, public, real_name
from web.common.idempotency import idempotent
from web.common.rendering import AnyRequest

LONGEST_RANGE = timedelta(days=62)
WRONG_RANGE = N_("Please ask for at most 62 days at a time, within a year of today.")

AnyOffice = Annotated[
    str | None,
    QueryParameter(name="office", max_length=60, description=N_("One office; all if absent.")),
]
EntryId = Annotated[UUID, PathParameter(description=N_("The id that joining answered with."))]
Day = Annotated[date, Meta(examples=["2025-07-08"])]


class DayAnswer(Struct, frozen=True, kw_only=True):
    """One day of one office: `left` of `capacity` places; none before `released_at`."""

    day: Day
    office: OfficeCode
    state: Annotated[DayState, Meta(examples=["room"])]
    capacity: Annotated[int, Meta(examples=[48])]
    left: Annotated[int, Meta(examples=[12])]
    released_at: Moment


class WaitRequest(Struct, forbid_unknown_fields=True):
    """For what to wait: at any of the offices, on any of the days, both included."""

    item: ItemCode
    offices: Annotated[
        list[str],
        Meta(
            description=N_("The codes of the offices, any of which will do."),
            min_length=1,
            max_length=30,
            examples=[["dongchangfu"]],
        ),
    ]
    first_day: Annotated[date, Meta(description=N_("The first day."), examples=["2025-07-08"])]
    last_day: Annotated[
        date, Meta(description=N_("The last day, included."), examples=["2025-07-11"])
    ]


class OfferAnswer(Struct, frozen=True, kw_only=True):
    """A place that is kept for the person until `until`."""

    slot_id: SlotId
    office: OfficeCode
    starts_at: Moment
    ends_at: Moment
    until: Moment


class WaitlistAnswer(Struct, frozen=True, kw_only=True):
    """A place in the line; `ahead` counts who has waited longer for some of the same places."""

    id: Key
    item: ItemCode
    status: Annotated[WaitlistStatus, Meta(examples=["waiting"])]
    offices: Annotated[list[str], Meta(examples=[["dongchangfu"]])]
    first_day: Day
    last_day: Day
    ahead: Annotated[int | None, Meta(examples=[2])]
    offer: OfferAnswer | None


def waitlist_answer(one: WaitlistEntry) -> WaitlistAnswer:
    """One entry."""
    offer = one.offer
    return WaitlistAnswer(
        id=one.id,
        item=one.item_code,
        status=one.status,
        offices=list(one.office_codes),
        first_day=one.first_day,
        last_day=one.last_day,
        ahead=one.ahead,
        offer=OfferAnswer(
            slot_id=offer.slot_id,
            office=offer.office_code,
            starts_at=to_local(offer.starts_at),
            ends_at=to_local(offer.ends_at),
            until=to_local(offer.until),
        )
        if offer
        else None,
    )


@get(
    "/days",
    opt=public(ANYONE),
    tags=["slots"],
    summary=N_("List days with how much room each has"),
    operation_id="list_days",
    responses=problems(catalog.ItemUnknown, catalog.OfficeUnknown, public=True),
)
async def list_days(
    item: Item, now: Now, *, office: AnyOffice = None, first: From = None, last: To = None
) -> list[DayAnswer]:
    """Each day of each office on which there are times, in order; a month costs one reading."""
    today = local_date(now)
    first = first or today
    last = last or first + timedelta(days=30)
    if abs(first - today) > FURTHEST or not first <= last <= first + LONGEST_RANGE:
        raise InvalidInput(FieldError("to", "range_wrong", WRONG_RANGE))
    offices = None if office is None else [(await catalog.office(office)).code]
    found = await appointments.days(item, first, last, now, office_codes=offices)
    return [
        DayAnswer(
            day=one.day,
            office=one.office_code,
            state=state_of([one], now)[0],
            capacity=one.capacity,
            left=one.left,
            released_at=to_local(one.released_at),
        )
        for one in found
    ]


@post(
    "/waitlist",
    guards=[real_name],
    security=SIGNED_IN,
    tags=["waitlist"],
    summary=N_("Join the waiting list"),
    operation_id="join_waitlist",
    responses=problems(
        catalog.ItemUnknown,
        ItemNotBookable,
        RealNameRequired,
        RoomNow,
        NothingReturns,
        NothingReleased,
        TooLongToWait,
        WaitingAlready,
        AlreadyBooked,
        limited=True,
        repeatable=True,
    ),
)
@idempotent
async def join(
    request: AnyRequest, data: JSONBody[WaitRequest], actor: CurrentActor, now: Now
) -> WaitlistAnswer:
    """Whoever has waited longest is offered a place that comes back, and told of it."""
    del request
    command = JoinWaitlist(
        item_code=data.item,
        office_codes=tuple(data.offices),
        first_day=data.first_day,
        last_day=data.last_day,
    )
    return waitlist_answer(await appointments.join_waitlist(actor, command, now))


@get(
    "/waitlist",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["waitlist"],
    summary=N_("List what one waits for"),
    operation_id="list_waitlist",
    responses=problems(),
)
async def list_waitlist(actor: CurrentActor) -> list[WaitlistAnswer]:
    """What is offered, what waits, then the latest that are over."""
    return [waitlist_answer(one) for one in await appointments.my_waitlist(actor)]


@post(
    "/waitlist/{entry_id:uuid}/take",
    guards=[real_name],
    security=SIGNED_IN,
    tags=["waitlist"],
    summary=N_("Take the place that is offered"),
    operation_id="take_offer",
    responses=problems(
        WaitlistUnknown,
        NotFound,
        WaitlistSettled,
        OfferOver,
        StillWaiting,
        BookingBlocked,
        AlreadyBooked,
        DayTaken,
        limited=True,
        repeatable=True,
    ),
)
@idempotent
async def take(
    request: AnyRequest, entry_id: EntryId, actor: CurrentActor, now: Now
) -> AppointmentAnswer:
    """Books the place that is kept."""
    del request
    return appointment_answer(await appointments.take_offer(actor, entry_id, now))


@delete(
    "/waitlist/{entry_id:uuid}",
    guards=[citizen],
    security=SIGNED_IN,
    tags=["waitlist"],
    summary=N_("Leave the waiting list"),
    operation_id="leave_waitlist",
    responses=problems(WaitlistUnknown, NotFound, WaitlistSettled),
)
async def leave(entry_id: EntryId, actor: CurrentActor, now: Now) -> None:
    """A place that is offered goes to the next in line."""
    await appointments.leave_waitlist(actor, entry_id, now)


HANDLERS = (list_days, join, list_waitlist, take, leave)
