"""Why a key of the workbench does nothing just now, for the clerk who pressed it."""

from collections.abc import Iterator, Mapping

from services.kernel.i18n import N_
from services.queue import TicketStatus, Workbench

SIT_FIRST = N_("Sit down at this window first.")
SITTING = N_("You sit at this window already.")
NOT_SITTING = N_("You do not sit at this window.")
NOBODY_CALLED = N_("No number is called. Call the next one first.")
NOBODY_WAITS = N_("Nobody is waiting for this window.")
NOBODY_MISSED = N_("Nobody has missed a call.")
NOBODY_FETCHES = N_("Nobody is fetching a paper.")
START_FIRST = N_("The number is called, but not started. Start it first, or say that nobody came.")
FINISH_FIRST = N_("Finish the present number first.")
STARTED = N_("This number has been started already.")
CALLED_OUT = N_("This number has been called %(times)s times already.")
PAUSED = N_("The window is paused. Go on first.")
NOT_PAUSED = N_("The window is not paused.")
NOTHING_TO_UNDO = N_("There is nothing to undo.")


def reasons(bench: Workbench) -> Mapping[str, str]:
    """By key, in small letters, a msgid for each that cannot act in this state of the window."""
    return {key: why for keys, why in _reasons(bench) for key in keys}


def _reasons(bench: Workbench) -> Iterator[tuple[str, str]]:
    if not bench.waiting:
        yield "nlc", NOBODY_WAITS
    if not bench.missed:
        yield "b", NOBODY_MISSED
    if not bench.parked:
        yield "i", NOBODY_FETCHES
    if bench.undoable is None:
        yield "u", NOTHING_TO_UNDO
    if not bench.seated:
        yield "q", NOT_SITTING
        yield "nsfrxpotckgu", SIT_FIRST
        return
    yield "a", SITTING
    if bench.pause is None:
        yield "g", NOT_PAUSED
    if bench.current is None:
        yield "sfrxpot", NOBODY_CALLED
        if bench.pause is not None:
            yield "nck", PAUSED
    elif bench.current.status is TicketStatus.CALLED:
        # R is here for the button that is disabled once the number has been called out.
        yield "r", CALLED_OUT
        yield "nfpock", START_FIRST
    else:
        yield "s", STARTED
        yield "nrxck", FINISH_FIRST
