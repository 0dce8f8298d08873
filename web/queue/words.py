"""The queue's closed words, as people read them."""

from collections.abc import Mapping

from services.kernel.i18n import N_
from services.queue import Priority

PRIORITIES: Mapping[Priority, str] = {
    Priority.NORMAL: N_("Ordinary"),
    Priority.ELDERLY_OR_DISABLED: N_("Elderly or disabled"),
    Priority.URGENT: N_("Urgent matter"),
}

CALL = N_("Number %(number)s, please come to window %(window)s.")

# Digits are read out one by one: a hall is loud, and "twelve" is soon "twenty".
SPOKEN_DIGITS: Mapping[str, str] = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def spoken_number(number: str) -> str:
    """A ticket's number as the Chinese voice is to say it."""
    return " ".join(SPOKEN_DIGITS.get(character, character) for character in number)
