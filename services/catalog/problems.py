"""What can be wrong with a catalogue file, told so that its author can mend it at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

LISTED = 20
"""So many choices are still worth reading in one message."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake, at a line counted from 1."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        """`file:line: what is wrong`, the form that editors can jump to."""
        return f"{self.path}:{self.line}: {self.message}"


def quoted(words: Iterable[str]) -> str:
    """The words as a list in a sentence, at least one: `a`, `b` or `c`."""
    listed = [f"`{word}`" for word in words]
    *others, last = listed
    return f"{', '.join(others)} or {last}" if others else last


def suggestion(word: str, known: Iterable[str]) -> str:
    """A hint at the known word most like `word`, else at what would be right."""
    choices = list(known)
    close = get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if len(choices) > LISTED:
        return f"there are {len(choices)} to choose from, such as `{choices[0]}`"
    return f"use {quoted(choices)}"
