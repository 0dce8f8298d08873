"""What a password costs whoever guesses at it; the tests themselves hash lightly (conftest.py)."""

import pytest
from argon2 import PasswordHasher, extract_parameters

from services.identity import passwords

pytestmark = pytest.mark.usefixtures("full_price")


@pytest.fixture
def full_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in production."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher.from_parameters(passwords.COST))


async def test_a_hash_is_made_at_the_price_that_was_decided() -> None:
    made = extract_parameters(await passwords.hash_password("correct horse battery"))
    assert made == passwords.COST
    assert (made.memory_cost, made.time_cost, made.parallelism) == (64 * 1024, 3, 4)


async def test_only_the_password_matches() -> None:
    kept = await passwords.hash_password("correct horse battery")
    assert await passwords.password_matches(kept, "correct horse battery")
    assert not await passwords.password_matches(kept, "correct horse batterz")
    assert not await passwords.password_matches(kept, "\ud800")
    assert not await passwords.password_matches("no hash", "correct horse battery")


async def test_an_unknown_name_costs_the_same_and_never_matches() -> None:
    assert extract_parameters(passwords._NOBODY) == passwords.COST
    assert not await passwords.password_matches(None, "correct horse battery")
