"""What the catalogue refuses, and what its constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_


class ItemUnknown(NotFound):
    """No item has this code."""

    code = "item_unknown"
    message = N_("There is no such item. Please search for it by name.")


class OfficeUnknown(NotFound):
    """No office has this code."""

    code = "office_unknown"
    message = N_("There is no such office. Please choose one from the list.")


class WindowUnknown(NotFound):
    """No window has this id."""

    code = "window_unknown"
    message = N_("There is no such window.")


class PeriodsWrong(DomainError):
    """Opening periods overlap, or close before they open."""

    code = "periods_wrong"
    status = 422
    message = N_("Opening periods must not overlap, and must close after they open.")


class WindowNumberTaken(DomainError):
    """The office has a window of this number."""

    code = "window_number_taken"
    message = N_("The hall has a window of this number already.")


class WindowWrong(DomainError):
    """A window's number is out of range, or it serves no line."""

    code = "window_wrong"
    status = 422
    message = N_("A window has a number from 1 to 99 and serves at least one line.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "exception_period_forwards": PeriodsWrong,
    "exception_period_no_overlap": PeriodsWrong,
    "opening_exception_office_fk": OfficeUnknown,
    "opening_period_forwards": PeriodsWrong,
    "opening_period_no_overlap": PeriodsWrong,
    "office_window_number": WindowWrong,
    "office_window_number_once": WindowNumberTaken,
}

_FROM_FILES = "only `sync` writes it, from files that `read_catalogue` has checked"
INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "item_bookable_while_offered": "`sync` writes both columns together",
    "item_line": _FROM_FILES,
    "opening_exception_day_once": "each writer replaces its own exception of the day",
    "opening_exception_origin": "each of the two writers has its own constant",
    "opening_period_weekday": "from the seven of the form, or from the files",
    "window_line_line": "from the enumeration of lines",
    "window_line_once": "a line that the window has is skipped",
}
