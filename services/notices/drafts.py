"""A notice that an event calls for."""

from uuid import UUID

from msgspec import Struct

from services.notices.states import Channel, Kind


class Draft(Struct, frozen=True, kw_only=True):
    """A notice to be written."""

    kind: Kind
    recipient_id: UUID
    channel: Channel
    subject_id: UUID
