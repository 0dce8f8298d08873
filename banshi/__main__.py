"""The command `banshi`: one module of this package a subcommand, imported when it is asked for."""

from importlib import import_module

import click
from pydantic import ValidationError

COMMANDS = {
    "audit": "Seal and verify the audit's chain.",
    "bench": "Measure one thing beside its limit.",
    "catalog": "Check and load items and offices; enter days and hours.",
    "dev": "Run everything in one terminal.",
    "docs": "Write the pages that are drawn from the code.",
    "i18n": "Check and update the translations.",
    "keys": "Create and rotate the keys of personal data.",
    "migrate": "Bring the database to this version's schema.",
    "seed": "Put in the demonstration's data.",
    "staff": "Make, change and deactivate accounts of staff.",
    "web": "Serve pages and the API.",
    "worker": "Run what happens in the background.",
}

OWN_PACKAGES = {"banshi", "services", "web", "workers"}


class Subcommands(click.Group):
    """A group that imports `banshi.<name>` for its `command` when `<name>` is run."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """The names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """The command of that name, or None."""
        if name not in COMMANDS:
            return None
        try:
            command: click.Command = import_module(f"banshi.{name}").command
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in OWN_PACKAGES:
                raise
            raise click.ClickException(
                f"banshi {name} needs the package {error.name}, which this installation leaves out"
            ) from error
        return command

    def invoke(self, context: click.Context) -> object:
        """Run a command; settings that are missing or wrong are a message, not a traceback."""
        try:
            return super().invoke(context)
        except ValidationError as error:
            if error.title != "Settings":
                raise
            wrong = [
                "  " + " ".join(["BANSHI_" + "_".join(map(str, at)).upper(), said]).strip()
                for at, said in ((each["loc"], each["msg"]) for each in error.errors())
            ]
            raise click.ClickException(
                "\n".join(["these settings are missing or wrong (docs/operations.md):", *wrong])
            ) from None

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table: help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(_context)])


@click.group(cls=Subcommands)
@click.version_option(package_name="banshitong")
def main() -> None:
    """Banshitong (办事通): appointments and online business for police service halls."""


if __name__ == "__main__":
    main()
