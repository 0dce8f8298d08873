"""What the pages are told: pure functions from the catalogue to what a template lays out."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from services import catalog
from services.catalog import Category, Line

# What firms come for with many people: booked from a list on /firm, not seat by seat.
GROUP_BOOKING = "firm-group-booking"


class Section(Struct, frozen=True):
    """The items of one category, in order."""

    category: Category
    items: tuple[catalog.Item, ...]


class LineCount(Struct, frozen=True):
    """How many items a line has."""

    line: Line
    count: int


class HallNow(Struct, frozen=True):
    """A hall and how it stands at this moment."""

    office: catalog.Office
    opening: catalog.Opening


class FeeRange(Struct, frozen=True):
    """The fees of an item in one look; None where somebody else sets all of them."""

    lowest: int | None
    highest: int | None
    confirmed: bool


def by_line(items: Iterable[catalog.Item]) -> tuple[LineCount, ...]:
    """Every line with the number of its items."""
    lines = [item.line for item in items]
    return tuple(LineCount(line, lines.count(line)) for line in Line)


def by_category(items: Sequence[catalog.Item]) -> tuple[Section, ...]:
    """Items that stand in catalogue order, under the headings of their categories."""
    order = list(Category)
    ordered = sorted(items, key=lambda item: order.index(item.category))
    return tuple(
        Section(category, tuple(group))
        for category, group in groupby(ordered, key=lambda item: item.category)
    )


def halls_now(
    offices: Iterable[catalog.Office], openings: Mapping[str, catalog.Opening]
) -> tuple[HallNow, ...]:
    """The halls with the open ones first, then by when they open."""
    halls = [HallNow(office, openings.get(office.code, catalog.Opening())) for office in offices]
    return tuple(sorted(halls, key=_readiness))


def _readiness(hall: HallNow) -> tuple[bool, bool, str]:
    opens_at = hall.opening.opens_at
    return not hall.opening.is_open, opens_at is None, opens_at.isoformat() if opens_at else ""


class WeekdaySpan(Struct, frozen=True):
    """Weekdays in a row, 1 for Monday, with the same hours."""

    first: int
    last: int
    periods: tuple[catalog.Period, ...]


def week_spans(
    week: Mapping[int, tuple[catalog.Period, ...]],
) -> tuple[WeekdaySpan, ...]:
    """An ordinary week in as few lines as it takes; a weekday without hours is closed."""
    days = [(weekday, week.get(weekday, ())) for weekday in range(1, 8)]
    spans = [list(group) for _, group in groupby(days, key=lambda day: day[1])]
    return tuple(WeekdaySpan(span[0][0], span[-1][0], span[0][1]) for span in spans)


class WindowGroup(Struct, frozen=True):
    """Windows that are called and serve the same."""

    name: catalog.Text
    lines: tuple[Line, ...]
    numbers: tuple[int, ...]


def window_groups(windows: Iterable[catalog.Window]) -> tuple[WindowGroup, ...]:
    """The windows of a hall by what they serve, in the order of the first number."""
    groups: dict[tuple[catalog.Text, tuple[Line, ...]], list[int]] = {}
    for window in windows:
        groups.setdefault((window.name, window.lines), []).append(window.number)
    return tuple(
        WindowGroup(name, lines, tuple(numbers)) for (name, lines), numbers in groups.items()
    )


def fee_range(fees: Sequence[catalog.Fee]) -> FeeRange:
    """What one pays at least and at most."""
    known = [fee.fen for fee in fees if fee.fen is not None]
    return FeeRange(
        lowest=min(known, default=None),
        highest=max(known, default=None),
        confirmed=all(fee.confirmed for fee in fees),
    )
