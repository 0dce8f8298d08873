"""Cursors lead through a list without a gap or a repetition, and only ours are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.errors import InvalidInput
from web.common.pagination import cursor, listing, position


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_cursor_gives_back_the_keys_it_was_made_of(keys: list[str]) -> None:
    storable = [key.encode(errors="replace").decode() for key in keys]

    assert position(cursor(*storable), len(storable)) == tuple(storable)


@given(st.integers(0, 30), st.integers(1, 7))
def test_pages_follow_each_other_to_the_end(size: int, limit: int) -> None:
    entries = [f"{number:03}" for number in range(size)]
    seen: list[str] = []
    after = None
    while True:
        last = position(after, 1)
        rest = [entry for entry in entries if last is None or entry > last[0]][: limit + 1]
        shown = listing(rest, limit, keys=[(entry,) for entry in rest])
        seen += shown.items
        after = shown.next_cursor
        if after is None:
            break

    assert seen == entries


@pytest.mark.parametrize("forged", ["%%", "e30", "WyJhIiwiYiJd", "WzFd", "ÿ"])
def test_a_cursor_that_is_not_ours_is_refused(forged: str) -> None:
    with pytest.raises(InvalidInput):
        position(forged, 1)
