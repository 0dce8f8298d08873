"""What the styleguide fills its components with: made-up people and times, in both languages."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import Struct

from services.kernel.translations import Language
from web.dev.sample_texts import CHINESE, ENGLISH

FIRST_DAY = date(2020, 2, 24)
OPENING = datetime(2020, 2, 24, 1, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)
REFERENCE = "K7M3X9AH4T"

# One letter a slot: open, few, full, later (not released yet).
DAYS = ("xffoo", "ffooo", "", "ooofo", "lllll")
STATES = {"o": "open", "f": "few", "x": "full", "l": "later"}
LEFT = {"open": 12, "few": 2, "full": 0, "later": 20}


class SampleSlot(Struct, frozen=True):
    """One time to choose, as slot_grid wants it."""

    id: str
    starts_at: datetime
    state: str
    left: int


class SampleDay(Struct, frozen=True):
    """One day of times."""

    day: date
    note: str | None
    slots: list[SampleSlot]


def sample_days(notes: tuple[str, str]) -> list[SampleDay]:
    """Five days with every state; `notes` say why one is closed and when another is released."""
    days = []
    for number, states in enumerate(DAYS):
        slots = [
            SampleSlot(
                id=f"{number}-{place}",
                starts_at=OPENING + timedelta(days=number) + place * HALF_HOUR,
                state=STATES[letter],
                left=LEFT[STATES[letter]],
            )
            for place, letter in enumerate(states)
        ]
        day = FIRST_DAY + timedelta(days=number)
        note = None if {"o", "f"} & set(states) else notes[len(states) > 0]
        days.append(SampleDay(day, note, slots))
    return days


class SampleChip(Struct, frozen=True):
    """One day to choose, as day_chips wants it."""

    day: date
    state: str
    left: int
    released_at: datetime = OPENING + timedelta(days=1)


def sample_chips() -> list[SampleChip]:
    """One day in each state."""
    return [
        SampleChip(FIRST_DAY + timedelta(days=number), state, left)
        for number, (state, left) in enumerate([*LEFT.items(), ("closed", 0)])
    ]


def samples(language: Language) -> dict[str, Any]:
    """Everything the styleguide's templates show."""
    texts = CHINESE if language is Language.CHINESE else ENGLISH
    return {
        "s": texts,
        "days": sample_days((texts["closed"], texts["later"])),
        "chips": sample_chips(),
        "moment": OPENING + HALF_HOUR,
        "sample_reference": REFERENCE,
    }
