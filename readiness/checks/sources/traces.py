"""Where traces are kept: Jaeger (its older API or version 3) lists the services it knows; Tempo says its version.

https://www.jaegertracing.io/docs/latest/architecture/apis/ · https://grafana.com/docs/tempo/latest/api_docs/
"""

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
from readiness.egress import Steps

FLAVOURS = {"jaeger": "Jaeger", "jaeger-v3": "Jaeger, API v3", "tempo": "Tempo"}


def test(connection: Connection) -> Steps[Seen]:
    if connection.flavour == "tempo":
        return (yield from _tempo(connection))
    is_third = connection.flavour == "jaeger-v3"
    (answer,) = yield [get(connection, "/api/v3/services" if is_third else "/api/services")]
    said = read_json(connection, answer, "a Jaeger")
    names = told(said, "services" if is_third else "data")
    # Version 3 leaves out what is empty, the older one writes null.
    if not isinstance(said, dict) or not (is_third or "data" in said) or not isinstance(names, list | None):
        raise SourceError("It answers, but not as this Jaeger does. Is the version right?")
    return works(f"Jaeger; {many(len(names or []), 'service')} sent spans.")


def _tempo(connection: Connection) -> Steps[Seen]:
    echo, build = yield [get(connection, "/api/echo"), get(connection, "/api/status/buildinfo")]
    require_answer(connection, echo, "a Tempo")
    if echo.status != 200 or echo.text.strip() != "echo":
        raise SourceError("It answers, but not as a Tempo does. Is the address the one in front of /api?")
    version = told(parse(build, "a Tempo"), "version") if build.status == 200 and not build.fault else None
    return works(f"Tempo {in_words(version)}." if version else "Tempo; it does not say its version.")
