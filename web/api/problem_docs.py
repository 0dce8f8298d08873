"""What the OpenAPI document says of the errors of an operation."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from msgspec import Struct

from services.identity import KeyBusy, KeyReused
from services.kernel.errors import (
    DomainError,
    InvalidInput,
    NotSignedIn,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from web.common.errors import CODES, DETAILS, PROBLEM, TITLES, problem

EXAMPLE_REQUEST = "5f2c9a7be01d"
# What any operation may answer before its own code runs.
# 403 is for a caller with a session's cookie and without its page's token.
# Those of the body are taken away again where there is none (web/api/document.py).
ALWAYS = (400, 403, 405, 413, 415, 500)


class WrongField(Struct, frozen=True):
    """One field that was wrong; `message` is for people, in the language that was asked for."""

    field: str
    code: str
    message: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """An error (RFC 9457). Programs look at `code`; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[WrongField] = []


def problems(
    *errors: type[DomainError],
    public: bool = False,
    limited: bool = False,
    repeatable: bool = False,
) -> Mapping[int, ResponseSpec]:
    """The error answers of one operation, each code with an example.

    `errors` are what the operation itself raises. What every operation may answer (malformed,
    too large, not signed in unless `public`, invalid input, unavailable) is added; `limited`
    adds the answer to too many tries, `repeatable` what becomes of an Idempotency-Key.
    """
    kinds: list[type[DomainError]] = [InvalidInput, Unavailable, *errors]
    if not public:
        kinds.append(NotSignedIn)
    if limited:
        kinds.append(RateLimited)
    if repeatable:
        kinds += [KeyReused, KeyBusy, OutcomeUnknown]
    by_status: dict[int, list[Example]] = defaultdict(list)
    for status in ALWAYS:
        by_status[status].append(_example(status, CODES[status], DETAILS[status]))
    for kind in dict.fromkeys(kinds):
        by_status[kind.status].append(_example(kind.status, kind.code, kind.message))
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            description=TITLES[status],
            media_type=PROBLEM,
            examples=examples,
        )
        for status, examples in sorted(by_status.items())
    }


class NamedExample(Example):
    """An example under its own name. Litestar would write the name into it, too."""

    def to_schema(self) -> dict[str, Any]:
        """The example as OpenAPI 3.1 has it."""
        schema = super().to_schema()
        schema.pop("id", None)
        return schema


def _example(status: int, code: str, detail: str) -> Example:
    body = problem(status, code, TITLES[status], detail, EXAMPLE_REQUEST)
    if status == InvalidInput.status:
        body["errors"] = [{"field": "item", "code": "missing", "message": "This is missing."}]
    return NamedExample(id=code, summary=code, value=body)
