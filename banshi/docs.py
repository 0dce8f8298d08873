"""`banshi docs`: write the pages that are drawn from the code."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

import click

import services
from services.kernel.settings import Settings

PAGES = Path(__file__).parents[1] / "docs"

SETTINGS_BEGIN = "<!-- settings: written by `banshi docs settings` -->"
SETTINGS_END = "<!-- /settings -->"

HEADER = """# States

Drawn by `banshi docs states` from each area's `TRANSITIONS`, the tables that alone allow
changes of state. A change is an `UPDATE … WHERE status = expected`; if nothing was touched,
somebody was faster and the caller hears so.
"""


@click.group()
def command() -> None:
    """Pages drawn from the code."""


@command.command()
def states() -> None:
    """Write docs/states.md."""
    path = PAGES / "states.md"
    path.write_text(states_page(), encoding="utf-8")
    print(f"wrote {path}")


@command.command("settings")
def settings_command() -> None:
    """Write the table of settings in docs/operations.md."""
    path = PAGES / "operations.md"
    path.write_text(with_settings(path.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {path}")


def with_settings(page: str) -> str:
    """The page with the table of this code's settings between its two marks."""
    before, rest = page.split(SETTINGS_BEGIN)
    _, after = rest.split(SETTINGS_END)
    rows = ["| setting | default | |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        if field.is_required():
            shown = "must be set"
        elif default is None or default == "":
            shown = ""
        else:
            shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        rows.append(f"| `BANSHI_{name.upper()}` | {shown} | {field.description} |")
    return f"{before}{SETTINGS_BEGIN}\n\n{chr(10).join(rows)}\n\n{SETTINGS_END}{after}"


def state_machines() -> Iterator[tuple[str, type[StrEnum], Mapping[StrEnum, frozenset[StrEnum]]]]:
    """Every state machine of every area: area, states (things begin in the first), table."""
    for area in sorted(module.name for module in iter_modules(services.__path__)):
        name = f"services.{area}.{'outbox' if area == 'kernel' else 'states'}"
        if find_spec(name) is None:
            continue
        for attribute, table in vars(import_module(name)).items():
            if attribute.endswith("TRANSITIONS"):
                yield area, type(next(iter(table))), table


def states_page() -> str:
    """The whole page, as it should stand in docs/states.md."""
    parts = [HEADER]
    for area, states_of, table in state_machines():
        lines = [f"\n## {area}: {states_of.__name__}\n", "```mermaid", "stateDiagram-v2"]
        lines.append(f"    [*] --> {next(iter(states_of)).value}")
        for state in states_of:
            lines += [f"    {state.value} --> {after.value}" for after in sorted(table[state])]
            if not table[state]:
                lines.append(f"    {state.value} --> [*]")
        parts.append("\n".join([*lines, "```", ""]))
    return "\n".join(parts)
