"""The two languages, and their catalogues read straight from ``locales/<language>/*.po``."""

from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALES = Path(__file__).resolve().parents[2] / "locales"


class Language(StrEnum):
    """A language that every text exists in; the value is the folder name and the cookie's value."""

    CHINESE = "zh_CN"
    ENGLISH = "en"

    @property
    def tag(self) -> str:
        """The BCP 47 tag for ``<html lang>`` and ``Content-Language``."""
        return self.value.replace("_", "-")


@cache
def translations(language: Language) -> Translations:
    """All parts of one language's catalogue merged into one, in memory."""
    merged = Translations()
    for part in sorted((LOCALES / language).glob("*.po")):
        with part.open("rb") as source:
            catalog = read_po(source, locale=language.value)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        read = Translations(compiled)
        merged.merge(read)
        # merge() keeps the plural rule of the empty catalogue that it began with, which is English.
        merged.plural = read.plural
    return merged


def translate(message: str, language: Language, **values: object) -> str:
    """Translate a marked ``message`` and fill in its ``%(name)s`` places.

    ``%%`` stands for a percent sign, as in the templates.
    """
    return translations(language).gettext(message) % values
