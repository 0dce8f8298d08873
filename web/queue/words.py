"""The queue's closed words, as people read them."""

from collections.abc import Mapping

from services.kernel.i18n import N_
from services.queue import Act, ChosenReason, Outcome, PauseReason, Priority, WindowState

PRIORITIES: Mapping[Priority, str] = {
    Priority.NORMAL: N_("Ordinary"),
    Priority.ELDERLY_OR_DISABLED: N_("Elderly or disabled"),
    Priority.URGENT: N_("Urgent matter"),
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.DONE: N_("Done"),
    Outcome.PAPERS_MISSING: N_("Papers missing"),
    Outcome.HANDED_ON: N_("Handed on to another place"),
    Outcome.NOTHING_TO_DO: N_("Nothing to do"),
    Outcome.UNRECORDED: N_("Not recorded"),
}

CHOSEN_REASONS: Mapping[ChosenReason, str] = {
    ChosenReason.CANNOT_WAIT: N_("Cannot wait any longer"),
    ChosenReason.TOGETHER: N_("Belongs to somebody just served"),
    ChosenReason.OUR_MISTAKE: N_("Lost the place by our mistake"),
    ChosenReason.SHORT_QUESTION: N_("Only hands something in"),
}

PAUSE_REASONS: Mapping[PauseReason, str] = {
    PauseReason.REST: N_("Short break"),
    PauseReason.MEAL: N_("Meal"),
    PauseReason.MEETING: N_("Meeting"),
    PauseReason.EQUIPMENT: N_("Equipment out of order"),
    PauseReason.CLOSED: N_("Closed by a supervisor"),
}

UNDO: Mapping[Act, str] = {
    Act.CALLED: N_("%(number)s called."),
    Act.CHOSEN: N_("%(number)s called out of order."),
    Act.STARTED: N_("%(number)s started."),
    Act.FINISHED: N_("%(number)s finished."),
    Act.SKIPPED: N_("%(number)s marked as not come."),
    Act.PARKED: N_("%(number)s fetches a paper."),
    Act.TRANSFERRED: N_("%(number)s handed on."),
    Act.RESUMED: N_("%(number)s is back in line."),
    Act.CAME_BACK: N_("%(number)s is back in line."),
    Act.WITHDRAWN: N_("%(number)s taken out of the line."),
}

WINDOW_STATES: Mapping[WindowState, str] = {
    WindowState.FREE: N_("Ready to call"),
    WindowState.CALLING: N_("Calling"),
    WindowState.SERVING: N_("Serving"),
    WindowState.PAUSED: N_("On a break"),
    WindowState.CLOSED: N_("Not open"),
}
