"""Benchmarks: ours and the limit, interleaved on the same servers, medians of the rounds.

`banshi bench NAME --json` runs one and ends with one JSON line: the figure, the limit measured in
the same run and their ratio. `make bench` runs all. docs/performance.md keeps what was measured.
"""

from statistics import median

from msgspec import Struct, to_builtins

NAMES = ("availability", "board", "booking", "call_next", "interference", "sellout")


class Result(Struct, frozen=True, kw_only=True):
    """What a benchmark found. `figure` and `limit` are in `unit`; details are by shape."""

    name: str
    unit: str
    figure: float
    limit: float
    details: dict[str, object]

    @property
    def ratio(self) -> float:
        """How near the figure comes to the limit; more than 1 passes it."""
        return self.figure / self.limit if self.limit else 0.0

    def sentence(self) -> str:
        """The result for a person."""
        return (
            f"{self.name}: {self.figure:.0f} {self.unit}, limit {self.limit:.0f},"
            f" ratio {self.ratio:.2f}"
        )

    def as_dict(self) -> dict[str, object]:
        """The result for a program."""
        found: dict[str, object] = to_builtins(self)
        return {**found, "ratio": round(self.ratio, 3)}


def middle(values: list[float]) -> float:
    """The median; 0 of nothing."""
    return median(values) if values else 0.0
