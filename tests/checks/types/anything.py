"""What a source may answer that is not what it should: any JSON, with the source's own words in its places."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as some

NUMBERS = ("1", "0", "NaN", "+Inf", "-Inf", "1e400", "", "x", "-1")


def json_with(words: Sequence[str]) -> some.SearchStrategy[Any]:
    """JSON in which names and texts are often `words`."""
    texts = some.sampled_from([*words, *NUMBERS]) | some.text(max_size=6)
    return some.recursive(
        some.none() | some.booleans() | some.integers() | some.floats() | texts,
        lambda inner: some.lists(inner, max_size=4) | some.dictionaries(texts, inner, max_size=4),
        max_leaves=12,
    )


def enveloped(content: some.SearchStrategy[Any]) -> some.SearchStrategy[Any]:
    """In the envelope of Prometheus and Loki, most of the time."""
    return some.fixed_dictionaries({"status": some.just("success"), "data": content}) | content


def vectors(
    labels: Sequence[str], texts: Sequence[str], anything: some.SearchStrategy[Any]
) -> some.SearchStrategy[Any]:
    """Answers of an instant query, nearly right: the series carry `labels` with `texts`."""
    value = some.tuples(some.floats(0, 2e9), some.sampled_from(NUMBERS)) | anything
    metric = some.dictionaries(some.sampled_from(labels), some.sampled_from(texts), max_size=3) | anything
    series = some.fixed_dictionaries({"metric": metric, "value": value})
    return some.fixed_dictionaries({"resultType": some.just("vector"), "result": some.lists(series, max_size=5)})
