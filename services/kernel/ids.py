"""Keys for machines and references for people.

A reference is nine random characters and a check character (ISO 7064, hybrid system MOD 23,22),
from an alphabet without look-alikes or sound-alikes, shown as two groups of five: `K7M3X-9AH4T`.
The check character catches every single wrong character and nearly every swap of two neighbours.
"""

import secrets
import unicodedata
from uuid import UUID

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36
from uuid_utils.compat import uuid7

REFERENCE_ALPHABET = "23456789ACEFHJKMNPRTXY"
REFERENCE_LENGTH = 10
_REFERENCES = len(REFERENCE_ALPHABET) ** (REFERENCE_LENGTH - 1)


def new_id() -> UUID:
    """A UUIDv7: unique, and ascending with time so that indexes stay compact."""
    return uuid7()


def new_reference() -> str:
    """A fresh reference, unguessable (22^9, about 1.2 x 10^12) and checkable by ear."""
    number, body = secrets.randbelow(_REFERENCES), ""
    for _ in range(REFERENCE_LENGTH - 1):
        number, digit = divmod(number, len(REFERENCE_ALPHABET))
        body += REFERENCE_ALPHABET[digit]
    return body + mod_37_36.calc_check_digit(body, REFERENCE_ALPHABET)


def bare_reference(text: str) -> str:
    """The letters and digits of what a person typed or a scanner read, as references have them."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text).upper()
        if character.isalnum()
    )


def normalise_reference(text: str) -> str | None:
    """What a person typed or a scanner read, as stored; None if the check character is wrong."""
    kept = bare_reference(text)
    if len(kept) != REFERENCE_LENGTH:
        return None
    try:
        return str(mod_37_36.validate(kept, REFERENCE_ALPHABET))
    except (ValidationError, ValueError):
        return None


def show_reference(reference: str) -> str:
    """A reference in two groups, as it is printed and read aloud."""
    return f"{reference[:5]}-{reference[5:]}"
