"""What was chosen for a visit, as addresses and forms carry it: several values under one name."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar.datastructures import FormMultiDict, MultiDict
from msgspec import Struct

from services import catalog
from services.appointments import VisitShape
from services.identity import COMPANIONS
from web.appointments.addresses import BOOK, read_uuid
from web.common.rendering import AnyRequest

VISIT = f"{BOOK}/visit"
LONGEST_CODE = 60
ITEMS = 4


class VisitChoices(Struct, frozen=True, kw_only=True):
    """Who comes for what; `also` are the further items, `people` the companions."""

    item: str
    office: str
    also: tuple[str, ...] = ()
    people: tuple[UUID, ...] = ()
    myself: bool = True
    slot_id: str = ""
    wishes: tuple[str, ...] = ()
    language: str = ""

    @property
    def number(self) -> int:
        """How many come."""
        return len(self.people) + (1 if self.myself else 0)

    @property
    def is_complete(self) -> bool:
        """Whether it says what for and where."""
        return bool(self.item and self.office)

    @property
    def shape(self) -> VisitShape:
        """What has to fit into the timetable."""
        return VisitShape(further_items=self.also, people=self.number)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Name and value of each choice, for an address or for hidden fields."""
        chosen = [("item", self.item), ("office", self.office)]
        chosen = [(name, value) for name, value in chosen if value]
        chosen += [("also", code) for code in self.also]
        chosen += [("person", str(key)) for key in self.people]
        return chosen + ([] if self.myself else [("me", "no")])

    def address(self, path: str, **more: str) -> str:
        """`path` with the choices, and with more that is not empty."""
        extra = [(name, value) for name, value in more.items() if value]
        return f"{path}?{urlencode([*self.carried, *extra])}"


def confirm_address(hold_id: UUID) -> str:
    """The page that confirms the places that are kept for a visit."""
    return f"{VISIT}/confirm/{hold_id}"


async def items_of(chosen: VisitChoices) -> list[catalog.Item]:
    """Everything that the visit is for. Raises ItemUnknown."""
    return [await catalog.item(code) for code in (chosen.item, *chosen.also)]


def choices_in_query(request: AnyRequest) -> VisitChoices:
    """The choices that an address carries."""
    return _choices(request.query_params)


async def choices_in_form(request: AnyRequest) -> VisitChoices:
    """The choices that a form carries."""
    return _choices(await request.form())


def _choices(given: MultiDict[Any] | FormMultiDict) -> VisitChoices:
    people = (read_uuid(text) for text in _all(given, "person")[:COMPANIONS])
    return VisitChoices(
        item=_one(given, "item"),
        office=_one(given, "office"),
        also=tuple(dict.fromkeys(code for code in _all(given, "also") if code))[:ITEMS],
        people=tuple(dict.fromkeys(key for key in people if key is not None)),
        # The form says "no" first, and "yes" after it where the box is ticked.
        myself=[*_all(given, "me")][-1:] != ["no"],
        slot_id=_one(given, "slot_id"),
        wishes=tuple(_all(given, "wish")),
        language=_one(given, "language"),
    )


def _all(given: MultiDict[Any] | FormMultiDict, name: str) -> Sequence[str]:
    values = given.getall(name, [])
    return [value[:LONGEST_CODE] for value in values if isinstance(value, str)]


def _one(given: MultiDict[Any] | FormMultiDict, name: str) -> str:
    return next(iter(_all(given, name)), "")
