"""Which areas make something of which events; tests/conventions keeps it complete."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services import appointments, notices, partners
from services.kernel.leases import Consumer, Event


async def offer_seats(_event: Event, now: datetime) -> None:
    """A seat is back: offer whatever is back by now to whoever waits."""
    await appointments.offer_seats(now)


_AREAS: Sequence[tuple[Mapping[str, object], Consumer]] = (
    (notices.EXPANSIONS, notices.expand),
    (partners.EXPANSIONS, partners.expand),
)

CONSUMERS: Mapping[str, Sequence[Consumer]] = {
    appointments.SEAT_BACK: (offer_seats,),
    appointments.CLOSURE_DUE: (appointments.displace_next,),
    **{
        topic: tuple(expand for topics, expand in _AREAS if topic in topics)
        for wanted, _ in _AREAS
        for topic in wanted
    },
}
