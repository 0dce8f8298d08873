"""Who did and who looked: written with the deed, never changed, sealed into a chain afterwards.

Exported names are public; anything else is private to the area.
"""

from services.audit.chain import Finding, Head, head, seal, verify
from services.audit.errors import CONSTRAINTS
from services.audit.queries import Entry, about, recent
from services.audit.records import record
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)

__all__ = ["Entry", "Finding", "Head", "about", "head", "recent", "record", "seal", "verify"]
