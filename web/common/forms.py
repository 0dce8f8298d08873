"""A form that comes back: each message beside its field."""

from services.kernel.errors import InvalidInput
from services.kernel.translations import translate
from web.common.preferences import preferences
from web.common.rendering import AnyRequest


def field_messages(request: AnyRequest, error: InvalidInput) -> dict[str, str]:
    """Field name → what is wrong with it, in the visitor's language; templates call it `errors`."""
    language = preferences(request.scope).language
    return {wrong.field: translate(wrong.message, language, **wrong.data) for wrong in error.errors}
