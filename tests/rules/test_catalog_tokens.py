"""The tokeniser behind the search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.tokens import phrase, stem, tokenise, unfinished_word


def test_chinese_gives_pairs_and_single_characters() -> None:
    found = tokenise("补办身份证")
    assert found.words == ("补办", "办身", "身份", "份证")
    assert found.singles == ("补", "办", "身", "份", "证")


def test_punctuation_and_scripts_divide() -> None:
    assert tokenise("身份证,Passport！").words == ("身份", "份证", "passport")


def test_full_width_letters_are_letters() -> None:
    assert tokenise("ＰＡＳＳＰＯＲＴ").words == ("passport",)


@pytest.mark.parametrize(
    "words",
    [
        ("renew", "Renewal", "renewing", "renewed", "renews"),
        ("licence", "license", "licences", "licensed", "licensing"),
        ("driver", "driving", "drivers", "drive", "driver's"),
        ("passport", "passports"),
        ("expire", "expired", "expiring", "expires", "expiry"),
        ("endorse", "endorsement", "endorsements"),
        ("identity", "ID", "identification"),
        ("replace", "replacement", "replacing"),
        ("register", "registration", "registered"),
        ("address", "addresses"),
    ],
)
def test_forms_of_one_word_are_one(words: tuple[str, ...]) -> None:
    assert len({tokenise(word).words for word in words}) == 1


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("我要办护照", "办护照"),
        ("办护照？", "办护照"),
        ("How do I renew my passport", "renew-passport"),
        ("passport丢了", "passport-丢"),
        ("怎么", ""),
    ],
)
def test_a_phrase_is_one_token_without_filler(text: str, whole: str) -> None:
    assert phrase(text) == whole


def test_filler_says_nothing() -> None:
    assert tokenise("how do I get a").words == ()
    assert tokenise("的了吗").singles == ()


def test_a_word_may_be_unfinished_only_at_the_end() -> None:
    assert unfinished_word("renew pas") == "pas"
    assert unfinished_word("renew pas ") is None
    assert unfinished_word("护照") is None
    assert unfinished_word("p") is None
    assert unfinished_word("") is None


@given(st.text(max_size=200))
def test_tokens_are_safe_in_a_tsquery(text: str) -> None:
    found = tokenise(text)
    whole = phrase(text).replace("-", "") or "a"
    for token in (*found.words, *found.singles, unfinished_word(text) or "a", whole):
        assert token.isalnum()
        assert token == token.casefold()


@given(st.text(max_size=100), st.sampled_from([" ", "，", "?"]))
def test_what_surrounds_a_text_does_not_matter(text: str, around: str) -> None:
    assert tokenise(f"{around}{text}{around}") == tokenise(text)


@given(st.text(max_size=100))
def test_case_does_not_matter(text: str) -> None:
    assert tokenise(text.casefold()) == tokenise(text.casefold().casefold())
    assert tokenise(text.upper().casefold()) == tokenise(text.upper())


@given(st.from_regex(r"[a-z]{1,15}", fullmatch=True))
def test_a_stem_is_never_longer_and_never_empty(word: str) -> None:
    found = stem(word)
    assert found
    assert len(found) <= max(len(word), len("register"))


@given(st.text(alphabet="办身份证护照驾驶", min_size=2, max_size=20))
def test_every_neighbouring_pair_is_found(text: str) -> None:
    words = set(tokenise(text).words)
    assert all(text[at : at + 2] in words for at in range(len(text) - 1))
