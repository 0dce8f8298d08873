"""The closed word lists of partners, and the one table of what may become of a delivery."""

from collections.abc import Mapping
from enum import StrEnum

from services.kernel.i18n import N_


class PartnerKind(StrEnum):
    """What sort of platform a partner is."""

    PORTAL = "portal"
    APP = "app"
    MINI_PROGRAM = "mini_program"
    CHAT = "chat"


class Scope(StrEnum):
    """What a key may be used for."""

    SLOTS_READ = "slots:read"
    PEOPLE_WRITE = "people:write"
    APPOINTMENTS_READ = "appointments:read"
    APPOINTMENTS_WRITE = "appointments:write"
    WEBHOOKS_MANAGE = "webhooks:manage"


class EventType(StrEnum):
    """What a partner can be told of, as the message's `type` says it."""

    BOOKED = "appointment.booked"
    CANCELLED = "appointment.cancelled"
    RESCHEDULED = "appointment.rescheduled"
    CHECKED_IN = "appointment.checked_in"
    COMPLETED = "appointment.completed"
    NO_SHOW = "appointment.no_show"
    CALLED = "queue.called"
    TEST = "webhook.test"

    @classmethod
    def subscribable(cls) -> tuple["EventType", ...]:
        """Those that an endpoint chooses from; a test is sent when it is asked for."""
        return tuple(kind for kind in cls if kind is not cls.TEST)


class DisabledReason(StrEnum):
    """Why nothing is sent to an endpoint any more."""

    GONE = "gone"
    FAILING = "failing"
    BY_HAND = "by_hand"


class DeliveryStatus(StrEnum):
    """What became of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"

    @classmethod
    def undelivered(cls) -> frozenset["DeliveryStatus"]:
        """Those that replaying everything sends again."""
        return frozenset({cls.FAILED, cls.DROPPED})


TRANSITIONS: Mapping[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.PENDING: frozenset(
        {DeliveryStatus.DELIVERED, DeliveryStatus.FAILED, DeliveryStatus.DROPPED}
    ),
    DeliveryStatus.DELIVERED: frozenset({DeliveryStatus.PENDING}),
    DeliveryStatus.FAILED: frozenset({DeliveryStatus.PENDING}),
    DeliveryStatus.DROPPED: frozenset({DeliveryStatus.PENDING}),
}

KIND_NAMES: Mapping[PartnerKind, str] = {
    PartnerKind.PORTAL: N_("Portal"),
    PartnerKind.APP: N_("App"),
    PartnerKind.MINI_PROGRAM: N_("Mini-program"),
    PartnerKind.CHAT: N_("Office chat"),
}

SCOPE_NAMES: Mapping[Scope, str] = {
    Scope.SLOTS_READ: N_("See free times"),
    Scope.PEOPLE_WRITE: N_("Register people who have agreed"),
    Scope.APPOINTMENTS_READ: N_("See its own bookings"),
    Scope.APPOINTMENTS_WRITE: N_("Book, move and cancel for its people"),
    Scope.WEBHOOKS_MANAGE: N_("Manage its own webhooks"),
}

EVENT_NAMES: Mapping[EventType, str] = {
    EventType.BOOKED: N_("Booked"),
    EventType.CANCELLED: N_("Cancelled"),
    EventType.RESCHEDULED: N_("Moved"),
    EventType.CHECKED_IN: N_("Checked in"),
    EventType.COMPLETED: N_("Completed"),
    EventType.NO_SHOW: N_("Missed"),
    EventType.CALLED: N_("Called to a window"),
    EventType.TEST: N_("Test"),
}

DISABLED_TEXTS: Mapping[DisabledReason, str] = {
    DisabledReason.GONE: N_("It answered that it is gone for good (410)."),
    DisabledReason.FAILING: N_("Nothing has reached it for three days."),
    DisabledReason.BY_HAND: N_("An administrator has switched it off."),
}
