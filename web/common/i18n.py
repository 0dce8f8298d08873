"""Which language a request is answered in."""

from services.kernel.translations import Language

DEFAULT_LANGUAGE = Language.CHINESE


def parse_language(text: str | None) -> Language | None:
    """The language that a cookie, a query parameter or a BCP 47 tag names, if it is one of ours."""
    if not text:
        return None
    primary = text.strip().replace("_", "-").partition("-")[0].lower()
    return {"zh": Language.CHINESE, "en": Language.ENGLISH}.get(primary)


def accepted_language(header: str) -> Language | None:
    """The best of ours that an Accept-Language header asks for (RFC 9110 §12.5.4)."""
    wishes: list[tuple[float, int, Language]] = []
    for position, wish in enumerate(header.split(",")):
        tag, _, weight = wish.partition(";")
        language = parse_language(tag)
        quality = _quality(weight)
        if language is not None and quality > 0:
            wishes.append((-quality, position, language))
    return min(wishes)[2] if wishes else None


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
