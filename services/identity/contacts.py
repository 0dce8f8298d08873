"""Names, phones and mail addresses: how they are written, and the one form that is kept."""

import re
import unicodedata

from services.kernel.i18n import N_

NAME_LENGTH = (2, 50)
EMAIL_MAX = 254
PHONE_TYPED_MAX = 32

_ONE_WAY_TO_WRITE = (
    dict.fromkeys(map(ord, "•‧∙⋅●・･․᛫"), "·")
    | dict.fromkeys(map(ord, "’‘`´ʼ"), "'")
    | dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009"), " ")
)
_NAME_PUNCTUATION = frozenset("· '-.,")
_IDEOGRAPHIC_PLANES = (("\U00020000", "\U0002fffd"), ("\U00030000", "\U0003fffd"))
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_EMAIL_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_EMAIL_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_LOCAL_PART_MAX = 64

WRONG_PHONE = N_("Please enter a mainland mobile number of 11 digits.")
WRONG_NAME = N_("Please enter the name exactly as on the document, 2 to 50 characters.")
WRONG_EMAIL = N_("Please enter an e-mail address such as name@example.com, or leave it empty.")


class InvalidContact(ValueError):
    """The text cannot be what it was given as; `message` is a msgid for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def normalise_phone(typed: str) -> str:
    """Return the 11 digits of a mainland mobile number, without country code or separators.

    Raises:
        InvalidContact: It is not a mobile number of the mainland.
    """
    if len(typed) > PHONE_TYPED_MAX:
        raise InvalidContact(WRONG_PHONE)
    text = unicodedata.normalize("NFKC", typed)
    digits = re.sub(r"[\s()‐-―-]", "", text)
    digits = re.sub(r"^(?:\+|00)?86(?=1[0-9]{10}$)", "", digits)
    if not _MOBILE.fullmatch(digits):
        raise InvalidContact(WRONG_PHONE)
    return digits


def normalise_name(typed: str) -> str:
    """Return the name with one kind of middle dot, blank and quote.

    Any script's letters are names, rare Chinese characters included, also those newer than this
    Python's Unicode tables. Digits, control and invisible formatting characters are not.

    Raises:
        InvalidContact: It is not 2 to 50 characters of a name.
    """
    shortest, longest = NAME_LENGTH
    if len(typed) > 2 * longest:
        raise InvalidContact(WRONG_NAME)
    name = unicodedata.normalize("NFC", typed.strip()).translate(_ONE_WAY_TO_WRITE)
    name = "".join(unicodedata.normalize("NFKC", c) if "！" <= c <= "～" else c for c in name)
    name = re.sub(r" {2,}", " ", re.sub(r" *· *", "·", name))
    if not shortest <= len(name) <= longest or not all(map(_stands_in_a_name, name)):
        raise InvalidContact(WRONG_NAME)
    if not _is_letter(name[0]) or not any(map(_is_letter, name[1:])):
        raise InvalidContact(WRONG_NAME)
    return name


def normalise_email(typed: str) -> str:
    """Return the address with its domain in small letters; the part before @ keeps its case.

    Raises:
        InvalidContact: It cannot be delivered to as written.
    """
    local, _, domain = typed.strip().rpartition("@")
    domain = domain.lower()
    fits = len(typed.strip()) <= EMAIL_MAX and len(local) <= _LOCAL_PART_MAX
    if not fits or not _EMAIL_LOCAL.fullmatch(local) or not _EMAIL_DOMAIN.fullmatch(domain):
        raise InvalidContact(WRONG_EMAIL)
    return f"{local}@{domain}"


def _stands_in_a_name(character: str) -> bool:
    return _is_letter(character) or character in _NAME_PUNCTUATION


def _is_letter(character: str) -> bool:
    if any(first <= character <= last for first, last in _IDEOGRAPHIC_PLANES):
        return True
    return unicodedata.category(character)[0] in "LM"
