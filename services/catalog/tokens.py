"""Words into search tokens: the one tokeniser for what is indexed and for what is asked.

Chinese has no spaces, so a run of Chinese gives its pairs of neighbouring characters, and its
single characters, which weigh little. English gives lower-cased stems.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_APOSTROPHE_S = re.compile(r"['’]s?\b")
_STOP_CHARACTERS = frozenset("的了我要想怎么样呢吗啊请问去哪里在是和与或把给个您你需什可以")
_STOP_WORDS = frozenset(
    {
        "a",
        "an",
        "the",
        "of",
        "for",
        "to",
        "in",
        "on",
        "at",
        "and",
        "or",
        "my",
        "i",
        "me",
        "is",
        "do",
        "does",
        "how",
        "can",
        "need",
        "want",
        "get",
        "with",
        "by",
        "what",
        "where",
        "when",
        "please",
    }
)
_PLURALS = (("sses", "ss"), ("ies", "y"), ("s", ""))
_ENDINGS = (("ment", ""), ("ing", ""), ("ed", ""), ("al", ""), ("e", ""))
_SHORTEST_STEM = 3
_SAME_WORD = {
    "licens": "licenc",
    "driver": "driv",
    "identity": "id",
    "identification": "id",
    "macao": "macau",
    "registration": "register",
    "expiry": "expir",
}


@dataclass(frozen=True)
class Tokens:
    """What a text says: `pairs` and stems weigh fully, single characters (`singles`) little."""

    words: tuple[str, ...]
    singles: tuple[str, ...]


def tokenise(text: str) -> Tokens:
    """The tokens of `text`, each once, in the order of first appearance."""
    words: dict[str, None] = {}
    singles: dict[str, None] = {}
    for run in _runs(text):
        if run.isascii():
            if run not in _STOP_WORDS:
                words[stem(run)] = None
            continue
        singles.update(dict.fromkeys(one for one in run if one not in _STOP_CHARACTERS))
        words.update(dict.fromkeys(first + second for first, second in pairwise(run)))
    return Tokens(tuple(words), tuple(singles))


def phrase(text: str) -> str:
    """The whole of `text` as one token, without filler; empty when it holds nothing else."""
    kept = (
        "".join(one for one in run if one not in _STOP_CHARACTERS)
        if not run.isascii()
        else ""
        if run in _STOP_WORDS
        else stem(run)
        for run in _runs(text)
    )
    return "-".join(part for part in kept if part)


def unfinished_word(text: str) -> str | None:
    """The English word that somebody may still be typing at the end of `text`."""
    folded = _fold(text)
    runs = _RUN.findall(folded)
    if not runs or not folded.endswith(runs[-1]) or not runs[-1].isascii():
        return None
    word = str(runs[-1])
    return word if len(word) > 1 and word not in _STOP_WORDS else None


def stem(word: str) -> str:
    """A lower-cased English word without its common endings; both spellings of a word as one."""
    single = _without(word, _PLURALS) if not word.endswith(("ss", "us")) else word
    bare = _SAME_WORD.get(single, single)
    while (shorter := _without(bare, _ENDINGS)) != bare:
        bare = shorter
    return _SAME_WORD.get(bare, bare)


def _without(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for ending, replacement in endings:
        base = word.removesuffix(ending)
        if base != word and len(base) >= _SHORTEST_STEM:
            return base + replacement
    return word


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return _APOSTROPHE_S.sub("", plain)


def _runs(text: str) -> list[str]:
    return [str(run) for run in _RUN.findall(_fold(text))]
