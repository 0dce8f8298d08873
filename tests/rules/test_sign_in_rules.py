from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity import rules
from services.identity.states import SessionKind

NOW = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)
MOMENTS = st.integers(1_577_836_800, 2_524_608_000).map(lambda s: datetime.fromtimestamp(s, UTC))
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_codes_have_six_digits_and_differ() -> None:
    codes = {rules.new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 150


@given(st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_codes_may_be_typed_with_gaps_and_in_full_width(code: str) -> None:
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert rules.normalise_code(f" {code[:3]} {code[3:]}\n") == code
    assert rules.normalise_code(f"{wide[:3]}-{wide[3:]}") == code


def test_tokens_are_long_and_recognisable() -> None:
    token = rules.new_token()
    assert token.startswith("bst_")
    assert len(token) == 47
    assert rules.new_token() != token


def test_the_first_tries_cost_nothing_then_the_wait_doubles() -> None:
    waits = [rules.lock_after(failures) for failures in range(1, 14)]
    minutes = [wait and wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [None] * 4 + [1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(st.integers(0, 10**9))
def test_the_wait_never_shrinks_and_has_an_end(failures: int) -> None:
    none = timedelta()
    now, then = rules.lock_after(failures) or none, rules.lock_after(failures + 1) or none
    assert now <= then <= rules.LONGEST_LOCK


@given(st.sampled_from(SessionKind), MOMENTS, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_session_ends_when_unused_and_at_the_latest_when_its_life_is_over(
    kind: SessionKind, started: datetime, later: timedelta
) -> None:
    ends = rules.session_ends(kind, started, started + later)
    assert ends <= started + rules.SESSION_LIFETIME[kind]
    assert ends <= started + later + rules.SESSION_IDLE[kind]


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("correct horse battery", None),
        ("short", rules.PASSWORD_SHORT),
        ("x" * 129, rules.PASSWORD_SHORT),
        ("aaaaaaaaaaaab", rules.PASSWORD_SIMPLE),
        ("my Wang.Min secret", rules.PASSWORD_HAS_NAME),
        ("窗口办事预约叫号核验通行证件", None),
    ],
)
def test_password_policy(password: str, fault: str | None) -> None:
    assert rules.password_fault("wang.min", password) == fault


class TestTotp:
    code = pyotp.TOTP(SECRET).at(NOW)
    step = int(NOW.timestamp()) // 30

    def test_the_present_code_and_one_step_of_drift(self) -> None:
        for seconds in (-30, 0, 30):
            moment = NOW + timedelta(seconds=seconds)
            assert rules.matching_step(SECRET, self.code, moment, 0) == self.step
        for seconds in (-61, 61):
            moment = NOW + timedelta(seconds=seconds)
            assert rules.matching_step(SECRET, self.code, moment, 0) is None

    def test_a_code_counts_once(self) -> None:
        assert rules.matching_step(SECRET, self.code, NOW, self.step - 1) == self.step
        assert rules.matching_step(SECRET, self.code, NOW, self.step) is None

    @given(MOMENTS)
    def test_agrees_with_rfc_6238(self, moment: datetime) -> None:
        code = pyotp.TOTP(SECRET).at(moment)
        assert rules.matching_step(SECRET, code, moment, 0) is not None

    @given(st.text(max_size=12))
    def test_anything_else_is_refused(self, typed: str) -> None:
        expected = {
            pyotp.TOTP(SECRET).at(NOW + timedelta(seconds=offset)) for offset in (-30, 0, 30)
        }
        if typed not in expected:
            assert rules.matching_step(SECRET, typed, NOW, 0) is None


def test_recovery_codes() -> None:
    codes = rules.new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert rules.normalise_recovery_code(code) == code
        assert rules.normalise_recovery_code(f" {code.lower().replace('-', ' ')} ") == code
    assert rules.normalise_recovery_code("123456") is None
    assert rules.normalise_recovery_code("0OI1L-AAAAA") is None
