"""What the pages name exists, and what exists is named."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from banshi.__main__ import main
from banshi.docs import PAGES, with_settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted(PAGES.rglob("*.md"))]
DEPENDENCIES = (PAGES / "decisions" / "0014-dependencies.md").read_text(encoding="utf-8")


def code(document: Path) -> Iterator[str]:
    """Every line of code in a document, fenced or inline."""
    text = document.read_text(encoding="utf-8")
    for fence in re.findall(r"^```(?:sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        yield from fence.replace("\\\n", " ").splitlines()
    unfenced = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", unfenced)


def check_command(words: list[str]) -> None:
    """Fail unless `banshi` has this command with these options."""
    command: click.Command = main
    context = click.Context(command)
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest.pop(0))
        assert found is not None, words
        command = found
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    named = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert named <= known, words


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path) -> None:
    for line in code(document):
        for called in re.findall(r"(?:^|&& |web |migrate |worker )banshi ([a-z][^|;&#]*)", line):
            check_command(re.sub(r"[\[\]]", "", called).split())
        for target in re.findall(r"^make ([a-z]+)", line):
            assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (document.parent / target).exists(), target


def test_every_setting_is_documented() -> None:
    page = (PAGES / "operations.md").read_text(encoding="utf-8")
    assert page == with_settings(page), "run: banshi docs settings"


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    required = [
        *project["project"]["dependencies"],
        *(name for group in project["dependency-groups"].values() for name in group),
    ]
    package = json.loads((ROOT / "web" / "package.json").read_text())
    names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in required}
    names |= set(package.get("dependencies", {})) | set(package.get("devDependencies", {}))
    cells = re.findall(r"^\| (`.+?) \|", DEPENDENCIES, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)} == names
