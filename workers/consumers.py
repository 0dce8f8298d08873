"""Which areas make something of which events; tests/conventions keeps it complete."""

from collections.abc import Mapping, Sequence

from services import notices, partners, queue
from services.kernel.leases import Consumer

_AREAS: Sequence[tuple[Mapping[str, object], Consumer]] = (
    (notices.EXPANSIONS, notices.expand),
    (partners.EXPANSIONS, partners.expand),
)

CONSUMERS: Mapping[str, Sequence[Consumer]] = {
    # For whoever follows a hall from outside; no area of ours makes anything of it.
    queue.BUSINESS_FINISHED: (),
    **{
        topic: tuple(expand for topics, expand in _AREAS if topic in topics)
        for wanted, _ in _AREAS
        for topic in wanted
    },
}
