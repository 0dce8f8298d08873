"""The first seconds after a release: everybody has one turn, drawn by lot.

Whoever presses fastest, most often or from the nearest machine gains nothing: the lot is a keyed
digest of the person and of the day's windows, the same for every try and every time of that day,
and nobody can work it out beforehand. docs/fair-start.md says it in plain words.
"""

from datetime import datetime, timedelta
from uuid import UUID

from services.appointments.booking.errors import NotYourTurn
from services.appointments.booking.facts import Facts
from services.appointments.rules import turn_after
from services.kernel.clock import local_date
from services.kernel.crypto import keyring


def lot_of(person_id: UUID, facts: Facts) -> float:
    """The person's lot in [0, 1) for all the times of a line at an office on one day."""
    day = local_date(facts.starts_at)
    drawn = f"{person_id}:{facts.office_code}:{facts.line}:{day}"
    digest = keyring().blind_index("fair_start", drawn)
    return int.from_bytes(digest[:6]) / (1 << 48)


def before_turn(person_id: UUID, facts: Facts, now: datetime) -> NotYourTurn | None:
    """The refusal of whoever asks before their turn; None once it has come."""
    window = timedelta(seconds=facts.rule.fair_start_seconds)
    if now >= facts.released_at + window:
        return None
    turn = turn_after(facts.released_at, facts.rule, lot_of(person_id, facts))
    return NotYourTurn(turn=turn) if now < turn else None
