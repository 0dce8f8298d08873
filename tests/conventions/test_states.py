"""Every state machine is whole, and drawn."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from banshi.docs import PAGES, state_machines, states_page


@pytest.mark.parametrize(
    ("states", "table"), [pytest.param(*rest, id=area) for area, *rest in state_machines()]
)
def test_every_state_is_named_and_reachable(
    states: type[StrEnum], table: Mapping[StrEnum, frozenset[StrEnum]]
) -> None:
    assert set(table) == set(states)
    reached: set[StrEnum] = set()
    ahead = {next(iter(states))}
    while ahead:
        reached |= ahead
        ahead = {after for state in ahead for after in table[state]} - reached
    assert reached == set(states)


def test_the_drawing_is_of_this_code() -> None:
    assert (PAGES / "states.md").read_text(encoding="utf-8") == states_page(), (
        "run: banshi docs states"
    )
