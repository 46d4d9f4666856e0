"""Prometheus, or what speaks its API (Thanos, Mimir, VictoriaMetrics): its version, and how many targets it scrapes.

The targets are counted by a query: the list of them is larger than what one answer may hold, and those that only keep
what others scraped have none. https://prometheus.io/docs/prometheus/latest/querying/api/
"""

from urllib.parse import urlencode

from readiness.checks.sources.contract import (
    Connection,
    Seen,
    SourceError,
    get,
    in_words,
    many,
    parse,
    read_json,
    require_answer,
    told,
    works,
)
from readiness.egress import Request, Response, Steps

TITLE = "a Prometheus"


def test(connection: Connection) -> Steps[Seen]:
    build, scraped, down = yield [
        get(connection, "/api/v1/status/buildinfo"),
        _count(connection, "count(up)"),
        _count(connection, "count(up == 0)"),
    ]
    require_answer(connection, build, TITLE)
    number, silent = _number(connection, scraped), _number(connection, down)
    version = told(parse(build, TITLE), "data", "version") if build.status == 200 else None
    name = f"Prometheus {in_words(version)}" if version else "A server that speaks Prometheus’ language"
    if not number:
        return works(f"{name}; no target is scraped yet.")
    return works(f"{name}; {many(number, 'target')}, {silent or 'none'} of them down.")


def _count(connection: Connection, query: str) -> Request:
    return get(connection, f"/api/v1/query?{urlencode({'query': query})}")


def _number(connection: Connection, answer: Response) -> int:
    """An absent count is an empty list."""
    found = told(read_json(connection, answer, TITLE), "data", "result")
    if not isinstance(found, list):
        raise SourceError("It answers, but not as a Prometheus does. Is the address the one in front of /api/v1?")
    try:
        return int(found[0]["value"][1]) if found else 0
    except (LookupError, TypeError, ValueError) as error:
        raise SourceError("It answers a count with something that is no number.") from error
