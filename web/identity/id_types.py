"""The kinds of document, as a form offers them."""

from services.identity import ID_TYPE_NAMES
from services.kernel.actor import Actor
from services.kernel.translations import Language, translate


def id_type_choices(actor: Actor) -> list[tuple[str, str]]:
    """Value and name of each, in the language of whoever asks."""
    language = Language(actor.language)
    return [(kind.value, translate(name, language)) for kind, name in ID_TYPE_NAMES.items()]
