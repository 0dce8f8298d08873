"""What ratings refuse, and what their constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from services.kernel.i18n import N_


class NotServedYet(DomainError):
    """The visit is not finished."""

    code = "not_served_yet"
    message = N_("You can rate this visit once it is finished.")


class RatedTooLate(DomainError):
    """The visit is too long ago; `days` is for how long a visit can be rated."""

    code = "rated_too_late"
    message = N_("A visit can be rated for %(days)s days. This one is longer ago.")


class InvitationRanOut(NotFound):
    """The code from the window is too old, or was used."""

    code = "invitation_ran_out"
    message = N_(
        "This code has run out. The page of your number leads to the rating as well, for 30 days."
    )


class AlreadyRated(Conflict):
    """The visit has its rating."""

    code = "already_rated"
    message = N_("This visit has been rated already. Each visit is rated once.")


class ComplaintMoved(Conflict):
    """The complaint is not in the state that this takes."""

    code = "complaint_moved"
    message = N_("This complaint has moved on meanwhile. This is its present state.")


class CallFirst(DomainError):
    """Somebody who can be reached is called before the answer is written."""

    code = "call_first"
    message = N_("Please call the person back and note how it went before you answer.")


class AppealedBefore(DomainError):
    """One appeal was decided, and there is one only."""

    code = "appealed_before"
    message = N_("This complaint has been appealed once already.")


class AppealTooLate(DomainError):
    """The time for an appeal is over; `days` is how long it was."""

    code = "appeal_too_late"
    message = N_("An appeal was possible for %(days)s days after the answer.")


class DecidedByAnother(Forbidden):
    """Nobody decides on an appeal against their own answer."""

    code = "decided_by_another"
    message = N_("You gave the answer that is contested. Somebody else must decide on the appeal.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "rating_once_a_visit": AlreadyRated,
    "complaint_once_a_rating": Conflict,
    "complaint_decided_by_another": DecidedByAnother,
}

_WRITTEN_BY_ENUM = "operations write it from an enum"
_WRITTEN_TOGETHER = "each operation writes these columns together"

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "rating_line": _WRITTEN_BY_ENUM,
    "rating_grade": _WRITTEN_BY_ENUM,
    "rating_anonymous_is_nameless": "rate leaves the person out",
    "complaint_status": _WRITTEN_BY_ENUM,
    "complaint_answered": _WRITTEN_TOGETHER,
    "complaint_appealed": _WRITTEN_TOGETHER,
    "complaint_decided": _WRITTEN_TOGETHER,
    "complaint_decision": _WRITTEN_BY_ENUM,
    "complaint_closed": _WRITTEN_TOGETHER,
    "complaint_call_outcome": _WRITTEN_BY_ENUM,
    "complaint_term_once": "it is what the setting's upsert conflicts with",
    "complaint_term_days": "terms.set_terms has measured them",
}
