"""The gettext catalogues held against the source: what is missing, left over or wrong in them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from msgspec import Struct

from services.kernel.translations import LOCALES, Language

ROOT = LOCALES.parent
COMMON = "common"
SOURCES = ("services", "web", "workers", "banshi", "templates")
_METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
_JINJA = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
_PLACE = re.compile(r"%\((\w+)\)[sd]")
_STRAY_PERCENT = re.compile(r"%(?!\(\w+\)[sd]|%)")

# Which part the words of an area's folders belong to; all other folders' belong to common.
AREAS: Mapping[str, tuple[str, ...]] = {
    "identity": ("identity",),
    "catalog": ("catalog",),
    "booking": ("appointments", "booking"),
    "firm": ("firm",),
    "figures": ("figures",),
    "desk": ("queue", "desk", "board", "kiosk"),
    "ratings": ("ratings",),
    "standing": ("standing",),
    "notices": ("notices",),
    "partners": ("partners",),
    "admin": ("audit", "admin"),
    "timetable": ("timetable",),
    "api": ("api",),
}
PARTS: Mapping[str, str] = {
    "workers": "notices",
    **{
        f"{source}/{folder}": part
        for part, folders in AREAS.items()
        for folder in folders
        for source in ("services", "web", "templates")
    },
}

_HEADERS: Mapping[Language, str] = {
    Language.CHINESE: "nplurals=1; plural=0;",
    Language.ENGLISH: "nplurals=2; plural=(n != 1);",
}


class Use(Struct):
    """A message of the source: its plural if it has one, and where it stands."""

    plural: str | None
    places: list[str]

    @property
    def part(self) -> str:
        """The one part of the catalogue that it belongs to."""
        parts = {part_of(place) for place in self.places}
        return parts.pop() if len(parts) == 1 else COMMON


def part_of(place: str) -> str:
    """The part that a source file's words belong to."""
    for folder, part in PARTS.items():
        if place.startswith(f"{folder}/"):
            return part
    return COMMON


def used_messages(root: Path = ROOT) -> dict[str, Use]:
    """Every message marked in the source, by its msgid."""
    found: dict[str, Use] = {}
    for source in SOURCES:
        extracted = extract_from_dir(
            root / source,
            _METHODS,
            {"**.html": _JINJA, "**.txt": _JINJA},
            _KEYWORDS,
            directory_filter=lambda folder: Path(folder).name != "node_modules",
        )
        for file, line, message, _comments, _context in extracted:
            singular, plural = message if isinstance(message, tuple) else (message, None)
            use = found.setdefault(singular, Use(plural, []))
            use.places.append(f"{source}/{file}:{line}")
    return found


def part_names(language: Language, locales: Path = LOCALES) -> list[str]:
    """The parts that exist in one language."""
    return sorted(path.stem for path in (locales / language).glob("*.po"))


def read_part(language: Language, part: str, locales: Path = LOCALES) -> Catalog:
    """One part of the catalogue; empty if there is no such file."""
    path = locales / language / f"{part}.po"
    if not path.exists():
        return Catalog(locale=language.value)
    with path.open("rb") as source:
        return read_po(source, locale=language.value)


def write_part(catalog: Catalog, language: Language, part: str, locales: Path = LOCALES) -> None:
    """Write one part, sorted and without dates, so that two people's additions merge."""
    body = BytesIO()
    write_po(body, catalog, width=100, omit_header=True, sort_output=True, no_location=True)
    header = (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language.value}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {_HEADERS[language]}\\n"\n\n'
    )
    text = header + body.getvalue().decode().strip() + "\n"
    (locales / language / f"{part}.po").write_text(text, encoding="utf-8")


def problems(used: Mapping[str, Use], locales: Path = LOCALES) -> Iterator[str]:
    """One line for whatever is wrong, naming the file and the msgid."""
    for msgid, use in used.items():
        if _STRAY_PERCENT.search(msgid):
            yield f'{use.places[0]}: write %% for a percent sign in "{msgid}"'
    for language in Language:
        yield from _problems_of(language, used, locales)


def _problems_of(language: Language, used: Mapping[str, Use], locales: Path) -> Iterator[str]:
    homes: dict[str, list[str]] = defaultdict(list)
    for part in part_names(language, locales):
        catalog = read_part(language, part, locales)
        for message in catalog:
            if message.id:
                homes[_forms(message.id)[0]].append(part)
        file = f"locales/{language}/{part}.po"
        yield from (f"{file}: {what}" for what in _problems_in(catalog, part, language, used))
    for msgid, parts in homes.items():
        if len(parts) > 1:
            yield f'locales/{language}: in {" and ".join(parts)} at once "{msgid}"'
    for msgid, use in used.items():
        if msgid not in homes:
            yield f'{use.places[0]}: not in locales/{language}/{use.part}.po "{msgid}"'


def _problems_in(
    catalog: Catalog, part: str, language: Language, used: Mapping[str, Use]
) -> Iterator[str]:
    for old in catalog.obsolete:
        yield f'obsolete "{old}"'
    for message in catalog:
        if not message.id:
            continue
        msgid = _forms(message.id)[0]
        if msgid not in used:
            yield f'nothing uses "{msgid}"'
        elif part not in (used[msgid].part, COMMON):
            yield f'belongs to {used[msgid].part}: "{msgid}"'
        yield from (f'{what} "{msgid}"' for what in _wrong(message, language))


def _wrong(message: Message, language: Language) -> Iterator[str]:
    sources, forms = _forms(message.id), _forms(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not all(forms):
        yield "no translation of"
        return
    places = {name for source in sources for name in _PLACE.findall(source)}
    written = [set(_PLACE.findall(form)) for form in forms]
    # A singular may leave the number out; the last form must name every place.
    if any(names - places for names in written) or places - written[-1]:
        yield "the %(places)s differ in"
    if any(_STRAY_PERCENT.search(form) for form in forms):
        yield "write %% for a percent sign in"
    if language is Language.ENGLISH and forms != sources:
        yield "English must repeat the msgid in"


def update(
    used: Mapping[str, Use], only: Collection[str] = (), locales: Path = LOCALES
) -> list[str]:
    """Add what is missing to the part that fits, move what is misplaced, drop what nothing uses.

    Writes the parts named in `only`, or all of them. Returns the msgids that now wait for their
    Chinese text.
    """
    waiting: list[str] = []
    for language in Language:
        known = _known(language, locales)
        parts: dict[str, Catalog] = {part: Catalog(locale=language.value) for part in only}
        for msgid, use in used.items():
            home, text = known.get(msgid, (use.part, None))
            part = COMMON if home == COMMON else use.part
            ids = (msgid, use.plural) if use.plural else msgid
            if not text:
                text = ids if language is Language.ENGLISH else ""
            parts.setdefault(part, Catalog(locale=language.value)).add(ids, text)
            if not text and (not only or part in only):
                waiting.append(msgid)
        for part in only or {*part_names(language, locales), *parts}:
            write_part(parts.get(part, Catalog(locale=language.value)), language, part, locales)
    return waiting


def _known(language: Language, locales: Path) -> dict[str, tuple[str, str | tuple[str, ...]]]:
    """Each msgid's present part and translation."""
    known: dict[str, tuple[str, str | tuple[str, ...]]] = {}
    for part in part_names(language, locales):
        for message in read_part(language, part, locales):
            if message.id:
                forms = _forms(message.string)
                text = forms if len(forms) > 1 or message.pluralizable else forms[0]
                known.setdefault(_forms(message.id)[0], (part, text))
    return known


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """A message's or a translation's forms: one, or one for each plural."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)
