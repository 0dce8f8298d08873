from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from services.identity.documents import (
    MISSING,
    WRONG_CHECK,
    WRONG_DATE,
    WRONG_FORM,
    WRONG_TYPE,
    InvalidIdNumber,
    division_was_assigned,
    normalise_id_number,
)
from services.identity.states import IdType

TODAY = date(2025, 7, 7)
BIRTHDAYS = st.dates(date(1900, 1, 1), TODAY)
DIVISIONS = st.integers(110000, 799999).map(str)


def with_check(body: str) -> str:
    return body + ric.calc_check_digit(body + "0")


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    division, born = draw(DIVISIONS), draw(BIRTHDAYS)
    return with_check(f"{division}{born:%Y%m%d}{draw(st.integers(0, 999)):03d}")


def refusal(id_type: IdType, number: str) -> str:
    with pytest.raises(InvalidIdNumber) as caught:
        normalise_id_number(id_type, number, TODAY)
    return caught.value.message


@pytest.mark.parametrize(
    ("id_type", "typed", "kept"),
    [
        (IdType.RESIDENT_ID, "11010519491231002X", "11010519491231002X"),
        (IdType.RESIDENT_ID, "11010519491231002x", "11010519491231002X"),
        (IdType.RESIDENT_ID, " 110105 19491231 002X\n", "11010519491231002X"),
        (IdType.RESIDENT_ID, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        (IdType.HMT_RESIDENCE_PERMIT, with_check("81000019900101001"), None),
        (IdType.HM_TRAVEL_PERMIT, "h12345678", "H12345678"),
        (IdType.HM_TRAVEL_PERMIT, "M1234567802", "M12345678"),
        (IdType.TW_TRAVEL_PERMIT, "12345678", "12345678"),
        (IdType.TW_TRAVEL_PERMIT, "1234567801(B)", "12345678"),
        (IdType.PASSPORT_CN, "e 1234 5678", "E12345678"),
        (IdType.PASSPORT_CN, "EA1234567", "EA1234567"),
        (IdType.PASSPORT_CN, "G12345678", "G12345678"),
        (IdType.PASSPORT_CN, "SE1234567", "SE1234567"),
        (IdType.PASSPORT_FOREIGN, "ab-1234567", "AB1234567"),
        (IdType.FOREIGN_PERMANENT_RESIDENCE, "usa310080010112", None),
        (
            IdType.FOREIGN_PERMANENT_RESIDENCE,
            with_check("93180019850230001"[:10] + "0228001"),
            None,
        ),
    ],
)
def test_written_in_one_way(id_type: IdType, typed: str, kept: str | None) -> None:
    assert normalise_id_number(id_type, typed, TODAY) == (kept or typed.upper())


@pytest.mark.parametrize(
    ("id_type", "typed", "message"),
    [
        (IdType.RESIDENT_ID, "", MISSING),
        (IdType.RESIDENT_ID, "110105491231002", WRONG_FORM),
        (IdType.RESIDENT_ID, "11010519491231002Y", WRONG_FORM),
        (IdType.RESIDENT_ID, "01010519491231002X", WRONG_FORM),
        (IdType.RESIDENT_ID, "١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", WRONG_FORM),
        (IdType.RESIDENT_ID, "1" * 400, WRONG_FORM),
        (IdType.RESIDENT_ID, "\ud800" * 18, WRONG_FORM),
        (IdType.RESIDENT_ID, "110105194912310021", WRONG_CHECK),
        (IdType.RESIDENT_ID, with_check("11010519490231002"), WRONG_DATE),
        (IdType.RESIDENT_ID, with_check("11010519491301002"), WRONG_DATE),
        (IdType.RESIDENT_ID, with_check("11010500001231002"), WRONG_DATE),
        (IdType.RESIDENT_ID, with_check("81000019900101001"), WRONG_TYPE),
        (IdType.RESIDENT_ID, with_check("93180019850228001"), WRONG_TYPE),
        (IdType.HMT_RESIDENCE_PERMIT, "11010519491231002X", WRONG_TYPE),
        (IdType.FOREIGN_PERMANENT_RESIDENCE, "11010519491231002X", WRONG_TYPE),
        (IdType.FOREIGN_PERMANENT_RESIDENCE, "USA310080013312", WRONG_DATE),
        (IdType.HM_TRAVEL_PERMIT, "T12345678", WRONG_FORM),
        (IdType.TW_TRAVEL_PERMIT, "1234567", WRONG_FORM),
        (IdType.PASSPORT_CN, "EI1234567", WRONG_FORM),
        (IdType.PASSPORT_FOREIGN, "ABCDEFG", WRONG_FORM),
        (IdType.PASSPORT_FOREIGN, "12/34567", WRONG_FORM),
    ],
)
def test_refused_with_a_reason(id_type: IdType, typed: str, message: str) -> None:
    assert refusal(id_type, typed) == message


@given(resident_ids())
def test_every_well_formed_number_passes_whatever_its_place(number: str) -> None:
    assert normalise_id_number(IdType.RESIDENT_ID, number, TODAY) == number


def test_people_born_before_their_division_had_its_code() -> None:
    """371502 exists since 1997; python-stdnum's own check refuses everybody born before."""
    number = with_check("37150219600315001")
    assert not ric.is_valid(number)
    assert normalise_id_number(IdType.RESIDENT_ID, number, TODAY) == number
    assert division_was_assigned(IdType.RESIDENT_ID, number)


def test_a_division_that_never_was_is_only_a_warning() -> None:
    number = with_check("37999919600315001")
    assert normalise_id_number(IdType.RESIDENT_ID, number, TODAY) == number
    assert not division_was_assigned(IdType.RESIDENT_ID, number)
    assert division_was_assigned(IdType.PASSPORT_FOREIGN, "X1234567")


@given(resident_ids(), st.integers(0, 16), st.integers(1, 9))
def test_every_single_wrong_digit_is_noticed(number: str, position: int, shift: int) -> None:
    wrong = str((int(number[position]) + shift) % 10)
    altered = number[:position] + wrong + number[position + 1 :]
    assert refusal(IdType.RESIDENT_ID, altered) in (WRONG_CHECK, WRONG_FORM)


@given(resident_ids(), st.integers(0, 15))
def test_every_swap_of_neighbours_is_noticed(number: str, position: int) -> None:
    first, second = number[position], number[position + 1]
    assume(first != second)
    altered = number[:position] + second + first + number[position + 2 :]
    assert refusal(IdType.RESIDENT_ID, altered) in (WRONG_CHECK, WRONG_FORM)


@given(st.integers(1, 365 * 50))
def test_nobody_is_born_tomorrow(days: int) -> None:
    born = TODAY + timedelta(days=days)
    assert refusal(IdType.RESIDENT_ID, with_check(f"371502{born:%Y%m%d}001")) == WRONG_DATE


@given(st.sampled_from(IdType), st.text(max_size=60))
def test_anything_typed_is_kept_or_refused(id_type: IdType, typed: str) -> None:
    try:
        kept = normalise_id_number(id_type, typed, TODAY)
    except InvalidIdNumber:
        return
    assert kept.isascii()
    assert kept.isalnum()
    assert normalise_id_number(id_type, kept, TODAY) == kept
