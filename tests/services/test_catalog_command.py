"""`banshi catalog check`, as a person runs it."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from banshi.catalog import command
from services.catalog.source import DATA


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
