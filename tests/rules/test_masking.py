"""Masks keep enough to recognise one's own data and too little to use."""

from hypothesis import given
from hypothesis import strategies as st

from services.kernel.masking import mask_email, mask_id_number, mask_name, mask_phone


def test_examples() -> None:
    assert mask_name("张三丰") == "**丰"
    assert mask_name("李") == "*"
    assert mask_name("John Smith") == "J***"
    assert mask_name("") == ""
    assert mask_phone("13812345678") == "138****5678"
    assert mask_id_number("11010519491231002X") == "1101************2X"
    assert mask_id_number("E12345678") == "E******78"
    assert mask_email("zhang.san@example.cn") == "z***@example.cn"


@given(st.text(alphabet="0123456789X", min_size=7, max_size=18))
def test_an_id_number_never_shows_more_than_six_characters(number: str) -> None:
    masked = mask_id_number(number)
    assert sum(character != "*" for character in masked) <= 6
