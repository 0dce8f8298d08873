"""The states of a ticket, and the closed word lists of the queue."""

from collections.abc import Mapping
from enum import StrEnum


class TicketStatus(StrEnum):
    """Where a ticket stands between check-in and the end of the business."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    FINISHED = "finished"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @classmethod
    def waiting(cls) -> "frozenset[TicketStatus]":
        """In line, to be called."""
        return frozenset({cls.WAITING})

    @classmethod
    def at_window(cls) -> "frozenset[TicketStatus]":
        """Called to a window or being served there; a window has at most one such ticket."""
        return frozenset({cls.CALLED, cls.SERVING})

    @classmethod
    def open(cls) -> "frozenset[TicketStatus]":
        """Not done with: in line or at a window."""
        return cls.waiting() | cls.at_window()


TRANSITIONS: Mapping[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.WAITING: frozenset({TicketStatus.CALLED, TicketStatus.CANCELLED}),
    TicketStatus.CALLED: frozenset(
        {TicketStatus.SERVING, TicketStatus.SKIPPED, TicketStatus.CANCELLED}
    ),
    TicketStatus.SERVING: frozenset({TicketStatus.FINISHED}),
    TicketStatus.SKIPPED: frozenset({TicketStatus.WAITING}),
    TicketStatus.FINISHED: frozenset(),
    TicketStatus.CANCELLED: frozenset(),
}


class TicketKind(StrEnum):
    """How somebody came: with an appointment, or without."""

    APPOINTMENT = "appointment"
    WALK_IN = "walk_in"


class Priority(StrEnum):
    """The classes of the published rule (docs/queue-order.md)."""

    NORMAL = "normal"
    ELDERLY_OR_DISABLED = "elderly_or_disabled"
    URGENT = "urgent"


def sources(status: TicketStatus) -> frozenset[TicketStatus]:
    """The states from which a ticket may step into `status`."""
    return frozenset(before for before, after in TRANSITIONS.items() if status in after)
