"""Free times for programs: what anyone may see, or where a whole visit fits."""

from datetime import date, datetime, timedelta
from typing import Annotated

from litestar import MediaType, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.serialization import encode_json
from msgspec import Meta

from services import appointments, catalog
from services.appointments import VisitShape
from services.identity import COMPANIONS
from services.kernel.clock import local_date
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.glances import Glances
from services.kernel.i18n import N_
from web.api.problem_docs import problems
from web.appointments.answers import FURTHER_ITEMS, SlotAnswer, slot_answer
from web.common.guards import Now, public

ANYONE = "anyone may see which times are free"
SHOWN_UNASKED = timedelta(days=14)
LONGEST_RANGE = timedelta(days=31)
FURTHEST = timedelta(days=366)
WRONG_RANGE = N_("Please ask for at most 31 days at a time, within a year of today.")

Office = Annotated[
    str, QueryParameter(name="office", max_length=60, description=N_("The office's code."))
]
Item = Annotated[
    str, QueryParameter(name="item", max_length=60, description=N_("The item's code."))
]
From = Annotated[
    date | None, QueryParameter(name="from", description=N_("The first day; today if absent."))
]
To = Annotated[date | None, QueryParameter(name="to", description=N_("The last day, included."))]
People = Annotated[
    int,
    QueryParameter(
        name="people",
        ge=1,
        le=1 + COMPANIONS,
        description=N_("How many come; `left` is 0 where not all of them fit."),
    ),
]
Further = Annotated[
    list[Annotated[str, Meta(max_length=60)]] | None,
    QueryParameter(
        name="items",
        max_items=FURTHER_ITEMS,
        description=N_("What else is to be done on the visit; given once for each further item."),
    ),
]


def range_asked(first: date | None, last: date | None, now: datetime) -> tuple[date, date]:
    """The first and the last day that times are asked for. Raises InvalidInput."""
    today = local_date(now)
    first = first or today
    if abs(first - today) > FURTHEST:
        raise InvalidInput(FieldError("from", "range_wrong", WRONG_RANGE))
    last = last or first + SHOWN_UNASKED
    if not first <= last <= first + LONGEST_RANGE:
        raise InvalidInput(FieldError("to", "range_wrong", WRONG_RANGE))
    return first, last


@get(
    "/slots",
    opt=public(ANYONE),
    tags=["slots"],
    summary=N_("List free and full times"),
    operation_id="list_slots",
    responses={
        200: ResponseSpec(
            list[SlotAnswer],
            generate_examples=False,
            description="Request fulfilled, document follows",
        ),
        **problems(catalog.ItemUnknown, catalog.OfficeUnknown, public=True),
    },
)
async def list_slots(
    office: Office,
    item: Item,
    now: Now,
    *,
    first: From = None,
    last: To = None,
    people: People = 1,
    items: Further = None,
) -> Response[bytes]:
    """Every time that has not begun and on which the hall is open, in order; full ones too.

    With `people` and `items`, `left` is 0 where a visit of so many for all of it cannot begin.
    """
    first, last = range_asked(first, last, now)
    further = tuple(sorted({code for code in items or () if code != item}))
    body = await _slots.at((office, item, first, last, people, further), now)
    return Response(body, media_type=MediaType.JSON)


async def _encoded_slots(
    asked: tuple[str, str, date, date, int, tuple[str, ...]], now: datetime
) -> bytes:
    office, item, first, last, people, further = asked
    shape = VisitShape(further_items=further, people=people)
    found = await appointments.availability(office, item, first, last, now, shape=shape)
    return encode_json([slot_answer(slot) for slot in found])


# The whole hall looks at the same month when its seats are released.
_slots = Glances(_encoded_slots)


HANDLERS = (list_slots,)
