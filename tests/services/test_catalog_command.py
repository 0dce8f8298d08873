"""`banshi catalog`, as a person runs it."""

import shutil
from datetime import date, time
from pathlib import Path

import pytest
from click.testing import CliRunner

from banshi.catalog import command
from services import catalog
from services.catalog.source import DATA
from tests.harness.run import Worker


def test_sound_files_pass() -> None:
    result = CliRunner().invoke(command, ["check"])
    assert result.exit_code == 0
    assert result.output == "sound: 39 items, 8 offices\n"


def test_mistakes_are_listed_and_the_exit_code_tells(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(DATA, folder)
    path = folder / "items" / "firm" / "firm-pass.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("fen: 0", "fen: 20元"), encoding="utf-8"
    )
    result = CliRunner().invoke(command, ["check", str(folder)])
    assert result.exit_code == 1
    line = path.read_text(encoding="utf-8").splitlines().index("    fen: 20元") + 1
    assert f"{path}:{line}: `fees.0.fen` is “20元”" in result.output
    assert "1 to mend" in result.output


@pytest.mark.usefixtures("committed_database")
async def test_days_and_hours_are_entered_on_the_command_line(worker: Worker) -> None:
    worker.banshi("catalog", "sync")
    worker.banshi("catalog", "day", "2027-03-02", "off", "--note", "test")
    worker.banshi(
        *("catalog", "hours", "donge", "2027-03-01", "--open", "09:00-10:00"),
        *("--open", "11:00-12:00", "--note-zh", "短时开放", "--note-en", "Open briefly"),
    )
    assert await catalog.opening_periods("donge", date(2027, 3, 1)) == (
        catalog.Period(time(9), time(10)),
        catalog.Period(time(11), time(12)),
    )
    assert not await catalog.working_day(date(2027, 3, 2))


def test_a_period_that_is_none_is_refused_in_words() -> None:
    arguments = [
        "hours",
        "donge",
        "2027-03-01",
        "--open",
        "9-10",
        "--note-zh",
        "短",
        "--note-en",
        "x",
    ]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 2
    assert "write it as 08:30-12:00" in result.output
