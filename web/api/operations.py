"""The OpenAPI document, as a page reads it: operations by tag, each with its parts in order."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from services.kernel.i18n import N_

METHODS: Final = ("get", "post", "put", "patch", "delete")
_DEEPEST = 6
# Litestar describes success with the standard library's English.
_DONE: Final[Mapping[str, str]] = {
    "200": N_("Done; the answer follows."),
    "201": N_("Created."),
    "202": N_("Accepted; the rest follows by itself."),
    "204": N_("Done; nothing follows."),
}

Schema = Mapping[str, Any]


class Parameter(Struct, frozen=True):
    """A place to fill in: in the path, the query, a header, or the body."""

    name: str
    place: str
    kind: str
    required: bool
    description: str


class Answer(Struct, frozen=True):
    """One status that an operation may answer with; `codes` if it is a problem."""

    status: str
    description: str
    codes: tuple[str, ...]
    example: str


class Operation(Struct, frozen=True, kw_only=True):
    """One method of one path."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    parameters: tuple[Parameter, ...]
    request_example: str
    answers: tuple[Answer, ...]


class Section(Struct, frozen=True):
    """The operations under one tag."""

    tag: str
    description: str
    operations: tuple[Operation, ...]


def sections(document: Schema) -> list[Section]:
    """Everything in the document, in the order of its tags."""
    found: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                tag = item[method].get("tags", ["other"])[0]
                found.setdefault(tag, []).append(_operation(document, path, method, item[method]))
    described = {tag["name"]: tag.get("description", "") for tag in document.get("tags", ())}
    order = [*(name for name in described if name in found), *(set(found) - set(described))]
    return [Section(tag, described.get(tag, ""), tuple(found[tag])) for tag in order]


def _operation(document: Schema, path: str, method: str, raw: Schema) -> Operation:
    body = _content(raw.get("requestBody", {}))
    return Operation(
        id=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=raw.get("summary", ""),
        description=raw.get("description", ""),
        needs_token=bool(raw.get("security")),
        parameters=(*_parameters(document, raw), *_fields(document, body.get("schema", {}))),
        request_example=_pretty(_example(document, body)) if body else "",
        answers=tuple(
            _answer(document, status, answer) for status, answer in raw["responses"].items()
        ),
    )


def _parameters(document: Schema, raw: Schema) -> Iterator[Parameter]:
    for parameter in raw.get("parameters", ()):
        yield Parameter(
            parameter["name"],
            parameter["in"],
            _kind(document, parameter.get("schema", {})),
            parameter.get("required", False),
            parameter.get("description", ""),
        )


def _fields(document: Schema, schema: Schema) -> Iterator[Parameter]:
    whole = _resolve(document, schema)
    for name, field in whole.get("properties", {}).items():
        yield Parameter(
            name,
            "body",
            _kind(document, field),
            name in whole.get("required", ()),
            _resolve(document, field).get("description", ""),
        )


def _answer(document: Schema, status: str, raw: Schema) -> Answer:
    content = _content(raw)
    examples = content.get("examples", {})
    if status.startswith(("4", "5")):
        codes = tuple(example["value"]["code"] for example in examples.values())
        return Answer(status, raw.get("description", ""), codes, "")
    example = _pretty(_example(document, content)) if content.get("schema") else ""
    return Answer(status, _DONE.get(status) or raw.get("description", ""), (), example)


def _content(raw: Schema) -> Schema:
    found: Schema = next(iter(raw.get("content", {}).values()), {})
    return found


def _resolve(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def _kind(document: Schema, schema: Schema) -> str:
    schema = _resolve(document, schema)
    for choice in ("oneOf", "anyOf"):
        if choice in schema:
            return " | ".join(_kind(document, each) for each in schema[choice])
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(document, schema.get('items', {}))}]"
    kind = schema.get("format") or schema.get("type", "")
    return kind if isinstance(kind, str) else " | ".join(kind)


def _example(document: Schema, content: Schema) -> Any:
    if "example" in content:
        return content["example"]
    for example in content.get("examples", {}).values():
        return example["value"]
    return _sample(document, content.get("schema", {}), 0)


def _sample(document: Schema, schema: Schema, depth: int) -> Any:
    """A value of the schema's shape, made of the examples that its fields give."""
    schema = _resolve(document, schema)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if schema.get("examples"):
        sample = schema["examples"][0]
    elif depth > _DEEPEST:
        sample = None
    elif choices:
        sample = _sample(document, choices[0], depth + 1)
    elif "properties" in schema:
        fields = schema["properties"].items()
        sample = {name: _sample(document, field, depth + 1) for name, field in fields}
    elif schema.get("type") == "array":
        sample = [_sample(document, schema.get("items", {}), depth + 1)]
    elif "enum" in schema:
        sample = schema["enum"][0]
    else:
        plain = _SAMPLES.get(str(schema.get("type")), "…")
        sample = _SAMPLES.get(schema.get("format", ""), plain)
    return sample


_SAMPLES: Mapping[str, Any] = {
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "null": None,
    "string": "…",
    "date": "2025-07-08",
    "date-time": "2025-07-08T09:30:00+08:00",
    "uuid": "0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e",
}


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
