"""Who did and who looked: written with the deed, never changed, sealed into a chain afterwards.

Exported names are public; anything else is private to the area.
"""

from services.audit.chain import Finding, Head, head, seal, verify
from services.audit.checks import Check, check, last_check
from services.audit.errors import CONSTRAINTS
from services.audit.queries import Entry, Search, about, search
from services.audit.records import record
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)

__all__ = [
    "Check",
    "Entry",
    "Finding",
    "Head",
    "Search",
    "about",
    "check",
    "head",
    "last_check",
    "record",
    "seal",
    "search",
    "verify",
]
