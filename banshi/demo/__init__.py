"""A demonstration: synthetic people with well-formed numbers, and a morning's queue in progress.

One module an area, run in the order of AREAS: each has `async def seed(now: datetime) -> None`,
which adds what is missing for the day of `now` and changes nothing that is there, because
`banshi dev` seeds on every start.
"""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

# Lower layers first: who books must be known, and who waits must have booked.
AREAS = (
    "catalog",
    "identity",
    "appointments",
    "visits",
    "standing",
    "history",
    "queue",
    "closures",
    "partners",
    "ratings",
    "screens",
)


class SignIn(NamedTuple):
    """One account of the demonstration, as shown in the terminal."""

    who: str
    path: str
    """The page to sign in on, below the base address."""
    name: str
    """Phone number or username."""
    secret: str
    """Password, or where the code is to be found."""


async def seed(now: datetime) -> None:
    """Put in every area's part."""
    for area in AREAS:
        if find_spec(f"banshi.demo.{area}"):
            await import_module(f"banshi.demo.{area}").seed(now)


def demo_sign_ins() -> list[SignIn]:
    """The accounts that the demonstration has."""
    if not find_spec("banshi.demo.identity"):
        return []
    sign_ins: list[SignIn] = import_module("banshi.demo.identity").SIGN_INS
    return sign_ins
