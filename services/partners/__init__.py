"""Partner platforms: their keys, what they do for people, and what they are told by webhook.

What is imported here is public; anything else is private to the area.
"""

from services.kernel.errors import register_constraints
from services.partners.addresses import AddressRefused, Policy, policy_of, resolve, target_of
from services.partners.bookings import (
    BookFor,
    PartnerAppointment,
    Times,
    book_for,
    booking,
    bookings,
    cancel,
    reschedule,
    slots,
)
from services.partners.deliveries import (
    Delivery,
    deliveries,
    purge,
    replay,
    replay_undelivered,
    send_test,
)
from services.partners.endpoints import (
    AddEndpoint,
    Endpoint,
    NewSecret,
    add_endpoint,
    endpoints,
    remove_endpoint,
    rotate_secret,
    set_enabled,
    stopped_endpoints,
)
from services.partners.errors import (
    CONSTRAINTS,
    DeliveryExists,
    EndpointDisabled,
    EndpointExists,
    EndpointUnknown,
    PartnerDayFull,
    PartnerNameTaken,
    PartnerPersonUnknown,
    PartnerUnknown,
    PersonHasBooking,
    PersonRefused,
    TooManyEndpoints,
    TooManyKeys,
)
from services.partners.expansion import EXPANSIONS, WEBHOOK_DUE, expand
from services.partners.keys import (
    IssuedKey,
    Key,
    KeyFacts,
    NewKey,
    authenticate_key,
    create_key,
    keys,
    revoke_key,
)
from services.partners.people import Permit, RegisterPerson, permits, register_person, withdraw
from services.partners.platforms import (
    Details,
    Partner,
    change_partner,
    create_partner,
    partner,
    partner_names,
    partners,
    set_active,
)
from services.partners.rules import BOTH_SECRETS, KEY_LIFETIME, RETRIES, TRIES
from services.partners.sending import Outcome, Shipment, prepare, record
from services.partners.states import (
    DISABLED_TEXTS,
    EVENT_NAMES,
    KIND_NAMES,
    SCOPE_NAMES,
    DeliveryStatus,
    DisabledReason,
    EventType,
    PartnerKind,
    Scope,
)

register_constraints(CONSTRAINTS)
