"""Sealed values open in their own place only, and rotate without loss."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.crypto import (
    CannotUnsealError,
    KeyFile,
    Keyring,
    new_key,
    new_key_file,
    read_key_file,
    sealed_under,
    write_key_file,
)
from services.kernel.ids import new_id


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    write_key_file(path, new_key_file())
    return Keyring(path)


@given(plain=st.text(max_size=200))
def test_what_is_sealed_unseals_to_the_same(keyring: Keyring, plain: str) -> None:
    row_id = new_id()
    sealed = keyring.seal(plain, "person", "name", row_id)
    assert keyring.unseal(sealed, "person", "name", row_id) == plain
    assert len(plain) < 4 or plain.encode() not in sealed


def test_a_value_does_not_open_in_another_place(keyring: Keyring) -> None:
    row_id = new_id()
    sealed = keyring.seal("张三", "person", "name", row_id)
    for table, column, other in (
        ("person", "name", new_id()),
        ("person", "phone", row_id),
        ("staff", "name", row_id),
    ):
        with pytest.raises(CannotUnsealError):
            keyring.unseal(sealed, table, column, other)


def test_an_altered_value_does_not_open(keyring: Keyring) -> None:
    row_id = new_id()
    sealed = bytearray(keyring.seal("13800000000", "person", "phone", row_id))
    sealed[-1] ^= 1
    with pytest.raises(CannotUnsealError):
        keyring.unseal(bytes(sealed), "person", "phone", row_id)


def test_the_same_value_seals_differently_and_indexes_alike(keyring: Keyring) -> None:
    row_id = new_id()
    assert keyring.seal("x", "t", "c", row_id) != keyring.seal("x", "t", "c", row_id)
    assert keyring.blind_index("phone", "x") == keyring.blind_index("phone", "x")
    assert keyring.blind_index("phone", "x") != keyring.blind_index("id_number", "x")


def test_a_running_process_opens_what_a_newer_key_sealed(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    old = new_key_file()
    write_key_file(path, old)
    running = Keyring(path)
    write_key_file(
        path,
        KeyFile(active="k2", data={**old.data, "k2": new_key()}, index=old.index, audit=old.audit),
    )
    row_id = new_id()
    sealed = Keyring(path).seal("x", "t", "c", row_id)
    assert sealed_under(sealed) == "k2"
    assert running.unseal(sealed, "t", "c", row_id) == "x"


def test_a_keys_file_is_private_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = new_key_file()
    write_key_file(path, keys)
    assert path.stat().st_mode & 0o777 == 0o600
    for broken in (
        KeyFile(active="k9", data=keys.data, index=keys.index, audit=keys.audit),
        KeyFile(active="k1", data={"k1": "c2hvcnQ="}, index=keys.index, audit=keys.audit),
    ):
        write_key_file(path, broken)
        with pytest.raises(ValueError, match=r"keys\.json"):
            read_key_file(path)
