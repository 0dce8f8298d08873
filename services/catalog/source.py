"""The catalogue's files: read all of them, or say everything that is wrong with them."""

from dataclasses import dataclass
from pathlib import Path

from services.catalog.checks import check_item, check_offices
from services.catalog.decode import Decoder
from services.catalog.definitions import Item, OfficeDefinition, OfficesFile
from services.catalog.problems import Problem, suggestion
from services.catalog.states import Line

DATA = Path(__file__).parent / "data"
ITEMS = "items"
OFFICES = "offices.yaml"

_LINE_ORDER = {line: index for index, line in enumerate(Line)}


@dataclass(frozen=True)
class Catalogue:
    """Everything the files say, in the order of the pages."""

    items: tuple[Item, ...]
    offices: tuple[OfficeDefinition, ...]


class CatalogueInvalid(Exception):
    """The files cannot be used; `problems` is sorted by file and line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read_catalogue(folder: Path = DATA) -> Catalogue:
    """Read the whole catalogue under `folder`.

    Raises:
        CatalogueInvalid: with every problem of every file, not only the first.
    """
    problems: list[Problem] = []
    read: list[tuple[Item, Decoder]] = []
    paths = sorted((folder / ITEMS).rglob("*.yaml"))
    if not paths:
        problems.append(Problem(folder / ITEMS, 1, "no item is here; put one YAML file an item"))
    for path in paths:
        decoder = Decoder(path)
        item = decoder.read(path.read_bytes(), Item)
        if item is not None:
            check_item(item, decoder)
            read.append((item, decoder))
        else:
            problems += decoder.problems
    _check_together(read, {path.stem for path in paths})
    for _, decoder in read:
        problems += decoder.problems
    offices = _read_offices(folder / OFFICES, problems)
    if problems:
        raise CatalogueInvalid(tuple(sorted(problems)))
    items = sorted(
        (item for item, _ in read), key=lambda one: (_LINE_ORDER[one.line], one.position)
    )
    return Catalogue(items=tuple(items), offices=offices)


def _read_offices(path: Path, problems: list[Problem]) -> tuple[OfficeDefinition, ...]:
    if not path.is_file():
        problems.append(Problem(path, 1, "the file of offices is missing"))
        return ()
    decoder = Decoder(path)
    file = decoder.read(path.read_bytes(), OfficesFile)
    if file is not None:
        check_offices(file, decoder)
    problems += decoder.problems
    return file.offices if file is not None else ()


def _check_together(read: list[tuple[Item, Decoder]], known: set[str]) -> None:
    codes: dict[str, Path] = {}
    titles: dict[str, str] = {}
    positions: dict[tuple[Line, int], str] = {}
    for item, decoder in read:
        if decoder.path.parent.name != item.line:
            decoder.report(
                "line", f"line `{item.line}` must match the folder `{decoder.path.parent.name}`"
            )
        if item.code in codes:
            decoder.report("code", f"code `{item.code}` is taken by {codes[item.code]}")
        codes.setdefault(item.code, decoder.path)
        for where, title in (("title.zh_CN", item.title.zh), ("title.en", item.title.en)):
            if title in titles:
                decoder.report(where, f"the title “{title}” is taken by `{titles[title]}`")
            titles.setdefault(title, item.code)
        place = (item.line, item.position)
        if place in positions:
            decoder.report("position", f"position {item.position} is taken by `{positions[place]}`")
        positions.setdefault(place, item.code)
    for item, decoder in read:
        for index, needed in enumerate(item.prerequisites):
            if needed.item is not None and needed.item not in known:
                decoder.report(
                    f"prerequisites.{index}.item",
                    f"there is no item `{needed.item}`; {suggestion(needed.item, sorted(known))}",
                )
