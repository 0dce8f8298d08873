"""What Litestar and msgspec found wrong with a request, in words for the person who sent it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from litestar.exceptions import HTTPException, ValidationException
from litestar.params import QueryParameter
from msgspec import structs

from services.kernel.errors import FieldError
from services.kernel.i18n import N_
from web.common.rendering import AnyRequest

MISSING = N_("This is missing.")

# msgspec's sentences (msgspec 0.22, _core.c) and what we say instead.
_SENTENCES: Sequence[tuple[re.Pattern[str], str, str]] = tuple(
    (re.compile(pattern), code, message)
    for pattern, code, message in (
        (r"missing required field `(?P<field>\w+)`", "missing", MISSING),
        (r"unknown field `(?P<field>\w+)`", "unknown_field", N_("This field is not known here.")),
        (r"of length >= (?P<limit>\d+)", "too_short", N_("This is too short: at least %(limit)s.")),
        (r"of length <= (?P<limit>\d+)", "too_long", N_("This is too long: at most %(limit)s.")),
        (r">=? (?P<limit>-?[\d.]+)$", "too_small", N_("This is too small: at least %(limit)s.")),
        (r"<=? (?P<limit>-?[\d.]+)$", "too_large", N_("This is too large: at most %(limit)s.")),
        (r"matching regex", "wrong_format", N_("This is not in the expected form.")),
        (
            r"Invalid RFC3339 encoded date$",
            "unknown_value",
            N_("Please write the day as 2026-01-31."),
        ),
        (
            r"Invalid (?:enum value|RFC3339|UUID|base64|ISO)",
            "unknown_value",
            N_("This value is not known."),
        ),
        (r"Expected `", "wrong_type", N_("This is not the kind of value expected.")),
    )
)
# Litestar's own, when a parameter that has no default is not there.
_ABSENT: Final = re.compile(r"Missing required \w+ parameter '(?P<field>[\w-]+)'")
_WHOLE = "request"


def field_errors(request: AnyRequest, error: HTTPException) -> tuple[FieldError, ...]:
    """The fields that failed validation; empty if `error` is about something else."""
    if not isinstance(error, ValidationException):
        return ()
    absent = _ABSENT.match(error.detail)
    if absent:
        names = tuple(_absent(request)) or (absent["field"],)
        return tuple(FieldError(name, "missing", MISSING) for name in names)
    if not isinstance(error.extra, list):
        return ()
    known = _asked_as(request)
    found = (_field_error(entry) for entry in error.extra if isinstance(entry, Mapping))
    return tuple(structs.replace(one, field=known.get(one.field, one.field)) for one in found)


def _asked_as(request: AnyRequest) -> dict[str, str]:
    """What a query calls a parameter that the code calls otherwise."""
    parameters = request.route_handler.parsed_fn_signature.parameters
    return {
        name: field.kwarg_definition.name
        for name, field in parameters.items()
        if isinstance(field.kwarg_definition, QueryParameter) and field.kwarg_definition.name
    }


def _absent(request: AnyRequest) -> Iterator[str]:
    """Every query parameter that the route cannot do without and the request lacks.

    Litestar stops at the first, and names it in its sentence alone.
    """
    for name, field in request.route_handler.parsed_fn_signature.parameters.items():
        kwarg = field.kwarg_definition
        if isinstance(kwarg, QueryParameter) and field.is_required and not field.is_optional:
            asked_as = kwarg.name or name
            if asked_as not in request.query_params:
                yield asked_as


def _field_error(entry: Mapping[str, object]) -> FieldError:
    sentence = str(entry.get("message", ""))
    field = str(entry.get("key") or _WHOLE)
    if field == "data":
        field = _WHOLE
    for pattern, code, message in _SENTENCES:
        found = pattern.search(sentence)
        if found:
            groups = {name: value for name, value in found.groupdict().items() if value}
            named = groups.pop("field", None)
            return FieldError(_join(field, named), code, message, groups)
    return FieldError(field, "invalid", N_("This value is not valid."))


def _join(field: str, inner: str | None) -> str:
    if inner is None or field == inner:
        return field
    return inner if field == _WHOLE else f"{field}.{inner}"
