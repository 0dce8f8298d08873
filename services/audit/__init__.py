"""Who did and who looked: written with the deed, never changed, sealed into a chain afterwards.

What is imported here is public; anything else is private to the area.
"""

from services.audit.chain import Finding, Head, head, seal, verify
from services.audit.checks import Check, Sealing, check, last_check, sealing
from services.audit.errors import CONSTRAINTS
from services.audit.looking import look
from services.audit.queries import Entry, Search, about, search
from services.audit.records import Record, record, record_all
from services.kernel.errors import register_constraints

register_constraints(CONSTRAINTS)
