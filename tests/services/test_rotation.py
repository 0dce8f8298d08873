"""`banshi keys rotate` seals everything again, loses nothing, and goes on after an interruption."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.kernel import crypto, database, rotation
from services.kernel.crypto import KeyFile, new_key, read_key_file, sealed_under, write_key_file
from services.kernel.ids import new_id
from services.kernel.settings import Settings
from services.kernel.unit_of_work import unit_of_work

NOW = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)


@pytest.fixture
def rotated(settings: Settings) -> Iterator[Path]:
    """The keys file, put back as it was."""
    path = settings.keys_file
    before = read_key_file(path)
    yield path
    write_key_file(path, before)
    crypto.keyring.cache_clear()


def add_key(path: Path) -> None:
    keys = read_key_file(path)
    write_key_file(
        path,
        KeyFile(
            active="k2", data={**keys.data, "k2": new_key()}, index=keys.index, audit=keys.audit
        ),
    )
    crypto.keyring.cache_clear()


async def add_people(count: int) -> list[str]:
    phones = [f"139{number:08d}" for number in range(count)]
    async with unit_of_work() as uow:
        for phone in phones:
            row_id = new_id()
            await uow.execute(
                "INSERT INTO person (id, phone, phone_index, language, created_at)"
                " VALUES ($1, $2, $3, 'zh_CN', $4)",
                row_id,
                crypto.keyring().seal(phone, "person", "phone", row_id),
                crypto.keyring().blind_index("phone", phone),
                NOW,
            )
    return phones


async def opened() -> list[str]:
    return [
        crypto.keyring().unseal(row["phone"], "person", "phone", row["id"])
        for row in await database.fetch("SELECT id, phone FROM person ORDER BY id")
    ]


def test_every_sealed_column_is_found() -> None:
    found = set(rotation.sealed_columns())
    assert {("person", "name"), ("person", "phone"), ("person", "id_number")} <= found


@pytest.mark.usefixtures("committed_database")
async def test_everything_is_sealed_again_and_still_opens(
    rotated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 7)
    phones = await add_people(20)
    add_key(rotated)
    assert await rotation._reseal_batch("person", "phone") == 7  # then it was interrupted
    assert await opened() == phones
    again = dict([done async for done in rotation.reseal()])
    assert again["person.phone"] == 13
    assert await opened() == phones
    rows = await database.fetch("SELECT phone FROM person")
    assert {sealed_under(row["phone"]) for row in rows} == {"k2"}
    assert await rotation.rows_under("k1") == 0
    assert await rotation.rows_under("k2") == 20
