"""Ticket numbers, and what a scanner or a clerk may put into the check-in field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import Line
from services.kernel.ids import new_reference, show_reference
from services.queue.rules import LINE_LETTERS, reference_in, ticket_number

references = st.builds(new_reference)


def test_every_line_has_a_letter_of_its_own() -> None:
    assert set(LINE_LETTERS) == set(Line)
    assert len(set(LINE_LETTERS.values())) == len(Line)


def test_numbers_have_a_letter_and_three_digits_or_four() -> None:
    assert ticket_number(Line.HOUSEHOLD, 12) == "H012"
    assert ticket_number(Line.FIRM, 999) == "F999"
    assert ticket_number(Line.FIRM, 1000) == "F1000"


@pytest.mark.parametrize("count", [0, 10_000, -1])
def test_there_are_no_numbers_beyond_four_digits(count: int) -> None:
    with pytest.raises(ValueError, match="9999"):
        ticket_number(Line.VEHICLE, count)


@given(references)
def test_a_reference_is_read_as_typed_printed_or_scanned(reference: str) -> None:
    shown = show_reference(reference)
    for text in (
        reference,
        shown,
        f"  {shown.lower()}\n",
        f"https://hall.example/track/{reference}",
        f"https://hall.example/track/{shown}/",
        f"HTTPS://HALL.EXAMPLE/TRACK?REFERENCE={shown}",
        f"https://hall.example/v/{shown}?lang=en#top",
        shown.replace("-", "－"),
    ):
        assert reference_in(text) == reference, text


@pytest.mark.parametrize(
    "text",
    ["", "H012", "K7M3X-9AH4U", "https://hall.example/", "https://[broken", "二维码", "9" * 5000],
)
def test_anything_else_is_no_reference(text: str) -> None:
    assert reference_in(text) is None


@given(st.text(max_size=500))
def test_no_input_breaks_the_reader(text: str) -> None:
    reference_in(text)
