"""Alertmanager: its version, and how many receivers it knows.
https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
"""

from readiness.checks.sources.contract import Connection, Seen, SourceError, get, in_words, many, read_json, told, works
from readiness.egress import Steps

TITLE = "an Alertmanager"


def test(connection: Connection) -> Steps[Seen]:
    status, receivers = yield [get(connection, "/api/v2/status"), get(connection, "/api/v2/receivers")]
    version = told(read_json(connection, status, TITLE), "versionInfo", "version")
    if not version:
        raise SourceError("It answers, but not as an Alertmanager does. Is the address the one in front of /api/v2?")
    names = read_json(connection, receivers, TITLE)
    number = len(names) if isinstance(names, list) else 0
    return works(f"Alertmanager {in_words(version)}; {many(number, 'receiver')}.")
