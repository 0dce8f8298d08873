"""References that people read aloud: no look-alikes, and a slip of one character is caught."""

from hypothesis import assume, given
from hypothesis import strategies as st

from services.kernel.ids import (
    REFERENCE_ALPHABET,
    new_id,
    new_reference,
    normalise_reference,
    show_reference,
)

references = st.builds(lambda _: new_reference(), st.integers())


def test_the_alphabet_has_no_lookalikes() -> None:
    for pair in ("0O", "0D", "0Q", "1I", "1L", "2Z", "5S", "8B", "UV", "VW", "6G"):
        assert not set(pair) <= set(REFERENCE_ALPHABET), pair
    assert len(REFERENCE_ALPHABET) == 22
    assert len(set(REFERENCE_ALPHABET)) == 22


@given(references)
def test_a_reference_survives_being_written_as_people_write_it(reference: str) -> None:
    for written in (
        reference,
        show_reference(reference),
        reference.lower(),
        f" {reference[:5]} {reference[5:]} ",
        "".join(chr(ord(character) + 0xFEE0) for character in reference),
    ):
        assert normalise_reference(written) == reference


@given(references, st.integers(0, 9), st.sampled_from(REFERENCE_ALPHABET))
def test_every_single_wrong_character_is_caught(reference: str, at: int, other: str) -> None:
    assume(reference[at] != other)
    assert normalise_reference(reference[:at] + other + reference[at + 1 :]) is None


def test_nearly_every_swap_of_neighbours_is_caught() -> None:
    swaps = caught = 0
    for _ in range(400):
        reference = new_reference()
        for at in range(9):
            a, b = reference[at], reference[at + 1]
            if a == b:
                continue
            swaps += 1
            swapped = reference[:at] + b + a + reference[at + 2 :]
            caught += normalise_reference(swapped) is None
    assert caught / swaps > 0.97


@given(st.text(max_size=30))
def test_nothing_that_people_type_breaks_it(text: str) -> None:
    found = normalise_reference(text)
    assert found is None or len(found) == 10


def test_keys_ascend_with_time() -> None:
    keys = [new_id() for _ in range(1000)]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}
