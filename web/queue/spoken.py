"""What the hall's screens show and say, in words."""

from collections.abc import Mapping

from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from services.queue import Layout, Voices

LAYOUTS: Mapping[Layout, str] = {
    Layout.SPLIT: N_("Calls and those before"),
    Layout.LIST: N_("One long list"),
    Layout.GRID: N_("Every window a tile"),
    Layout.PORTRAIT: N_("On end"),
}

VOICES: Mapping[Voices, str] = {
    Voices.BOTH: N_("Chinese, then English"),
    Voices.CHINESE: N_("Chinese"),
    Voices.ENGLISH: N_("English"),
    Voices.CHIME: N_("The chime alone"),
}

CALL = N_("Number %(number)s, window %(window)s.")

# Digits are read out one by one: a hall is loud, and "twelve" is soon "twenty".
SPOKEN_DIGITS: Mapping[str, str] = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


def spoken_number(number: str, language: Language) -> str:
    """A ticket's number as a voice is to say it: ``A 零 一 二``, ``A 0 1 2``."""
    digits = SPOKEN_DIGITS if language is Language.CHINESE else {}
    return " ".join(digits.get(character, character) for character in number)


def spoken_call(number: str, window: int, language: Language) -> str:
    """What a voice says when `number` is called to `window`."""
    return translate(CALL, language, number=spoken_number(number, language), window=window)
