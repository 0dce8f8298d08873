"""From the slots that are wanted and those that are there to what has to be done. Pure.

Nobody loses a seat while there are enough of them, whatever they are kept for: free seats go first,
then those that somebody is only holding, and of the booked ones those that were booked last.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.appointments.states import SeatState, Share


class WantedSlot(Struct, frozen=True, kw_only=True):
    """A slot that schedules and exceptions ask for; `shares` has one entry a seat.

    `made` is false where no new slot is to be made yet: beyond the days that can be seen.
    """

    line: str
    starts_at: datetime
    ends_at: datetime
    released_at: datetime
    shares: tuple[Share, ...]
    made: bool = True


class Sitter(Struct, frozen=True, kw_only=True):
    """Whose a booked seat is; `waiting` while a closure is about to move them, or a person.

    Who has checked in is here already and is never displaced: `movable` is false.
    """

    appointment_id: UUID
    reference: str
    booked_at: datetime
    movable: bool = True
    waiting: bool = False


class SeatNow(Struct, frozen=True, kw_only=True):
    """A seat as it is; `sitter` is set while it is booked."""

    id: UUID
    number: int
    share: Share
    state: SeatState
    leaving: bool = False
    sitter: Sitter | None = None


class SlotNow(Struct, frozen=True, kw_only=True):
    """A slot as it is, with all its seats."""

    id: UUID
    line: str
    starts_at: datetime
    ends_at: datetime
    released_at: datetime
    closed: bool
    seats: tuple[SeatNow, ...]

    @property
    def capacity(self) -> int:
        """The seats that can be had or are used."""
        return sum(seat.state is not SeatState.WITHDRAWN for seat in self.seats)


class Displaced(Struct, frozen=True, kw_only=True):
    """Somebody whose seat is taken away; `keepable` if they could still be received then."""

    appointment_id: UUID
    reference: str
    booked_at: datetime
    slot_id: UUID
    line: str
    starts_at: datetime
    keepable: bool


class SlotStep(Struct, frozen=True, kw_only=True):
    """What happens to one slot that is there.

    `withdrawn`, `returned`, `leaving` and `staying` are seats; `added` are shares of new ones.
    """

    slot: SlotNow
    released_at: datetime
    closed: bool
    withdrawn: tuple[UUID, ...] = ()
    returned: tuple[UUID, ...] = ()
    leaving: tuple[UUID, ...] = ()
    staying: tuple[UUID, ...] = ()
    added: tuple[Share, ...] = ()
    displaced: tuple[Displaced, ...] = ()

    @property
    def seats_added(self) -> int:
        """How many seats more can be had."""
        return len(self.returned) + len(self.added)

    @property
    def seats_removed(self) -> int:
        """How many seats fewer there are, counting those that leave with whoever has them."""
        return len(self.withdrawn) + len(self.leaving)

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return (
            self.closed is not self.slot.closed
            or self.released_at != self.slot.released_at
            or bool(self.seats_added or self.seats_removed or self.staying or self.displaced)
        )


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that brings one office's slots in step."""

    made: tuple[WantedSlot, ...]
    steps: tuple[SlotStep, ...]

    @property
    def displaced(self) -> tuple[Displaced, ...]:
        """Everybody who loses a seat, in the order in which they booked."""
        # A visit of several slots may lose several seats; its first slot is the first that counts.
        everybody: dict[UUID, Displaced] = {}
        for step in self.steps:
            for one in step.displaced:
                everybody.setdefault(one.appointment_id, one)
        return tuple(
            sorted(everybody.values(), key=lambda one: (one.booked_at, one.appointment_id))
        )


def plan(
    wanted: Iterable[WantedSlot],
    present: Iterable[SlotNow],
    keepable: Callable[[SlotNow], bool],
) -> Plan:
    """What has to be done so that `present` becomes `wanted`.

    `keepable` says whether people could still be received in a slot that is wanted no longer.
    """
    asked = {(one.line, one.starts_at, one.ends_at): one for one in wanted}
    steps = []
    for key, slots in _by_key(present).items():
        # At most one of them is open; the others are closed and keep only their history.
        first, *rest = sorted(slots, key=lambda slot: (slot.closed, -slot.id.int))
        steps.append(_step(first, asked.pop(key, None), keepable))
        steps.extend(_step(slot, None, keepable) for slot in rest)
    return Plan(
        made=tuple(one for one in asked.values() if one.made and one.shares),
        steps=tuple(step for step in steps if step.changes),
    )


def _by_key(
    present: Iterable[SlotNow],
) -> Mapping[tuple[str, datetime, datetime], Sequence[SlotNow]]:
    found: defaultdict[tuple[str, datetime, datetime], list[SlotNow]] = defaultdict(list)
    for slot in present:
        found[slot.line, slot.starts_at, slot.ends_at].append(slot)
    return found


def _step(
    slot: SlotNow, wanted: WantedSlot | None, keepable: Callable[[SlotNow], bool]
) -> SlotStep:
    shares = wanted.shares if wanted else ()
    booked = sorted(
        (seat for seat in slot.seats if seat.state is SeatState.BOOKED), key=_who_goes_last
    )
    keeping, going = booked[: len(shares)], booked[len(shares) :]
    lacking = _lacking(shares, keeping)
    withdrawn, returned, added = _unbooked(slot, lacking)
    stays_possible = keepable(slot) if going else False
    return SlotStep(
        slot=slot,
        released_at=wanted.released_at if wanted else slot.released_at,
        closed=not shares,
        withdrawn=withdrawn,
        returned=returned,
        added=added,
        leaving=tuple(seat.id for seat in going if not seat.leaving),
        staying=tuple(seat.id for seat in keeping if seat.leaving),
        displaced=tuple(
            Displaced(
                appointment_id=seat.sitter.appointment_id,
                reference=seat.sitter.reference,
                booked_at=seat.sitter.booked_at,
                slot_id=slot.id,
                line=slot.line,
                starts_at=slot.starts_at,
                keepable=stays_possible,
            )
            for seat in going
            # One that was kept although its seat leaves is asked about again only if it cannot be.
            if seat.sitter
            and seat.sitter.movable
            and not seat.sitter.waiting
            and not (seat.leaving and stays_possible)
        ),
    )


def _who_goes_last(seat: SeatNow) -> tuple[bool, float, int]:
    """Who is here already stays, then who booked first."""
    if seat.sitter is None:
        return (False, 0.0, seat.number)
    return (seat.sitter.movable, seat.sitter.booked_at.timestamp(), seat.number)


def _lacking(shares: Sequence[Share], keeping: Sequence[SeatNow]) -> Counter[Share]:
    """How many seats of each share there should be besides the booked ones."""
    lacking = Counter(shares)
    lacking.subtract(Counter(seat.share for seat in keeping))
    lacking = +lacking
    # Who sits in a share that has no room takes it from another one: from everybody's first.
    surplus = lacking.total() - (len(shares) - len(keeping))
    for share in Share:
        taken = min(surplus, lacking[share])
        lacking[share] -= taken
        surplus -= taken
    return +lacking


def _unbooked(
    slot: SlotNow, lacking: Counter[Share]
) -> tuple[tuple[UUID, ...], tuple[UUID, ...], tuple[Share, ...]]:
    """Of the seats that nobody has booked: who goes, who comes back, and what is added."""
    withdrawn: list[UUID] = []
    returned: list[UUID] = []
    added: list[Share] = []
    for share in Share:
        ours = [seat for seat in slot.seats if seat.share is share]
        # A held seat is kept rather than a free one: somebody is typing.
        held = [seat.id for seat in ours if seat.state is SeatState.HELD]
        free = [seat.id for seat in ours if seat.state is SeatState.FREE]
        gone = [seat.id for seat in ours if seat.state is SeatState.WITHDRAWN]
        there = held + free
        number = lacking[share]
        withdrawn += there[number:]
        back = gone[: max(0, number - len(there))]
        returned += back
        added += [share] * (number - min(len(there), number) - len(back))
    return tuple(withdrawn), tuple(returned), tuple(added)
