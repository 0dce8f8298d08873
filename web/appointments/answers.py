"""Slots, holds and appointments as the interface answers them; moments as the halls' clocks say."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from services.appointments import (
    Appointment,
    AppointmentStatus,
    HeldSeat,
    Need,
    Share,
    SlotView,
)
from services.identity import COMPANIONS
from services.kernel.clock import to_local
from services.kernel.i18n import N_

ItemCode = Annotated[
    str, Meta(description=N_("The item's code."), examples=["id-card-replace"], max_length=60)
]
SlotId = Annotated[
    UUID,
    Meta(
        description=N_("The slot's id, from the list of times."),
        examples=["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"],
    ),
]
OfficeCode = Annotated[str, Meta(examples=["dongchangfu"])]
Moment = Annotated[datetime, Meta(examples=["2025-07-08T09:30:00+08:00"])]
Key = Annotated[UUID, Meta(examples=["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"])]
OneSlot = Annotated[
    UUID | None,
    Meta(
        description=N_("The slot's id, from the list of times."),
        examples=["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"],
    ),
]
HoldId = Annotated[
    UUID | None,
    Meta(description=N_("Instead of slot_id: the seat that is held."), examples=[None]),
]
Reference = Annotated[str, Meta(examples=["K7M3X9AH4T"])]
FURTHER_ITEMS = 4
FurtherItems = Annotated[
    list[Annotated[str, Meta(max_length=60)]],
    Meta(
        description=N_("Codes of what else is to be done on the same visit, at the same windows."),
        examples=[["move-in"]],
        max_length=FURTHER_ITEMS,
    ),
]
Companions = Annotated[
    list[UUID],
    Meta(
        description=N_("Ids of the companions who come along; everybody gets a place, or nobody."),
        examples=[["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"]],
        max_length=COMPANIONS,
    ),
]
Needs = Annotated[
    list[Need],
    Meta(description=N_("What the hall is to prepare."), examples=[["wheelchair", "interpreter"]]),
]
InterpretersLanguage = Annotated[
    str,
    Meta(
        description=N_("The interpreter's: en, ja, ko, ru or sign."), examples=["ko"], max_length=20
    ),
]


class SlotAnswer(Struct, frozen=True, kw_only=True):
    """A time with `left` of `capacity` places; nothing can be booked before `released_at`."""

    id: Key
    starts_at: Moment
    ends_at: Moment
    capacity: Annotated[int, Meta(examples=[6])]
    left: Annotated[int, Meta(examples=[4])]
    released_at: Moment


Myself = Annotated[
    bool,
    Meta(
        description=N_("Whether one comes oneself; false books for the companions alone."),
        examples=[True],
    ),
]


class HoldRequest(Struct, forbid_unknown_fields=True):
    """The slot of which a seat is to be kept, and for what.

    For a visit of several items or people all its seats are kept together, or none.
    """

    slot_id: SlotId
    item: ItemCode
    further_items: FurtherItems = []
    people: Companions = []
    myself: Myself = True

    @property
    def is_simple(self) -> bool:
        """Whether one person comes for one item."""
        return not (self.further_items or self.people)


class HoldAnswer(Struct, frozen=True, kw_only=True):
    """A kept seat, or those of a visit, until `expires_at`; it can be extended so often still.

    `people` is for how many, from `starts_at` to `ends_at`.
    """

    id: Key
    slot_id: SlotId
    item: ItemCode
    expires_at: Moment
    extensions_left: Annotated[int, Meta(examples=[1])]
    people: Annotated[int, Meta(examples=[1])]
    starts_at: Moment
    ends_at: Moment


class WishesRequest(Struct, forbid_unknown_fields=True):
    """What whoever comes needs at the hall; only its staff see it."""

    needs: Needs = []
    language: InterpretersLanguage = ""


class BookRequest(Struct, forbid_unknown_fields=True):
    """What to book: in a slot, or with the seat of a hold; one of the two.

    A visit may be for several items and people, and say what the hall is to prepare.
    """

    item: ItemCode
    slot_id: OneSlot = None
    hold_id: HoldId = None
    further_items: FurtherItems = []
    people: Companions = []
    myself: Myself = True
    wishes: Annotated[
        WishesRequest | None, Meta(description=N_("What the hall is to prepare."), examples=[None])
    ] = None

    @property
    def is_simple(self) -> bool:
        """Whether one person comes for one item and asks for nothing."""
        return not (self.further_items or self.people or self.wishes)


class RescheduleRequest(Struct, forbid_unknown_fields=True):
    """The slot to move to."""

    slot_id: SlotId


class AppointmentAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An appointment. `sequence` counts its moves.

    `further_items` and `party_id` are there if it has any; the appointments of one party share it.
    """

    reference: Reference
    status: Annotated[AppointmentStatus, Meta(examples=["booked"])]
    item: ItemCode
    office: OfficeCode
    slot_id: SlotId
    starts_at: Moment
    ends_at: Moment
    share: Annotated[Share, Meta(examples=["online"])]
    sequence: Annotated[int, Meta(examples=[0])]
    booked_at: Moment
    cancelled_at: Annotated[datetime | None, Meta(examples=[None])]
    further_items: Annotated[tuple[str, ...], Meta(examples=[["move-in"]])] = ()
    party_id: Annotated[UUID | None, Meta(examples=["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"])] = None


class PartyAnswer(Struct, frozen=True, kw_only=True):
    """Everybody's appointment, the first to come first."""

    id: Key
    appointments: list[AppointmentAnswer]


def slot_answer(slot: SlotView) -> SlotAnswer:
    """One slot."""
    return SlotAnswer(
        id=slot.id,
        starts_at=to_local(slot.starts_at),
        ends_at=to_local(slot.ends_at),
        capacity=slot.capacity,
        left=slot.left,
        released_at=to_local(slot.released_at),
    )


def hold_answer(held: HeldSeat) -> HoldAnswer:
    """One hold."""
    return HoldAnswer(
        id=held.id,
        slot_id=held.slot_id,
        item=held.item_code,
        expires_at=to_local(held.expires_at),
        extensions_left=held.extensions_left,
        people=held.people,
        starts_at=to_local(held.starts_at),
        ends_at=to_local(held.ends_at),
    )


def appointment_answer(one: Appointment) -> AppointmentAnswer:
    """One appointment."""
    return AppointmentAnswer(
        reference=one.reference,
        status=one.status,
        item=one.item_code,
        office=one.office_code,
        slot_id=one.slot_id,
        starts_at=to_local(one.starts_at),
        ends_at=to_local(one.ends_at),
        share=one.share,
        sequence=one.sequence,
        booked_at=to_local(one.booked_at),
        cancelled_at=to_local(one.cancelled_at) if one.cancelled_at else None,
        further_items=one.further_items,
        party_id=one.party_id,
    )
