"""What visits of several people, items or slots refuse, and what their constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_


class ItemsOfOtherLines(DomainError):
    """The items of one visit are dealt with at different windows."""

    code = "items_of_other_lines"
    message = N_("These items are dealt with at different windows. Please book them separately.")


class TooManyItems(DomainError):
    """A visit has at most five items."""

    code = "too_many_items"
    message = N_("One visit has room for five items at most.")


class GroupUnknown(NotFound):
    """No group, or list of people, of this agent has this id."""

    code = "group_unknown"
    message = N_("We found no such group. The list may have expired; please upload it again.")


INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "party_size": "counted before",
    "party_kind": "written from PartyKind",
    "party_firm": "the operation has just read the row that it refers to",
    "party_firm_is_named": "the kind decides whether there is a firm",
    "appointment_further_items": "checked before: TooManyItems",
    "appointment_visit_ends": "the end of a later slot",
    "group_member_appointment": "the operation has just read the row that it refers to",
    "group_member_one": "written once, with the appointment",
    "group_draft_organiser": "the operation has just read the row that it refers to",
    "group_draft_firm": "the operation has just read the row that it refers to",
    "group_draft_item": "the operation has just read the row that it refers to",
    "group_draft_office": "the operation has just read the row that it refers to",
    "group_draft_size": "checked before, with the list",
    "group_draft_expires": "an hour is added to the present",
}
