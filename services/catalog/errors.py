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


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "exception_period_forwards": PeriodsWrong,
    "exception_period_no_overlap": PeriodsWrong,
    "opening_exception_office_fk": OfficeUnknown,
}

_FROM_FILES = "only `sync` writes it, from files that `read_catalogue` has checked"
INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "item_bookable_while_offered": "`sync` writes both columns together",
    "item_line": _FROM_FILES,
    "office_window_number": _FROM_FILES,
    "office_window_number_once": "`sync` updates the window that has the number",
    "opening_exception_day_once": "both writers replace the exception of the day",
    "opening_exception_origin": "each of the two writers has its own constant",
    "opening_period_forwards": _FROM_FILES,
    "opening_period_no_overlap": _FROM_FILES,
    "opening_period_weekday": _FROM_FILES,
    "window_line_line": _FROM_FILES,
    "window_line_once": "`sync` skips a line that the window has",
}
