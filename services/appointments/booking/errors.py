"""What booking refuses, and what its constraints mean."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.appointments.seating.errors import SlotFull
from services.kernel.errors import Conflict, DomainError, NotFound, Unavailable
from services.kernel.i18n import N_


class SlotUnknown(NotFound):
    """No slot has this id."""

    code = "slot_unknown"
    message = N_("This time is no longer in the timetable. Please choose another.")


class SlotPast(DomainError):
    """The slot has begun."""

    code = "slot_past"
    message = N_("This time has already begun. Please choose a later one.")


class SlotClosed(DomainError):
    """The office will be closed then, though the slot was planned."""

    code = "slot_closed"
    message = N_("The office is closed at this time. Please choose another.")


class NotReleased(DomainError):
    """The seats open later; `released_at` says when."""

    code = "not_released"
    message = N_("Places at this time are not open for booking yet.")


class NotYourTurn(NotReleased):
    """Just released: everybody has a turn in the first seconds; `turn` is this person's."""

    code = "not_your_turn"
    message = N_("Places at this time have just opened. Your turn comes in a moment.")

    def __init__(self, *, turn: datetime) -> None:
        super().__init__(turn=turn)
        self.turn = turn


class TooFarAhead(DomainError):
    """Beyond the days that may be booked today; `last_day` is the last of them."""

    code = "too_far_ahead"
    message = N_("This day is too far ahead. Please choose an earlier one.")


class TooLateToBook(DomainError):
    """Nearer than the days before which one may book online; `first_day` is the next that can."""

    code = "too_late_to_book"
    message = N_(
        "This day can no longer be booked online. Please choose a later one, call the hall, or "
        "come and take a number."
    )


class OtherLine(DomainError):
    """The slot belongs to windows that do not do this item."""

    code = "other_line"
    message = N_("This item is not dealt with at that window. Please choose the time again.")


class LongerThanSlot(DomainError):
    """The item takes more minutes than the slot has: `visits.book` books several."""

    code = "longer_than_slot"
    message = N_("This takes longer than one place in the timetable. Please book it as a visit.")


class ItemNotBookable(DomainError):
    """The item is not done by appointment."""

    code = "item_not_bookable"
    message = N_("This item needs no appointment. Its page says how it is done.")


class HoldUnknown(NotFound):
    """No hold of this person has this id."""

    code = "hold_unknown"
    message = N_("We are not keeping a place for you. Please choose a time.")


class HoldExpired(DomainError):
    """The hold's time ran out; it says what it was for."""

    code = "hold_expired"
    message = N_("The time we kept for you has run out. Please choose a time again.")

    def __init__(self, *, item_code: str, office_code: str, slot_id: UUID) -> None:
        super().__init__(item_code=item_code, office_code=office_code, slot_id=slot_id)
        self.item_code = item_code
        self.office_code = office_code
        self.slot_id = slot_id


class HoldReleased(HoldExpired):
    """The person gave the hold back, or took another time for the item instead."""

    code = "hold_released"
    message = N_("You gave this time back or took another one. Please choose a time again.")


class HoldUsed(DomainError):
    """The hold has become the appointment `reference`, whatever became of that since."""

    code = "hold_used"
    message = N_("You have booked this time already. Here is your appointment.")

    def __init__(self, *, reference: str) -> None:
        super().__init__(reference=reference)
        self.reference = reference


class HeldForOthers(DomainError):
    """The hold was taken for another number of people, or for other items."""

    code = "held_for_others"
    message = N_(
        "These places are kept for other people or for something else. Please choose the time "
        "again."
    )


class HoldLongEnough(Conflict):
    """The hold was prolonged as often as the rule allows, or is one that cannot be."""

    code = "hold_long_enough"
    message = N_("This place cannot be kept any longer. Please confirm it in time.")


class HeldElsewhere(Conflict):
    """The same person took another time for the same item in the same moment."""

    code = "held_elsewhere"
    message = N_("You have just chosen a time in another window. Please go on there.")


class AlreadyBooked(DomainError):
    """One active appointment a person and item; `reference` names it, if it is known here."""

    code = "already_booked"
    message = N_("You already have an appointment for this item. You can move or cancel it.")


class DayTaken(DomainError):
    """One active appointment a person, line and day; `reference` names it, if it is known here."""

    code = "day_taken"
    message = N_(
        "You already have an appointment at these windows on that day. Please choose another day."
    )


class SomebodyBooked(DomainError):
    """Somebody besides the organiser may not book this: they have an appointment, or are paused.

    What they have booked by themselves is theirs to know, so neither who nor why is told.
    `reference` is one that the organiser has booked for them.
    """

    code = "not_for_everybody"
    message = N_(
        "We cannot book this for everybody you chose. Please choose another day or item, or "
        "somebody less. Everybody can look at what they have under My affairs; a service hall can "
        "help with the document."
    )


class BookingBlocked(DomainError):
    """A penalty is in force, whose reason the standing says; `blocked_until` says until when."""

    code = "booking_blocked"
    status = 403
    message = N_(
        "Booking is paused for you at present. "
        "You can still come without an appointment and take a number."
    )


class AppointmentUnknown(NotFound):
    """No appointment that this party may know has this reference."""

    code = "appointment_unknown"
    message = N_("We found no such appointment. Please check the reference number.")


class TrackRefused(NotFound):
    """No such reference, or not this phone: which of them is nobody's business."""

    code = "track_refused"
    message = N_(
        "The reference number and the phone digits do not match. Please check both on your "
        "confirmation."
    )


class AppointmentSettled(Conflict):
    """Its state does not allow this step any more; `status` is the state that was found."""

    code = "appointment_settled"
    message = N_("This appointment has already been used, missed or cancelled.")


class TooLateToChange(DomainError):
    """Past the moment until which one may cancel or move; `until` was that moment."""

    code = "too_late_to_change"
    message = N_("It is too late to change this appointment online. Please call the office.")


class MovedMeanwhile(Conflict):
    """The appointment, or one of the party's, is no longer at the time that the actor has seen."""

    code = "moved_meanwhile"
    message = N_(
        "This has been changed since you opened the page. It stands as shown now; nothing else was"
        " changed."
    )


class SameSlot(DomainError):
    """It stands at that time already."""

    code = "same_slot"
    message = N_("Your appointment is already at this time.")


class NotToday(DomainError):
    """Checking in on another day than the appointment's; `starts_at` is when it begins."""

    code = "not_today"
    message = N_("This appointment is for another day.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "appointment_one_per_seat": SlotFull,
    "appointment_one_per_person_and_item": AlreadyBooked,
    "appointment_number_per_person_line_and_day": DayTaken,
    # 22^9 references: whoever draws a used one may simply try again.
    "appointment_one_per_reference": Unavailable,
    # A seat was another visit's, at its beginning or as one that lengthens it.
    "appointment_seat_leads": SlotFull,
    "hold_one_per_seat": SlotFull,
    "hold_one_per_person_and_item": HeldElsewhere,
    "appointment_person": NotFound,
    "hold_person": NotFound,
    "party_organiser": NotFound,
}

_FROM_STATES = "written from the enumerations in states.py"
_OWN_KEYS = "the operation has just read the row that it refers to"

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "hold_seat": _OWN_KEYS,
    "hold_item": _OWN_KEYS,
    "hold_status": _FROM_STATES,
    "hold_extensions": "one is taken off only where one is left",
    "hold_as_led": "its first column is the key",
    "hold_part_of": "written with the hold that it refers to",
    "hold_people": "counted before, with the list of people",
    "hold_further_items": "checked before: TooManyItems",
    "hold_expires": "at least one minute is added to the present",
    "appointment_item": _OWN_KEYS,
    "appointment_slot": _OWN_KEYS,
    "appointment_seat": _OWN_KEYS,
    "appointment_party": _OWN_KEYS,
    "appointment_reference": "drawn by kernel.ids",
    "appointment_status": _FROM_STATES,
    "appointment_channel": _FROM_STATES,
    "appointment_sequence": "counts up from zero",
    "appointment_nth_of_day": "counts up from one",
    "appointment_cancelled": "status and time are written together",
}
