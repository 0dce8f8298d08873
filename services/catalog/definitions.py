"""What the catalogue's files say, as frozen structs: these classes are the files' schema."""

from datetime import date, time
from typing import Annotated

from msgspec import Meta, Struct

from services.catalog.states import Category, LimitUnit, Line, MaterialForm, Mode

Words = Annotated[str, Meta(min_length=1, max_length=600)]
ItemCode = Annotated[str, Meta(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=60)]
OfficeCode = Annotated[str, Meta(pattern=r"^[a-z]+$", max_length=30)]
HIGHEST_FEE = 1_000_000
"""10,000 yuan, in fen: no fee of a police service hall comes near it."""


class Text(Struct, frozen=True, rename={"zh": "zh_CN"}):
    """The same words in both languages of the house."""

    zh: Words
    en: Words

    def __getitem__(self, language: str) -> str:
        """The words in `language`; Chinese unless English is asked for."""
        return self.en if language == "en" else self.zh


class Material(Struct, frozen=True, kw_only=True):
    """One paper to bring: `count` of it in `form`, and `copies` of an original."""

    name: Text
    form: MaterialForm
    count: Annotated[int, Meta(ge=1, le=20)] = 1
    copies: Annotated[int, Meta(ge=0, le=20)] = 0
    may_be_supplied_later: bool = False
    required_when: Text | None = None


class Limit(Struct, frozen=True, kw_only=True):
    """How long it takes at most; a number of 0 means that one waits for it at the window."""

    number: Annotated[int, Meta(ge=0, le=365)]
    unit: LimitUnit
    extra_remote: Annotated[int, Meta(ge=0, le=365)] = 0
    confirmed: bool = True
    note: Text | None = None


class Fee(Struct, frozen=True, kw_only=True):
    """What one variant costs, in fen (hundredths of a yuan); None where somebody else sets it."""

    variant: Text
    fen: Annotated[int, Meta(ge=0, le=HIGHEST_FEE)] | None = None
    confirmed: bool = True
    note: Text | None = None


class LegalBasis(Struct, frozen=True, kw_only=True):
    """The law or rule an item rests on; the article only where it is certain."""

    name: Text
    article: Text | None = None


class Prerequisite(Struct, frozen=True, kw_only=True):
    """What must be done or true before: another item, a condition in words, or both."""

    item: ItemCode | None = None
    text: Text | None = None


class SearchWords(Struct, frozen=True, rename={"zh": "zh_CN"}):
    """How people ask for the item, beyond the words of its title."""

    zh: Annotated[tuple[Words, ...], Meta(min_length=1)]
    en: Annotated[tuple[Words, ...], Meta(min_length=1)]


class Item(Struct, frozen=True, kw_only=True):
    """One thing one can get done. `position` orders the items of a line."""

    code: ItemCode
    line: Line
    category: Category
    position: Annotated[int, Meta(ge=1, le=9999)]
    title: Text
    summary: Text
    applicant: Text
    modes: Annotated[tuple[Mode, ...], Meta(min_length=1)]
    minutes: Annotated[int, Meta(ge=5, le=120)]
    file_within: Text | None = None
    limit: Limit | None = None
    statutory_limit: Limit | None = None
    fees: Annotated[tuple[Fee, ...], Meta(min_length=1)]
    materials: Annotated[tuple[Material, ...], Meta(min_length=1)]
    steps: Annotated[tuple[Text, ...], Meta(min_length=2)]
    results: Annotated[tuple[Text, ...], Meta(min_length=1)]
    legal_basis: Annotated[tuple[LegalBasis, ...], Meta(min_length=1)]
    prerequisites: tuple[Prerequisite, ...] = ()
    search_words: SearchWords

    @property
    def bookable(self) -> bool:
        """Whether a window can be booked for it."""
        return Mode.BOOKED in self.modes


class Period(Struct, frozen=True, order=True):
    """Opening hours on one day, local time, from `opens` until before `closes`."""

    opens: time
    closes: time


class WeekdayHours(Struct, frozen=True, kw_only=True):
    """The periods that hold on each of `weekdays` (1 is Monday, 7 is Sunday)."""

    weekdays: Annotated[tuple[Annotated[int, Meta(ge=1, le=7)], ...], Meta(min_length=1)]
    periods: Annotated[tuple[Period, ...], Meta(min_length=1)]


class OpeningException(Struct, frozen=True, kw_only=True):
    """One day on which an office keeps other hours; without periods it is closed."""

    day: date
    note: Text
    periods: tuple[Period, ...] = ()


class WindowDefinition(Struct, frozen=True, kw_only=True):
    """A window of an office and the lines it serves."""

    number: Annotated[int, Meta(ge=1, le=99)]
    name: Text
    lines: Annotated[tuple[Line, ...], Meta(min_length=1)]


class OfficeDefinition(Struct, frozen=True, kw_only=True):
    """An office as its file describes it."""

    code: OfficeCode
    name: Text
    district: Text
    address: Text
    phone: Annotated[str, Meta(pattern=r"^0\d{2,3}-\d{7,8}$")]
    directions: Text
    # Degrees north and east (WGS 84), as maps give them: `36.4560, 115.9850`.
    location: Annotated[str, Meta(pattern=r"^\d{1,2}\.\d{2,6}, \d{1,3}\.\d{2,6}$")] | None = None
    opening: Annotated[tuple[WeekdayHours, ...], Meta(min_length=1)]
    exceptions: tuple[OpeningException, ...] = ()
    windows: Annotated[tuple[WindowDefinition, ...], Meta(min_length=1)]


class OfficesFile(Struct, frozen=True):
    """The whole of offices.yaml; the order of offices is the order on pages."""

    offices: Annotated[tuple[OfficeDefinition, ...], Meta(min_length=1)]
