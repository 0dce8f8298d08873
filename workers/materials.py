"""What to bring, as a list in a message says it."""

from collections.abc import Iterator

from services.catalog import Material, MaterialForm
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate

ORIGINAL = N_("original")
ORIGINAL_AND_COPIES = N_("original and copies: %(copies)s")
COPIES = N_("copies: %(count)s")
FORM = N_("form, also to be had at the hall")
ELECTRONIC = N_("electronic")
LATER = N_("may follow later")


def material_notes(language: Language, material: Material) -> str:
    """In which form a paper is wanted, and when: `original and copies: 1`."""
    parts = [_form(language, material), *_conditions(language, material)]
    return ("；" if language is Language.CHINESE else "; ").join(parts)


def _form(language: Language, material: Material) -> str:
    match material.form:
        case MaterialForm.ORIGINAL if material.copies:
            return translate(ORIGINAL_AND_COPIES, language, copies=material.copies)
        case MaterialForm.ORIGINAL:
            return translate(ORIGINAL, language)
        case MaterialForm.COPY:
            return translate(COPIES, language, count=material.count)
        case MaterialForm.FORM:
            return translate(FORM, language)
        case MaterialForm.ELECTRONIC:
            return translate(ELECTRONIC, language)


def _conditions(language: Language, material: Material) -> Iterator[str]:
    if material.required_when:
        condition = material.required_when[language]
        yield condition[0].lower() + condition[1:]
    if material.may_be_supplied_later:
        yield translate(LATER, language)
