"""The grades, and the one table of what may become of a complaint."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum

from services.kernel.i18n import N_


class Grade(IntEnum):
    """The five grades of the national scheme (好差评); the lower two are complaints."""

    VERY_SATISFIED = 5
    SATISFIED = 4
    FAIRLY_SATISFIED = 3
    DISSATISFIED = 2
    VERY_DISSATISFIED = 1

    @property
    def complains(self) -> bool:
        """Whether the office must answer it."""
        return self <= Grade.DISSATISFIED


class ComplaintStatus(StrEnum):
    """Where a complaint stands."""

    OPEN = "open"
    ANSWERED = "answered"
    APPEALED = "appealed"
    CLOSED = "closed"


TRANSITIONS: Mapping[ComplaintStatus, frozenset[ComplaintStatus]] = {
    ComplaintStatus.OPEN: frozenset({ComplaintStatus.ANSWERED}),
    ComplaintStatus.ANSWERED: frozenset({ComplaintStatus.APPEALED, ComplaintStatus.CLOSED}),
    ComplaintStatus.APPEALED: frozenset({ComplaintStatus.OPEN, ComplaintStatus.CLOSED}),
    ComplaintStatus.CLOSED: frozenset(),
}


class CallOutcome(StrEnum):
    """What came of a call back."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    DECLINED = "declined"


class Decision(StrEnum):
    """What became of an appeal: upheld, the office answers again; dismissed, the answer stands."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


GRADE_NAMES: Mapping[Grade, str] = {
    Grade.VERY_SATISFIED: N_("Very satisfied"),
    Grade.SATISFIED: N_("Satisfied"),
    Grade.FAIRLY_SATISFIED: N_("Fairly satisfied"),
    Grade.DISSATISFIED: N_("Dissatisfied"),
    Grade.VERY_DISSATISFIED: N_("Very dissatisfied"),
}

STATUS_NAMES: Mapping[ComplaintStatus, str] = {
    ComplaintStatus.OPEN: N_("To be answered"),
    ComplaintStatus.ANSWERED: N_("Answered"),
    ComplaintStatus.APPEALED: N_("Appeal to be decided"),
    ComplaintStatus.CLOSED: N_("Settled"),
}

OUTCOME_NAMES: Mapping[CallOutcome, str] = {
    CallOutcome.REACHED: N_("Spoke to the person"),
    CallOutcome.NO_ANSWER: N_("Nobody answered"),
    CallOutcome.WRONG_NUMBER: N_("The number is wrong"),
    CallOutcome.DECLINED: N_("The person did not want to talk"),
}

DECISION_NAMES: Mapping[Decision, str] = {
    Decision.UPHELD: N_("Upheld: the office answers again"),
    Decision.DISMISSED: N_("Dismissed: the answer stands"),
}
