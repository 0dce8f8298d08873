"""Searching items by the words people use, on plain PostgreSQL.

What is indexed, how it is ranked and what was tried is told in
docs/decisions/0010-search-on-plain-postgresql.md.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from services.catalog.definitions import Item
from services.catalog.states import Line
from services.catalog.tokens import phrase, tokenise, unfinished_word
from services.kernel import database

NEAR_ENOUGH = 0.4
"""The share of the best score that a result needs to be shown."""

_SINGLE = 0.12
"""What one Chinese character of the query counts beside a pair of them."""

_WHOLE = "="
"""Begins the token of a whole phrase, which no part of one can look like."""

# Labels: A the title, B how people ask for it, C the summary, D single characters.
# A token counts the more, the fewer items hold it: 身份 is in many, 补领 in few.
_RANK = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::float8[], $3::boolean[]) AS a (token, share, unfinished)
), hit AS (
    SELECT item.code, asked.token, asked.share, lexeme.lexeme,
           CASE lexeme.weights[1] WHEN 'B' THEN 0.9 WHEN 'C' THEN 0.25 ELSE 1.0 END AS place
      FROM item
     CROSS JOIN LATERAL unnest(item.search) AS lexeme
      JOIN asked ON lexeme.lexeme = asked.token
                 OR (asked.unfinished AND starts_with(lexeme.lexeme, asked.token))
     WHERE item.offered AND item.search @@ $4::text::tsquery
), weighed AS (
    SELECT code, token,
           share * place * ln(1 + (SELECT count(*) FROM item WHERE offered)::float8
                                  / count(*) OVER (PARTITION BY token, lexeme)) AS weight
      FROM hit
), best AS (
    SELECT code, token, max(weight) AS weight FROM weighed GROUP BY code, token
)
SELECT code, sum(weight) AS score FROM best JOIN item USING (code)
 GROUP BY code, line, position
 ORDER BY score DESC, array_position($5::text[], line), position
"""


class Asked(Struct, frozen=True):
    """One token of a query; `unfinished` when it may be the beginning of a word."""

    token: str
    share: float
    unfinished: bool = False


def search_vector(item: Item) -> str:
    """The item's `tsvector` as a literal: each token once, with the label of its best place."""
    labels: dict[str, str] = {}
    for label, text in _parts(item):
        found = tokenise(text)
        for token in found.words:
            labels[token] = min(label, labels.get(token, label))
        for token in found.singles:
            labels.setdefault(token, "D")
    for words in _ways_to_ask(item):
        labels[_WHOLE + phrase(words)] = "B"
    # Only a position can carry a label; the order of positions is of no use to the ranking.
    return " ".join(f"'{token}':1{label}" for token, label in labels.items())


def _parts(item: Item) -> Iterator[tuple[str, str]]:
    yield "A", item.title.zh
    yield "A", item.title.en
    for words in _ways_to_ask(item):
        yield "B", words
    yield "C", item.summary.zh
    yield "C", item.summary.en


def _ways_to_ask(item: Item) -> tuple[str, ...]:
    return item.search_words.zh + item.search_words.en


def ask(query: str) -> tuple[Asked, ...]:
    """What a query asks for; nothing when it holds no word at all."""
    found = tokenise(query)
    asked = [Asked(token, 1.0) for token in found.words]
    asked += [Asked(token, _SINGLE) for token in found.singles]
    if whole := phrase(query):
        asked.append(Asked(_WHOLE + whole, 1.0))
    begun = unfinished_word(query)
    if begun is not None:
        asked.append(Asked(begun, 0.5, unfinished=True))
    return tuple(asked)


def worth_showing(scores: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """The codes of `scores` (best first) without those far behind the best."""
    return tuple(code for code, score in scores if score >= scores[0][1] * NEAR_ENOUGH)


async def ranked_codes(query: str) -> tuple[str, ...]:
    """The codes of the offered items that `query` means, the likeliest first."""
    asked = ask(query)
    if not asked:
        return ()
    rows = await database.fetch(
        _RANK,
        [one.token for one in asked],
        [one.share for one in asked],
        [one.unfinished for one in asked],
        " | ".join(f"'{one.token}'{':*' if one.unfinished else ''}" for one in asked),
        list(Line),
    )
    return worth_showing([(row["code"], row["score"]) for row in rows])
