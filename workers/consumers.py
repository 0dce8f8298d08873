"""Which areas make something of which events; tests/conventions keeps it complete."""

from collections.abc import Mapping, Sequence

from services import notices
from services.kernel.leases import Consumer

CONSUMERS: Mapping[str, Sequence[Consumer]] = dict.fromkeys(notices.EXPANSIONS, (notices.expand,))
