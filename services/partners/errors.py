"""What partners are refused, and what the constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError, NotFound
from services.kernel.i18n import N_


class PartnerUnknown(NotFound):
    """There is no such partner."""

    code = "partner_unknown"


class PartnerNameTaken(DomainError):
    """Another partner has this name."""

    code = "partner_name_taken"
    message = N_("There is a partner with this name already.")


class TooManyKeys(DomainError):
    """A partner holds as many valid keys as one may."""

    code = "too_many_keys"
    message = N_("This partner has %(limit)s valid keys already. Please revoke one first.")


class TooManyEndpoints(DomainError):
    """A partner has as many endpoints as one may."""

    code = "too_many_endpoints"
    message = N_("There are %(limit)s endpoints already. Please remove one first.")


class EndpointUnknown(NotFound):
    """There is no such endpoint, or it is another partner's."""

    code = "endpoint_unknown"
    message = N_("There is no such endpoint.")


class EndpointExists(DomainError):
    """The partner has an endpoint with this address already."""

    code = "endpoint_exists"
    message = N_("There is an endpoint with this address already.")


class EndpointDisabled(DomainError):
    """Nothing is sent to an endpoint that is switched off."""

    code = "endpoint_disabled"
    message = N_("This endpoint is switched off. Please switch it on first.")


class DeliveryExists(Conflict):
    """This endpoint has its delivery of this event already."""

    code = "delivery_exists"


class PartnerPersonUnknown(NotFound):
    """Nobody whom this partner has registered has this id."""

    code = "partner_person_unknown"
    message = N_("You have registered nobody with this id.")


class PersonRefused(DomainError):
    """The name, document and phone do not fit together with what is known.

    Which of them does not fit, and what is known, is not told.
    """

    code = "person_refused"
    message = N_(
        "These details do not fit together. Please compare them with the document, or ask the "
        "person to come to a service hall."
    )


class PersonHasBooking(DomainError):
    """The person has an appointment in the way; it may have been made elsewhere, so not which."""

    code = "person_has_booking"
    message = N_(
        "This person already has an appointment for this item, or at these windows on that day."
    )


class PartnerDayFull(DomainError):
    """The partner has booked as many as it may on one day."""

    code = "partner_day_full"
    status = 429
    message = N_("You have booked as many appointments as you may in one day.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "partner_one_per_name": PartnerNameTaken,
    "partner_key_one_per_digest": Conflict,
    "partner_person_once": Conflict,
    "partner_day_within_limit": PartnerDayFull,
    "webhook_endpoint_one_per_url": EndpointExists,
    "webhook_delivery_one_per_endpoint_and_event": DeliveryExists,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "partner_name": "checked against the same length before",
    "partner_kind": "written from PartnerKind",
    "partner_requests_a_minute": "checked against the same bounds before",
    "partner_bookings_a_day": "checked against the same bounds before",
    "partner_key_label": "checked against the same length before",
    "partner_key_scopes": "written from Scope, at least one",
    "partner_key_expires": "the lifetime is counted from now",
    "partner_person_of_partner": "the key alone is unique; bookings refer to both",
    "partner_day_once": "the one insert goes on to update",
    "webhook_endpoint_url": "checked against the same length before",
    "webhook_endpoint_event_types": "written from EventType, at least one",
    "webhook_endpoint_previous": "secret and time are written together",
    "webhook_endpoint_disabled": "time and reason are written together",
    "webhook_endpoint_disabled_reason": "written from DisabledReason",
    "webhook_delivery_event_type": "written from EventType",
    "webhook_delivery_status": "written from DeliveryStatus",
    "webhook_delivery_attempts": "counts upwards from zero",
    "webhook_delivery_settled": "status and time are written together",
}
