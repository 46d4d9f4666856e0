"""Loki: the labels that its streams carry. https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-labels"""

from readiness.checks.sources.contract import Connection, Seen, SourceError, get, in_words, many, read_json, told, works
from readiness.egress import Steps

TITLE = "a Loki"


def test(connection: Connection) -> Steps[Seen]:
    (labels,) = yield [get(connection, "/loki/api/v1/labels")]
    answer = read_json(connection, labels, TITLE)
    if told(answer, "status") != "success":
        raise SourceError("It answers, but not as a Loki does. Is the address the one in front of /loki/api/v1?")
    names = told(answer, "data") or []
    if not isinstance(names, list) or not names:
        return works("Loki; it holds no stream of the last hours, or none of this tenant.")
    some = ", ".join(in_words(name, 30) for name in names[:4])
    return works(f"Loki; its streams carry {many(len(names), 'label')}: {some}{' …' if len(names) > 4 else '.'}")
