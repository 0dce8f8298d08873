"""The states of a ticket, and the closed word lists of the queue."""

from collections.abc import Mapping
from enum import StrEnum


class TicketStatus(StrEnum):
    """Where a ticket stands between check-in and the end of the business."""

    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    PARKED = "parked"
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
        """Not done with: in line, at a window, or gone to fetch a paper."""
        return cls.waiting() | cls.at_window() | {cls.PARKED}


# An undo within ten seconds goes one step back along an arrow; see undo.py.
TRANSITIONS: Mapping[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.WAITING: frozenset({TicketStatus.CALLED, TicketStatus.CANCELLED}),
    TicketStatus.CALLED: frozenset(
        {
            TicketStatus.SERVING,
            TicketStatus.SKIPPED,
            TicketStatus.CANCELLED,
            TicketStatus.WAITING,
        }
    ),
    TicketStatus.SERVING: frozenset(
        {TicketStatus.FINISHED, TicketStatus.PARKED, TicketStatus.WAITING}
    ),
    TicketStatus.PARKED: frozenset({TicketStatus.WAITING, TicketStatus.CANCELLED}),
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


class Outcome(StrEnum):
    """What the business at the window came to."""

    DONE = "done"
    PAPERS_MISSING = "papers_missing"
    HANDED_ON = "handed_on"
    NOTHING_TO_DO = "nothing_to_do"
    UNRECORDED = "unrecorded"

    @classmethod
    def chosen(cls) -> "tuple[Outcome, ...]":
        """Those that a clerk may choose; the last is what the end of the day writes."""
        return (cls.DONE, cls.PAPERS_MISSING, cls.HANDED_ON, cls.NOTHING_TO_DO)


class ChosenReason(StrEnum):
    """Why a clerk calls somebody out of order. The list is closed and published."""

    CANNOT_WAIT = "cannot_wait"
    TOGETHER = "together"
    OUR_MISTAKE = "our_mistake"
    SHORT_QUESTION = "short_question"


class PauseReason(StrEnum):
    """Why a window calls nobody for a while. Only a supervisor closes one, and opens it again."""

    REST = "rest"
    MEAL = "meal"
    MEETING = "meeting"
    EQUIPMENT = "equipment"
    CLOSED = "closed"

    @classmethod
    def breaks(cls) -> "tuple[PauseReason, ...]":
        """Those that a clerk may give, with a time at which the window goes on."""
        return (cls.REST, cls.MEAL, cls.MEETING, cls.EQUIPMENT)


class Act(StrEnum):
    """What a window did last, and may undo."""

    CALLED = "called"
    CHOSEN = "chosen"
    STARTED = "started"
    FINISHED = "finished"
    SKIPPED = "skipped"
    PARKED = "parked"
    TRANSFERRED = "transferred"
    RESUMED = "resumed"
    CAME_BACK = "came_back"
    WITHDRAWN = "withdrawn"


def sources(status: TicketStatus) -> frozenset[TicketStatus]:
    """The states from which a ticket may step into `status`."""
    return frozenset(before for before, after in TRANSITIONS.items() if status in after)
