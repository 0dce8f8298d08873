"""What the area hands out: frozen structs, and the rows that they are made of."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, structs

from services.appointments.states import AppointmentStatus, BookingChannel, Share


class Appointment(Struct, frozen=True, kw_only=True):
    """One booking. `sequence` counts its moves, for calendars; `share` is that of its seat.

    `channel` is the way by which it was made. It ends with the last of its slots, if it has
    several; `further_items` are dealt with in the same visit, and `party_id` says with whom one
    comes.
    """

    id: UUID
    reference: str
    status: AppointmentStatus
    person_id: UUID
    item_code: str
    office_code: str
    line: str
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime
    booked_at: datetime
    share: Share
    channel: BookingChannel
    sequence: int
    cancelled_at: datetime | None
    further_items: tuple[str, ...] = ()
    party_id: UUID | None = None

    @property
    def active(self) -> bool:
        """Whether it still lies ahead."""
        return self.status in AppointmentStatus.active()


class HeldSeat(Struct, frozen=True, kw_only=True):
    """A seat that is kept for a person until `expires_at`, which can be moved on so often.

    For a visit it is all the seats that it takes: for so many `people`, who begin at `begins`, in
    their order (empty if there is but one seat), and for `further_items` too; it ends with the
    last of its slots.
    """

    id: UUID
    slot_id: UUID
    item_code: str
    office_code: str
    line: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    extensions_left: int
    people: int = 1
    further_items: tuple[str, ...] = ()
    begins: tuple[datetime, ...] = ()


class SlotView(Struct, frozen=True, kw_only=True):
    """A slot as somebody who wants a seat sees it.

    `capacity` counts the seats that they may take, `left` those that can be had now; before
    `released_at` none can.
    """

    id: UUID
    starts_at: datetime
    ends_at: datetime
    capacity: int
    left: int
    released_at: datetime


# As in Appointment; of the table `appointment`, whatever its alias.
COLUMNS = """id, reference, status, person_id, item_code, office_code, line, slot_id, starts_at,
             coalesce(visit_ends_at, ends_at) AS ends_at, booked_at, share, channel, sequence,
             cancelled_at, further_items, party_id"""


def recorded_as(appointment: Appointment, channel: BookingChannel) -> Appointment:
    """The same appointment, made by another way."""
    return structs.replace(appointment, channel=channel)


def appointment_from(row: asyncpg.Record) -> Appointment:
    """The struct of a row that holds COLUMNS."""
    return Appointment(
        id=row["id"],
        reference=row["reference"],
        status=AppointmentStatus(row["status"]),
        person_id=row["person_id"],
        item_code=row["item_code"],
        office_code=row["office_code"],
        line=row["line"],
        slot_id=row["slot_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        booked_at=row["booked_at"],
        share=Share(row["share"]),
        channel=BookingChannel(row["channel"]),
        sequence=row["sequence"],
        cancelled_at=row["cancelled_at"],
        further_items=tuple(row["further_items"]),
        party_id=row["party_id"],
    )
