"""A form that comes back: what was typed, and each message beside its field."""

from typing import Any

from services.kernel.errors import DomainError, InvalidInput
from services.kernel.translations import translate
from web.common.preferences import preferences
from web.common.rendering import AnyRequest, Page, page


def field_messages(request: AnyRequest, error: InvalidInput) -> dict[str, str]:
    """Field name → what is wrong with it, in the visitor's language; templates call it `errors`."""
    language = preferences(request.scope).language
    return {wrong.field: translate(wrong.message, language, **wrong.data) for wrong in error.errors}


def fresh(template: str, **context: Any) -> Page:
    """The form as nobody has filled it in yet."""
    return page(template, errors={}, problem=None, **context)


def refused(request: AnyRequest, template: str, error: DomainError, **context: Any) -> Page:
    """The form again, saying what was refused; `context` holds what was typed.

    The template finds `errors`, and `problem`: a sentence about the whole if it is no one field's.
    """
    headers = {}
    if "retry_after" in error.data:
        headers["Retry-After"] = str(error.data["retry_after"])
    errors, problem = {}, None
    if isinstance(error, InvalidInput):
        errors = field_messages(request, error)
    else:
        problem = translate(error.message, preferences(request.scope).language, **error.data)
    return page(
        template,
        status_code=error.status,
        headers=headers,
        errors=errors,
        problem=problem,
        **context,
    )
