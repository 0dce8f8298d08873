"""What the queue refuses, and what its constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from services.kernel.i18n import N_


class UnknownSlip(NotFound):
    """No appointment has this reference."""

    code = "unknown_slip"
    message = N_("No appointment has this reference. Please read it again, or give out a number.")


class TooEarly(DomainError):
    """The appointment is later today; `time` is when its check-in opens."""

    code = "too_early"
    message = N_("This appointment can be checked in from %(time)s. Please come back then.")


class AnotherDay(DomainError):
    """The appointment is on another day; `day` is that day."""

    code = "another_day"
    message = N_("This appointment is for %(day)s, not for today.")


class AnotherOffice(DomainError):
    """The appointment is at another office; `office_code` says which."""

    code = "another_office"
    message = N_("This appointment is at another office: %(office)s.")


class SlipUsed(DomainError):
    """The appointment has its ticket already; `number` is that ticket's."""

    code = "slip_used"
    message = N_(
        "This slip has been used already: number %(number)s was given out for it. If somebody"
        " else holds that number, please compare the ID card before you give out another."
    )


class SlipVoid(DomainError):
    """The appointment was cancelled, moved or is done with."""

    code = "slip_void"
    message = N_("This appointment does not stand any more. A number can be given out instead.")


class LineNotServed(DomainError):
    """No window of the office serves this line, or the item belongs to another line."""

    code = "line_not_served"
    status = 422
    message = N_("This office has no window for this business. Please choose another line.")


class NoMoreNumbers(DomainError):
    """The line has given out all its numbers today."""

    code = "no_more_numbers"
    message = N_("All numbers of this line are given out for today.")


class WindowTaken(DomainError):
    """Another clerk sits at this window."""

    code = "window_taken"
    message = N_("Another clerk is signed in at this window.")


class SittingElsewhere(DomainError):
    """This clerk sits at another window."""

    code = "sitting_elsewhere"
    message = N_("You are signed in at another window. Please leave that one first.")


class NotAtWindow(Forbidden):
    """The clerk does not sit at the window that this concerns."""

    code = "not_at_window"
    message = N_("Please sit down at this window first.")


class WindowBusy(DomainError):
    """The window has a ticket that is not finished."""

    code = "window_busy"
    message = N_("This window still has a number. Please finish it first.")


class TicketMoved(Conflict):
    """The ticket is not in the state that this takes; `number` and `status` say where it is."""

    code = "ticket_moved"
    message = N_("Number %(number)s has moved on meanwhile. This is its present state.")


class CalledOften(DomainError):
    """The ticket has been called as often as the rule allows."""

    code = "called_often"
    message = N_("Number %(number)s has been called three times. Please start, or mark it missed.")


class ReturnedBefore(DomainError):
    """The ticket has come back into line once already."""

    code = "returned_before"
    message = N_("Number %(number)s has come back into line once already. Please give a new one.")


class NotOurLine(DomainError):
    """The ticket waits in a line that this window does not serve."""

    code = "not_our_line"
    message = N_("Number %(number)s waits in a line that this window does not serve.")


class SamePlace(DomainError):
    """The ticket is to be handed on to where it is."""

    code = "same_place"
    status = 422
    message = N_("The number is there already. Please choose another window or line.")


class WindowPaused(DomainError):
    """The window is on a break or closed, and calls nobody."""

    code = "window_paused"
    message = N_("This window is paused. Please go on with it first.")


class WindowPausedAlready(DomainError):
    """The window is to be paused while it is."""

    code = "window_paused_already"
    message = N_("This window is paused already.")


class WindowClosed(DomainError):
    """A supervisor has closed the window; nobody sits down there."""

    code = "window_closed"
    message = N_("A supervisor has closed this window.")


class NotPaused(DomainError):
    """The window is not paused."""

    code = "not_paused"
    message = N_("This window is not paused.")


class BreakTooLong(DomainError):
    """A break has a reason of its own and a length up to `minutes`."""

    code = "break_too_long"
    status = 422
    message = N_("A break lasts between one minute and %(minutes)s minutes.")


class NothingToUndo(DomainError):
    """The window has no last act of this clerk."""

    code = "nothing_to_undo"
    message = N_("There is nothing to undo.")


class UndoneTooLate(DomainError):
    """The time for an undo is over."""

    code = "undone_too_late"
    message = N_("It is too late to undo this.")


class LineLeftAlone(DomainError):
    """`count` people wait in a line that no window would serve."""

    code = "line_left_alone"
    message = N_(
        "People wait in a line that no window would serve any more (%(count)s). Please move another"
        " window there first."
    )


class WindowMoved(Conflict):
    """Another supervisor has moved this window in the same moment."""

    code = "window_moved"
    message = N_("Another supervisor has just moved this window. This is its present state.")


class SetupLinkSpent(NotFound):
    """The link of a kiosk has made its device already, is too old or was withdrawn."""

    code = "setup_link_spent"
    message = N_("This link is used up. Please ask the administrator for a new one.")


class NotAtKiosk(Forbidden):
    """A kiosk is asked for something that only a clerk decides."""

    code = "not_at_kiosk"
    message = N_("Please speak to a member of staff at the counter.")


class NobodyToTell(DomainError):
    """The number is nobody's whose phone is known."""

    code = "nobody_to_tell"
    message = N_("This number was taken without an appointment, so we know no phone to write to.")


class AskedBefore(Conflict):
    """The message is asked for already."""

    code = "asked_before"
    message = N_("You have asked for this message already.")


class ScreenNameTaken(Conflict):
    """The office has a screen of this name."""

    code = "screen_name_taken"
    message = N_("This hall has a screen of this name already.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "board_screen_name": ScreenNameTaken,
    "ticket_nudge_once": AskedBefore,
    "ticket_number_given_once": Conflict,
    "ticket_one_per_appointment": SlipUsed,
    "ticket_one_at_a_window": WindowBusy,
    "ticket_counter_last": NoMoreNumbers,
    "window_session_one_per_window": WindowTaken,
    "window_session_one_per_clerk": SittingElsewhere,
    "window_pause_one_per_window": WindowPausedAlready,
    "window_assignment_one_at_a_time": WindowMoved,
}

_WRITTEN_BY_ENUM = "operations write it from an enum"
_WRITTEN_TOGETHER = "each operation writes these columns together"

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "ticket_line": _WRITTEN_BY_ENUM,
    "ticket_number": "rules.ticket_number makes it",
    "ticket_kind": _WRITTEN_BY_ENUM,
    "ticket_priority": _WRITTEN_BY_ENUM,
    "ticket_status": _WRITTEN_BY_ENUM,
    "ticket_never_after_arrival": "rules.place_in_line never looks ahead",
    "ticket_in_line_since_it_came": "the clock that is passed in does not go back",
    "ticket_stint_once": "stints.keep_stint runs once a change, under the ticket's lock",
    "ticket_stint_line": _WRITTEN_BY_ENUM,
    "ticket_stint_ending": _WRITTEN_TOGETHER,
    "ticket_stint_forwards": "stints.keep_stint puts the times in order",
    "ticket_call_count": "calls.recall counts only up to MOST_CALLS",
    "ticket_called_whole": _WRITTEN_TOGETHER,
    "ticket_called": _WRITTEN_TOGETHER,
    "ticket_started": _WRITTEN_TOGETHER,
    "ticket_ended": _WRITTEN_TOGETHER,
    "ticket_parked": _WRITTEN_TOGETHER,
    "ticket_outcome": _WRITTEN_TOGETHER,
    "ticket_for_window_waiting": _WRITTEN_TOGETHER,
    "ticket_counter_once": "it is what the counter's upsert conflicts with",
    "window_act_act": _WRITTEN_BY_ENUM,
    "window_pause_reason": _WRITTEN_BY_ENUM,
    "window_pause_expected": "pauses.take_break and close_window write both together",
    "window_pause_forwards": "the clock that is passed in does not go back",
    "window_assignment_lines": "assignments.move_window takes a hall's own lines",
    "window_assignment_forwards": "assignments.move_window ends none before it began",
    "board_screen_name_length": "screens.save_screen has measured it",
    "board_screen_layout": _WRITTEN_BY_ENUM,
    "board_screen_voices": _WRITTEN_BY_ENUM,
    "board_screen_volume": "screens.save_screen has measured it",
    "board_screen_quiet": "screens.save_screen asks for both or neither",
    "kiosk_setup_digest": "256 random bits",
    "kiosk_token_digest": "256 random bits",
    "kiosk_label": "kiosks.create_kiosk has measured it",
    "kiosk_opened_once": _WRITTEN_TOGETHER,
    "window_session_forwards": "the clock that is passed in does not go back",
}
