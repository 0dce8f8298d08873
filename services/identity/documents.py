"""ID numbers: how each document's number is written, normalised and checked.

Only what makes a number impossible is an error. What merely looks odd, such as a division code
that was never assigned, is a warning for the clerk who holds the document in hand.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from stdnum import numdb
from stdnum.cn import ric

from services.identity.states import IdType
from services.kernel.i18n import N_

MAX_TYPED = 40

_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—−·.()"), None)

_GB_11643 = re.compile(r"[0-9]{17}[0-9X]")
_HOME_DIVISIONS = ("810000", "820000", "830000")
_HM_TRAVEL_PERMIT = re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?")
_TW_TRAVEL_PERMIT = re.compile(r"[0-9]{8}(?:[0-9]{2}[A-Z]?)?")
_PASSPORT_CN = re.compile(
    r"E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|G[0-9]{8}|1[45][0-9]{7}|[DSP][0-9]{7,8}|[DSP]E[0-9]{7}"
    r"|K[0-9]{8}|KJ[0-9]{7}|H[0-9]{8}|HJ[0-9]{7}|M[A-Z][0-9]{7}"
)
_PASSPORT_FOREIGN = re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]{5,17}")
_PERMANENT_RESIDENCE_2004 = re.compile(r"[A-Z]{3}[0-9]{12}")

MISSING = N_("Please enter the number of the document.")
WRONG_FORM = N_("This is not how a number on this document is written. Please check it.")
WRONG_CHECK = N_("One character of this number is wrong. Please compare it with the document.")
WRONG_DATE = N_("The date of birth in this number does not exist. Please check it.")
WRONG_TYPE = N_("This number belongs to another kind of document. Please choose that one.")


class InvalidIdNumber(ValueError):
    """The number cannot stand on a document of this type; `message` is a msgid for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def normalise_id_number(id_type: IdType, typed: str, on: date) -> str:
    """Return the one way to write the number, so that one document has one number.

    Full-width characters, blanks and dashes are accepted; letters become capitals. The serial of
    the renewal at the end of the older travel permits is dropped: it changes with each booklet,
    the eight digits before it are the holder's for life.

    Args:
        id_type: The document it stands on.
        typed: What was typed.
        on: Today, by which nobody may yet have to be born.

    Raises:
        InvalidIdNumber: The number cannot be right.
    """
    number = "".join(unicodedata.normalize("NFKC", typed[:MAX_TYPED]).split())
    number = number.translate(_DASHES).upper()
    if not number:
        raise InvalidIdNumber(MISSING)
    if len(typed) > MAX_TYPED or not number.isascii():
        raise InvalidIdNumber(WRONG_FORM)
    return _RULES[id_type](number, on)


def division_was_assigned(id_type: IdType, number: str) -> bool:
    """Whether the division code of a normalised number was ever given out (GB/T 2260).

    Which year it was given out is left aside: numbers exist since 1984, so most holders were born
    before their division got its present code.
    """
    if id_type is not IdType.RESIDENT_ID:
        return True
    return any("county" in properties for _, properties in numdb.get("cn/loc").info(number[:6]))


def _resident_id(number: str, on: date) -> str:
    if number.startswith(_HOME_DIVISIONS) or number.startswith("9"):
        _citizen_number(number, on)
        raise InvalidIdNumber(WRONG_TYPE)
    return _citizen_number(number, on)


def _hmt_residence_permit(number: str, on: date) -> str:
    _citizen_number(number, on)
    if not number.startswith(_HOME_DIVISIONS):
        raise InvalidIdNumber(WRONG_TYPE)
    return number


def _permanent_residence(number: str, on: date) -> str:
    if _PERMANENT_RESIDENCE_2004.fullmatch(number):
        # The rule of its check character was never published; only its date can be held to.
        _two_digit_year(number[7:13])
        return number
    _citizen_number(number, on)
    if not number.startswith("9"):
        raise InvalidIdNumber(WRONG_TYPE)
    return number


def _citizen_number(number: str, on: date) -> str:
    """Length, check character (ISO 7064 MOD 11-2) and date of GB 11643; nothing of the place."""
    if not _GB_11643.fullmatch(number) or number[0] == "0":
        raise InvalidIdNumber(WRONG_FORM)
    if ric.calc_check_digit(number) != number[-1]:
        raise InvalidIdNumber(WRONG_CHECK)
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise InvalidIdNumber(WRONG_DATE) from error
    if not born <= on:
        raise InvalidIdNumber(WRONG_DATE)
    return number


def _two_digit_year(yymmdd: str) -> None:
    """29 February is taken as real: the century, and so the leap year, is not written."""
    try:
        date(2000, int(yymmdd[2:4]), int(yymmdd[4:6]))
    except ValueError as error:
        raise InvalidIdNumber(WRONG_DATE) from error


def _written_as(form: re.Pattern[str], keep: int | None = None) -> Callable[[str, date], str]:
    def check(number: str, _on: date) -> str:
        if not form.fullmatch(number):
            raise InvalidIdNumber(WRONG_FORM)
        return number[:keep]

    return check


_RULES: dict[IdType, Callable[[str, date], str]] = {
    IdType.RESIDENT_ID: _resident_id,
    IdType.HMT_RESIDENCE_PERMIT: _hmt_residence_permit,
    IdType.FOREIGN_PERMANENT_RESIDENCE: _permanent_residence,
    IdType.HM_TRAVEL_PERMIT: _written_as(_HM_TRAVEL_PERMIT, keep=9),
    IdType.TW_TRAVEL_PERMIT: _written_as(_TW_TRAVEL_PERMIT, keep=8),
    IdType.PASSPORT_CN: _written_as(_PASSPORT_CN),
    IdType.PASSPORT_FOREIGN: _written_as(_PASSPORT_FOREIGN),
}
