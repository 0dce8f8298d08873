"""Which areas make something of which events; tests/conventions keeps it complete."""

from collections.abc import Mapping, Sequence

from services import notices, queue
from services.kernel.leases import Consumer

CONSUMERS: Mapping[str, Sequence[Consumer]] = {
    **dict.fromkeys(notices.EXPANSIONS, (notices.expand,)),
    # For whoever follows a hall from outside; no area of ours makes anything of them.
    queue.NUMBER_CALLED: (),
    queue.BUSINESS_FINISHED: (),
}
