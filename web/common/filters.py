"""How the templates write times, money and numbers, in the language of the page."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from markupsafe import Markup

from services.kernel import formats
from services.kernel.ids import show_reference
from services.kernel.translations import Language


def filters(language: Language) -> Mapping[str, Callable[..., Any]]:
    """The filters by the names that templates use."""
    return {
        "day": partial(formats.day, language=language),
        "moment": partial(formats.moment, language=language),
        "near_day": partial(formats.near_day, language=language),
        "soon": partial(formats.soon, language=language),
        "clock_time": formats.clock_time,
        "money": partial(formats.money, language=language),
        "weekday": partial(formats.weekday, language=language),
        "reference": show_reference,
        "tel": tel,
    }


def tel(number: str) -> Markup:
    """A telephone number that a phone dials when it is touched."""
    digits = "".join(character for character in number if character.isdigit() or character == "+")
    return Markup('<a class="tel" href="tel:{}">{}</a>').format(digits, number)
