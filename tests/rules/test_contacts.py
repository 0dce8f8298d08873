import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.contacts import (
    InvalidContact,
    normalise_email,
    normalise_name,
    normalise_phone,
)

MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "+86 138 1234 5678",
        "+86-138-1234-5678",
        "008613812345678",
        "86 13812345678",
        "１３８１２３４５６７８",
        " (138)1234‑5678 ",
    ],
)
def test_a_phone_is_kept_in_one_way(typed: str) -> None:
    assert normalise_phone(typed) == "13812345678"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1381234567",
        "138123456789",
        "12812345678",
        "+1 3812345678",
        "0635-8212345",
        "13812345678\0",
        "1381234567x",
        "१३८१२३४५६७८",
        "\ud80013812345678",
        "1" * 5000,
    ],
)
def test_not_a_mobile_number(typed: str) -> None:
    with pytest.raises(InvalidContact):
        normalise_phone(typed)


@given(MOBILES, st.sampled_from(["", "+86", "86", "0086", "+86 "]))
def test_a_country_code_changes_nothing(phone: str, code: str) -> None:
    assert normalise_phone(code + phone) == phone
    assert normalise_phone(f"{code}{phone[:3]} {phone[3:7]}-{phone[7:]}") == phone


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("张三", "张三"),
        ("  张 三 ", "张 三"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提 · 吐尔逊", "买买提·吐尔逊"),
        ("JOHN  O’BRIEN", "JOHN O'BRIEN"),
        ("Ａｎｎａ　Ｌｅｅ", "Anna Lee"),
        ("Jürgen Groß-Müller", "Jürgen Groß-Müller"),
        ("王\U000243d0", "王\U000243d0"),
        ("王\U00031350", "王\U00031350"),
    ],
)
def test_a_name_is_kept_in_one_way(typed: str, kept: str) -> None:
    assert normalise_name(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "张",
        "·张",
        "张·",
        "张三1",
        "张\n三",
        "张\0三",
        "张\u200b三",
        "\u202e张三",
        "张三😀",
        "张<三>",
        "张" * 51,
        "a" * 5000,
        "\ud800\ud800",
        "--",
        "张三\u2028李四",
    ],
)
def test_not_a_name(typed: str) -> None:
    with pytest.raises(InvalidContact):
        normalise_name(typed)


@given(st.text(max_size=60))
def test_a_kept_name_is_printable_and_stays_as_it_is(typed: str) -> None:
    try:
        kept = normalise_name(typed)
    except InvalidContact:
        return
    assert 2 <= len(kept) <= 50
    assert all(
        unicodedata.category(character)[0] != "C" or character > "\U00020000" for character in kept
    )
    assert normalise_name(kept) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("li@example.com", "li@example.com"),
        (" Li.Na+booking@Example.COM ", "Li.Na+booking@example.com"),
        ("a@sub.example.org", "a@sub.example.org"),
    ],
)
def test_an_address_is_kept_in_one_way(typed: str, kept: str) -> None:
    assert normalise_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "li",
        "li@",
        "@example.com",
        "li@example",
        "li@@example.com",
        "li li@example.com",
        "li@example.com\nBcc: x@example.com",
        "li..na@example.com",
        ".li@example.com",
        "li@-a.com",
        "li@example.c",
        "李@example.com",
        "a" * 65 + "@example.com",
        "li@" + "a." * 130 + "com",
    ],
)
def test_not_an_address(typed: str) -> None:
    with pytest.raises(InvalidContact):
        normalise_email(typed)
