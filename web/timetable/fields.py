"""Reading what was typed into the forms of the timetable; every wrong field is named."""

from collections.abc import Iterable, Sized
from datetime import date, time
from uuid import UUID

from services.catalog import Line, Text
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_

WRONG_DAY = N_("Please choose a day.")
WRONG_TIME = N_("Please write the time as 08:30.")
WRONG_NUMBER = N_("Please enter a number from %(least)s to %(most)s.")
WRONG_TEXT = N_("Please write this in 1 to %(most)s characters.")
WRONG_CHOICE = N_("Please choose one of these.")
LONGEST = 200

# A box ticked once arrives as a text, several times as a list.
Ticked = list[str] | str


def ticked(found: Ticked) -> list[str]:
    """The values of the boxes that were ticked."""
    return [found] if isinstance(found, str) else found


class Reader:
    """Collects what is wrong while it reads; `check` raises it all at once."""

    def __init__(self) -> None:
        self._errors: list[FieldError] = []

    def day(self, field: str, text: str) -> date:
        """A day as date fields send it."""
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            self._errors.append(FieldError(field, "day_malformed", WRONG_DAY))
            return date.min

    def clock(self, field: str, text: str, empty: time | None = None) -> time:
        """A time of day; `empty` where nothing needs to be typed."""
        if not text.strip() and empty is not None:
            return empty
        try:
            found = time.fromisoformat(text.strip())
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            self._errors.append(FieldError(field, "time_malformed", WRONG_TIME))
            return time.min
        return found.replace(second=0, microsecond=0)

    def number(self, field: str, text: str, least: int, most: int) -> int:
        """A whole number within its range."""
        try:
            found = int(text.strip() or "x")
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            data = {"least": least, "most": most}
            self._errors.append(FieldError(field, "number_wrong", WRONG_NUMBER, data))
        return found

    def line(self, field: str, text: str) -> Line:
        """The windows that were chosen; nothing typed in by hand stands for others."""
        if text in set(Line):
            return Line(text)
        self.wrong_choice(field)
        return Line.HOUSEHOLD

    def key(self, field: str, text: str) -> UUID | None:
        """The key of what was chosen, None if nothing was."""
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError:
            self.wrong_choice(field)
            return None

    def among(self, field: str, chosen: Iterable[str], known: Iterable[str]) -> None:
        """Refuse a ticked box that the form does not have."""
        if not set(chosen) <= set(known):
            self.wrong_choice(field)

    def some(self, field: str, chosen: Sized) -> None:
        """Refuse boxes of which none is ticked."""
        if not chosen:
            self.wrong_choice(field)

    def wrong_choice(self, field: str) -> None:
        """What was chosen is not one of the form's choices."""
        self._errors.append(FieldError(field, "choice_wrong", WRONG_CHOICE))

    def words(self, field: str, text: str, most: int = LONGEST) -> str:
        """A line of text."""
        found = " ".join(text.split())
        if not 1 <= len(found) <= most or not found.isprintable():
            self._errors.append(FieldError(field, "text_wrong", WRONG_TEXT, {"most": most}))
        return found

    def text(self, name: str, chinese: str, english: str, most: int = LONGEST) -> Text:
        """The same line in both languages, from `name`_zh and `name`_en."""
        return Text(
            self.words(f"{name}_zh", chinese, most), self.words(f"{name}_en", english, most)
        )

    def check(self) -> None:
        """Raise InvalidInput that names every wrong field."""
        if self._errors:
            raise InvalidInput(*self._errors)
