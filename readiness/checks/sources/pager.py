"""PagerDuty: how many services the key may read.
https://developer.pagerduty.com/api-reference/e960cca205c0f-list-services · a read-only key is enough.
"""

from readiness.checks.sources.contract import Connection, Seen, SourceError, get, many, read_json, told, works
from readiness.egress import Steps

ACCEPT = "application/vnd.pagerduty+json;version=2"


def test(connection: Connection) -> Steps[Seen]:
    (answer,) = yield [get(connection, "/services?limit=1&total=true", Accept=ACCEPT)]
    found = read_json(connection, answer, "PagerDuty")
    if not isinstance(told(found, "services"), list):
        raise SourceError("It answers, but not as PagerDuty does. Is the address that of its API?")
    total = told(found, "total")
    number = total if isinstance(total, int) else len(found["services"])
    return works(f"PagerDuty; {many(number, 'service')} can be read.")
