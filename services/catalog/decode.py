"""Turn YAML nodes into the structs of `definitions`, noting every mistake with its line.

The reader works on PyYAML's nodes and never on its values: nodes keep line numbers, and plain
`no`, `12:00` or `0635` stay the text that the author wrote.
"""

import re
from collections.abc import Callable
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import TypeVar

import yaml
from msgspec import Struct, inspect

from services.catalog.problems import Problem, quoted, suggestion

Lines = dict[str, int]
"""The line on which each part of a file stands, by its path, as in `fees.0.fen`."""

StructT = TypeVar("StructT", bound=Struct)
_BROKEN = object()
# libyaml reads ten times faster; where the wheel lacks it, PyYAML's own reader gives the same.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FEE_IN_YUAN = re.compile(r"^[¥￥]?(\d{1,6}(?:\.\d{1,2})?)\s*(?:元|yuan|CNY|RMB)?$")
_LANGUAGES = {"zh_CN": "Chinese", "en": "English"}


class Decoder:
    """Reads one file; `problems` and `lines` fill up as it goes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.lines: Lines = {}

    def read(self, source: bytes, struct: type[StructT]) -> StructT | None:
        """The struct that `source` describes, or None when `problems` says why not."""
        try:
            node = yaml.compose(source.decode(), Loader=_LOADER)
        except UnicodeDecodeError as error:
            line = source.count(b"\n", 0, error.start) + 1
            self.problems.append(Problem(self.path, line, "this is not UTF-8; save it as UTF-8"))
            return None
        except yaml.YAMLError as error:
            self._report_syntax(error, source.decode())
            return None
        if node is None:
            self.problems.append(Problem(self.path, 1, "the file is empty"))
            return None
        value = self._struct(node, struct, "")
        return value if isinstance(value, struct) and not self.problems else None

    def report(self, where: str, message: str) -> None:
        """Note a mistake found after decoding, at the line of the part at path `where`."""
        while where and where not in self.lines:
            where = where.rpartition(".")[0]
        self.problems.append(Problem(self.path, self.lines.get(where, 1), message))

    def _report_syntax(self, error: yaml.YAMLError, text: str) -> None:
        what, line = str(error), 1
        if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
            what, line = str(error.problem), error.problem_mark.line + 1
        elif isinstance(error, yaml.reader.ReaderError):
            what, line = error.reason, text.count("\n", 0, error.position) + 1
        self.problems.append(Problem(self.path, line, f"this is not valid YAML: {what}"))

    def _fault(self, node: yaml.Node, message: str) -> object:
        self.problems.append(Problem(self.path, node.start_mark.line + 1, message))
        return _BROKEN

    def _struct(self, node: yaml.Node, struct: type[Struct], where: str) -> object:
        name = where or "the file"
        known = {field.encode_name: field for field in _fields(struct)}
        if not isinstance(node, yaml.MappingNode):
            return self._fault(node, f"{name} must hold {quoted(known)}, not {_shape(node)}")
        values: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key not in known:
                self._fault(key_node, f"{name} has no `{key}`; {suggestion(key, known)}")
                continue
            path = f"{where}.{key}" if where else key
            if path in self.lines:
                first = self.lines[path]
                self._fault(key_node, f"`{path}` stands here twice (first on line {first})")
                continue
            self.lines[path] = line
            values[known[key].name] = self._value(value_node, known[key].type, path)
        for key, field in known.items():
            path = f"{where}.{key}" if where else key
            if field.required and path not in self.lines:
                self._fault(node, _missing(name, key))
        if any(value is _BROKEN for value in values.values()) or any(
            field.required and field.name not in values for field in known.values()
        ):
            return _BROKEN
        return struct(**values)

    def _value(self, node: yaml.Node, wanted: inspect.Type, where: str) -> object:
        if isinstance(wanted, inspect.UnionType):
            (wanted,) = (one for one in wanted.types if not isinstance(one, inspect.NoneType))
        if isinstance(wanted, inspect.StructType):
            return self._struct(node, wanted.cls, where)
        if isinstance(wanted, inspect.VarTupleType):
            return self._list(node, wanted, where)
        if not isinstance(node, yaml.ScalarNode):
            return self._fault(node, f"`{where}` must be one value, not {_shape(node)}")
        if not node.value.strip():
            return self._fault(node, _empty(where))
        try:
            return _SCALARS[type(wanted)](node.value.strip(), wanted)
        except ValueError as error:
            return self._fault(node, f"`{where}` {error}")

    def _list(self, node: yaml.Node, wanted: inspect.VarTupleType, where: str) -> object:
        if not isinstance(node, yaml.SequenceNode):
            return self._fault(
                node, f"`{where}` must be a list (lines beginning with `- `), not {_shape(node)}"
            )
        least = wanted.min_length or 0
        if len(node.value) < least:
            return self._fault(node, f"`{where}` needs at least {least}, and has {len(node.value)}")
        values = []
        for index, child in enumerate(node.value):
            path = f"{where}.{index}"
            self.lines[path] = child.start_mark.line + 1
            values.append(self._value(child, wanted.item_type, path))
        return _BROKEN if any(value is _BROKEN for value in values) else tuple(values)


def _fields(struct: type[Struct]) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - tells mypy what `struct` implies
    return info.fields


def _shape(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a group of `key: value` lines"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return f"“{node.value}”" if node.value else "nothing"


def _missing(name: str, key: str) -> str:
    if key in _LANGUAGES:
        return f"{name} has no {_LANGUAGES[key]} text; add `{key}: …`"
    return f"{name} lacks `{key}`"


def _empty(where: str) -> str:
    language = _LANGUAGES.get(where.rpartition(".")[2])
    return f"`{where}` is empty; write its {language} text" if language else f"`{where}` is empty"


def _string(raw: str, wanted: inspect.Type) -> str:
    assert isinstance(wanted, inspect.StrType)  # noqa: S101 - the table below pairs them
    if wanted.max_length is not None and len(raw) > wanted.max_length:
        raise ValueError(f"is {len(raw)} characters long; at most {wanted.max_length} fit")
    if wanted.pattern is not None and not re.search(wanted.pattern, raw):
        raise ValueError(f"is “{raw}”, which does not have the form {wanted.pattern}")
    return raw


def _integer(raw: str, wanted: inspect.Type) -> int:
    assert isinstance(wanted, inspect.IntType)  # noqa: S101 - the table below pairs them
    if not re.fullmatch(r"-?\d{1,9}", raw):
        raise ValueError(f"is “{raw}”; write a whole number{_in_fen(raw)}")
    number = int(raw)
    if wanted.ge is not None and number < wanted.ge:
        raise ValueError(f"is {number}; it cannot be below {wanted.ge}")
    if wanted.le is not None and number > wanted.le:
        raise ValueError(f"is {number}; it cannot be above {wanted.le}")
    return number


def _in_fen(raw: str) -> str:
    yuan = _FEE_IN_YUAN.match(raw)
    return f" (for a fee of {yuan[1]} yuan: {round(float(yuan[1]) * 100)} fen)" if yuan else ""


def _boolean(raw: str, _wanted: inspect.Type) -> bool:
    if raw not in {"true", "false"}:
        raise ValueError(f"is “{raw}”; write true or false")
    return raw == "true"


def _enum(raw: str, wanted: inspect.Type) -> Enum:
    assert isinstance(wanted, inspect.EnumType)  # noqa: S101 - the table below pairs them
    try:
        return wanted.cls(raw)
    except ValueError:
        choices = [str(member.value) for member in wanted.cls]
        raise ValueError(f"cannot be “{raw}”; {suggestion(raw, choices)}") from None


def _date(raw: str, _wanted: inspect.Type) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError(f"is “{raw}”; write a day of the calendar as 2026-02-17") from None


def _time(raw: str, _wanted: inspect.Type) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", raw):
        raise ValueError(f"is “{raw}”; write a time of day as 08:30")
    return time.fromisoformat(raw)


_SCALARS: dict[type[inspect.Type], Callable[[str, inspect.Type], object]] = {
    inspect.StrType: _string,
    inspect.IntType: _integer,
    inspect.BoolType: _boolean,
    inspect.EnumType: _enum,
    inspect.DateType: _date,
    inspect.TimeType: _time,
}
