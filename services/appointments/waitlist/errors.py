"""What the waiting list refuses, and what its constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError, NotFound
from services.kernel.i18n import N_


class WaitingAlready(DomainError):
    """One open waitlist entry a person and item."""

    code = "waiting_already"
    message = N_("You are already on the waiting list for this item.")


class WaitlistUnknown(NotFound):
    """No entry of this person has this id."""

    code = "waitlist_unknown"
    message = N_("You are not on this waiting list.")


class WaitlistSettled(Conflict):
    """Its state does not allow this step any more; `status` is the state that was found."""

    code = "waitlist_settled"
    message = N_("This entry of the waiting list has ended already.")


class OfferOver(DomainError):
    """The offered seat was kept until a moment that has passed, or has not been offered yet."""

    code = "offer_over"
    message = N_("This place is not kept for you any more. You can join the waiting list again.")


class StillWaiting(OfferOver):
    """Nothing is offered to whoever waits, perhaps not any more: the hall may have closed then."""

    code = "still_waiting"
    message = N_("No place is kept for you at the moment. You keep your place on the waiting list.")


class RoomNow(DomainError):
    """There are seats to be had; `office_code` and `day` say where the first of them is."""

    code = "room_now"
    message = N_("There are free places on these days. Please choose one of them.")


class NothingReturns(DomainError):
    """No time can be booked online on the days: they are over, too near, or without times."""

    code = "nothing_returns"
    message = N_("No times can be booked at these halls on these days. Please choose other days.")


class NothingReleased(NothingReturns):
    """The days have times, but they are not open for booking yet."""

    code = "nothing_released"
    message = N_("These days are not open for booking yet. You can wait once they are full.")


class TooLongToWait(NothingReturns):
    """The item takes longer than any slot there, and slots that adjoin are not offered."""

    code = "too_long_to_wait"
    message = N_(
        "This takes several times in a row, and places come back one by one: the waiting list"
        " cannot offer it. Please look at other days or halls."
    )


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "waitlist_entry_one_per_person_and_item": WaitingAlready,
    "waitlist_entry_person": NotFound,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "waitlist_entry_item": "the operation has just read the item",
    "waitlist_entry_line": "the item's own line",
    "waitlist_entry_minutes": "the item's own minutes",
    "waitlist_entry_status": "written from WaitlistStatus",
    "waitlist_entry_days": "the operation has compared the days",
    "waitlist_entry_offered": "status, hold and time are written together",
    "waitlist_entry_closed": "status and time are written together",
    "waitlist_entry_one_per_hold": "each offer makes a hold of its own",
    "waitlist_office_office": "the operation has just read the offices",
    "waitlist_office_once": "the operation has taken each office once",
    "appointment_reminder_once": "a reminder that was given out is left as it is (ON CONFLICT)",
    "appointment_reminder_kind": "written from Reminder",
}
