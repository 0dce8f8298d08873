"""Choosing the hall: the earliest anywhere, a month over all halls, or the halls in some order."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from litestar import Response
from msgspec import Struct

from services import appointments, catalog
from services.appointments import OfficeDay, SlotView
from services.catalog import Item, Office
from services.kernel.clock import local_date
from web.appointments.addresses import read_day
from web.appointments.month import month_of
from web.appointments.waits import can_wait, kept_minutes
from web.common.forms import fresh
from web.common.preferences import preferences
from web.common.rendering import AnyRequest


class Order(StrEnum):
    """In which order the halls stand."""

    EARLIEST = "earliest"
    DISTRICT = "district"


class Choice(Struct, frozen=True, kw_only=True):
    """One hall: the first time that is free there, or what it has on the day that was picked."""

    office: Office
    first: SlotView | None
    on_day: OfficeDay | None


async def choose_office(
    request: AnyRequest, item: Item, now: datetime, *, day: str, month: str, order: str
) -> Response[bytes]:
    """The halls that do the item."""
    free = await appointments.next_free(item.code, now)
    earliest = min(free.values(), key=lambda one: one.starts_at, default=None)
    picked = read_day(day)
    otherwise = picked or local_date(earliest.starts_at if earliest else now)
    offices = [one for one in await catalog.offices() if item.line in one.lines]
    language = preferences(request.scope).language
    on_day = await _on_day(item, picked, now)
    chosen = next((one for one in Order if one == order), Order.EARLIEST)
    choices = [
        Choice(office=one, first=free.get(one.code), on_day=on_day.get(one.code))
        for one in offices
        if picked is None or one.code in on_day
    ]
    return fresh(
        "booking/offices.html",
        item=item,
        earliest=_earliest(earliest, free, offices),
        month=await month_of(
            item.code, None, now, asked=month, otherwise=otherwise, language=language
        ),
        picked=picked,
        can_wait=(picked is not None or earliest is None)
        and await can_wait(item.code, now, picked),
        kept_minutes=await kept_minutes(item),
        choices=_in_order(choices, chosen, now),
        order=chosen,
        left_out=order not in ("", *Order) or (picked is None and day != ""),
    )


async def _on_day(item: Item, day: date | None, now: datetime) -> Mapping[str, OfficeDay]:
    if day is None:
        return {}
    found = await appointments.days(item.code, day, day, now)
    return {one.office_code: one for one in found}


def _earliest(
    slot: SlotView | None, free: Mapping[str, SlotView], offices: Sequence[Office]
) -> tuple[Office, SlotView] | None:
    """The earliest time of all, and where it is."""
    return next(((one, slot) for one in offices if slot and free.get(one.code) == slot), None)


def _in_order(choices: list[Choice], order: Order, now: datetime) -> list[Choice]:
    """Those of a district together, or those first that have room first."""
    if order is Order.DISTRICT:
        return sorted(choices, key=lambda one: one.office.district.en)
    return sorted(
        choices,
        key=lambda one: (
            one.on_day is not None and not one.on_day.left,
            one.first is None,
            one.first.starts_at if one.first else now,
        ),
    )
