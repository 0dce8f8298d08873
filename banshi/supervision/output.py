"""One terminal for every part: a coloured prefix says who speaks."""

from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from banshi.demo import SignIn

COLOURS = {
    "banshi": "bold",
    "postgres": "blue",
    "redis": "red",
    "mail": "magenta",
    "migrate": "yellow",
    "seed": "yellow",
    "web": "green",
    "worker": "cyan",
}
WIDTH = max(map(len, COLOURS))


class Output:
    """Prints lines whole and in the order in which they come."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)

    def line(self, part: str, text: str) -> None:
        """One line of one part. Styles that the part itself wrote are kept."""
        prefix = (f"{part:<{WIDTH}} │ ", COLOURS.get(part, ""))
        self._print(Text.assemble(prefix, Text.from_ansi(text)))

    def plain(self, text: str) -> None:
        """A line for the person, without a prefix."""
        self._print(Text(text))

    def sign_ins(self, url: str, sign_ins: Sequence[SignIn]) -> None:
        """The demonstration's accounts."""
        table = Table(title=f"Demonstration accounts on {url}", title_justify="left")
        for heading in ("Who", "Sign in at", "Name", "Password or code"):
            table.add_column(heading, overflow="fold")
        for sign_in in sign_ins:
            table.add_row(sign_in.who, sign_in.path, sign_in.name, sign_in.secret)
        self._print(table)

    def _print(self, text: RenderableType) -> None:
        # A terminal that was closed must not keep the parts from being stopped.
        with suppress(OSError):
            self.console.print(text)
