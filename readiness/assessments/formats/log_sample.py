"""A sample of a service's log, one JSON object a line.

Passes when the sample is large enough and, as far as they are asked for: almost all lines are JSON objects; almost all lines of
requests carry the fields; lines of errors say what failed; no line has a forbidden level or holds what it should not; each failed
request logged an error. Names of fields differ: see `_ALIASES`. What a container's runtime puts around a line (Docker, CRI,
Compose) is taken off. What a line says is never repeated, only its number. Common names:
https://opentelemetry.io/docs/specs/semconv/http/http-spans/ · https://www.elastic.co/docs/reference/ecs
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.assessments.formats._log_content import Content, contents_of
from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    moment_of,
    number_of,
    parse_json,
)
from readiness.assessments.outcome import Outcome

MAX_LINES = 40_000
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "request_id": ("request_id", "requestid", "req_id", "reqid", "x_request_id", "http_request_id", "trace_id", "traceid",
                   "correlation_id", "req_requestid", "http_request_headers_x_request_id"),
    "duration_ms": ("duration_ms", "duration", "duration_s", "latency", "latency_ms", "elapsed", "elapsed_ms", "took_ms",
                    "response_time", "responsetime", "response_time_ms", "request_time", "event_duration"),
    "status": ("status", "status_code", "statuscode", "http_status", "http_status_code", "res_statuscode", "response_status",
               "http_response_status_code", "httprequest_status"),
    "level": ("level", "severity", "lvl", "loglevel", "log_level", "levelname", "severity_text"),
    "time": ("time", "timestamp", "ts", "@timestamp", "datetime", "asctime"),
    "detail": ("error", "err", "exception", "exc_info", "error_message", "err_message", "stack", "stack_trace", "error_type",
               "message", "msg", "event", "exception_message"),
    "request": ("method", "path", "url", "route", "http_method", "http_path", "req_url", "req_method", "http_route",
                "http_request_method", "url_path", "request_method", "request_path"),
}  # fmt: skip
_FRAME = re.compile(
    r"^(?:\d{4}-\d\d-\d\dT\S{8,40} (?:stdout|stderr) [FP] |[\w.-]{1,100} +\| )(?=\s*\{)"  # CRI; Compose
)
_DOCKER = frozenset({"log", "stream", "time"})
_NUMBERS: Mapping[int, str] = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
"""Of pino and bunyan."""
_SAME = {"err": "error", "critical": "error", "crit": "error", "fatal": "error", "alert": "error", "emergency": "error",
         "panic": "error", "dbg": "debug", "verbose": "debug", "finest": "trace", "finer": "trace", "fine": "debug",
         "warning": "warn", "severe": "error", "information": "info"}  # fmt: skip


class LogParams(Params):
    min_lines: int = 200
    min_json_share: float | None = None
    required_fields: tuple[str, ...] = ()
    forbidden_levels: tuple[str, ...] = ()
    failures_log_errors: bool = False
    forbidden_content: tuple[Content, ...] = ()


DEFAULTS = LogParams(
    min_json_share=0.99,
    required_fields=("request_id", "duration_ms", "status"),
    forbidden_levels=("debug", "trace"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """`fields` with names in small letters, joined by `_` where they are nested; None where the line is no JSON object.
    `holds`: what it looks like it should not.
    """

    number: int
    fields: Mapping[str, Any] | None
    holds: frozenset[Content] = frozenset()

    def value(self, name: str) -> Any:
        fields = self.fields or {}
        return next(
            (fields[alias] for alias in _ALIASES.get(name, (_plain(name),)) if fields.get(alias) is not None), None
        )

    def has(self, name: str) -> bool:
        value = self.value(name)
        if name in {"duration_ms", "status"}:  # "12 ms" can't be added up
            return number_of(value) is not None
        return value is not None and value != ""

    @property
    def level(self) -> str:
        value = self.value("level")
        if (number := number_of(value)) is not None:
            return _SAME.get(_NUMBERS.get(int(number), ""), _NUMBERS.get(int(number), ""))
        said = str(value).strip().lower() if isinstance(value, str) else ""
        return _SAME.get(said, said)

    @property
    def is_request(self) -> bool:
        return self.has("status") or self.has("request")


@dataclass(frozen=True, slots=True)
class LogReading(Reading):
    lines: Sequence[Line] = ()


def detect(artifact: Artifact) -> bool:
    """Several JSON objects in lines that look like a log, or one that has a level and a time."""
    lines = (_line(number, text) for number, text in enumerate(artifact.first_lines, start=1))
    first = next((line for line in lines if line.fields is not None), None)
    return first is not None and (first.has("time") or first.has("level") or first.is_request)


def read(artifact: Artifact) -> LogReading:
    reading = reading_of(artifact.lines(MAX_LINES, "The sample has"))
    if not reading.figures["json_lines"]:
        raise UnreadableError("No line of the file is a JSON object. A log sample has one on each line.")
    return reading


def reading_of(texts: Sequence[str]) -> LogReading:
    """Of lines that are known to be a log's, JSON or not."""
    lines = [_line(number, text) for number, text in enumerate(texts, start=1) if text.strip()]
    parsed = [line for line in lines if line.fields is not None]
    figures = {
        "lines": len(lines), "json_lines": len(parsed), "request_lines": sum(line.is_request for line in parsed),
        "error_lines": sum(line.level == "error" for line in parsed),
        "failed_requests": sum(map(_has_failed, parsed)),
    }  # fmt: skip
    return LogReading("log sample", figures, _latest(parsed), lines=lines)


def _line(number: int, text: str) -> Line:
    value = _object(_FRAME.sub("", text, count=1))
    if value is not None and value.keys() >= _DOCKER and isinstance(value["log"], str):
        value = _object(value["log"])
    return Line(number, None if value is None else _flat(value), contents_of(text))


def _object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = parse_json(text)
    except UnreadableError:
        return None
    return value if isinstance(value, dict) else None


def _flat(fields: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in fields.items():
        key = f"{prefix}{_plain(name)}"
        if isinstance(value, dict) and value and depth < 3:
            flat[key] = True  # an object `error` is a detail, whatever is in it
            flat |= _flat(value, f"{key}_", depth + 1)
        else:
            flat[key] = value
    return flat


def _plain(name: str) -> str:
    return name.lower().replace(".", "_").replace("-", "_")


def _latest(lines: Sequence[Line]) -> datetime | None:
    moments = [moment for line in lines if (moment := moment_of(line.value("time")))]
    zoned = [moment for moment in moments if moment.tzinfo]
    return max(zoned or moments, default=None)


def _has_failed(line: Line) -> bool:
    status = number_of(line.value("status"))
    return line.is_request and status is not None and 500 <= status < 600


def judge(reading: LogReading, params: LogParams) -> Outcome:
    verdict = Verdict()
    parsed = [line for line in reading.lines if line.fields is not None]
    requests = [line for line in parsed if line.is_request]
    wanted = requests if params.required_fields else reading.lines
    if len(wanted) < params.min_lines:
        what = "request line" if params.required_fields else "line"
        verdict.unclear.append(
            f"The sample has {counted(len(wanted), what)}; at least {params.min_lines:,} are asked for."
        )
    if params.min_json_share is not None:
        _judge_share(reading.lines, parsed, params.min_json_share, verdict)
    if params.required_fields and requests:
        _judge_fields(requests, parsed, params, verdict)
    if params.forbidden_levels:
        _judge_levels(parsed, params.forbidden_levels, verdict)
    if params.failures_log_errors:
        _judge_failures(requests, parsed, verdict)
    for content in params.forbidden_content:
        _judge_content(reading.lines, content, verdict)
    bad = verdict.problems[0].message if len(verdict.problems) == 1 else ""
    return verdict.outcome(
        f"{counted(len(reading.lines), 'line')} read, {len(requests):,} of them of requests; all is as it should be.",
        reading,
        bad=bad,
    )


def _judge_share(lines: Sequence[Line], parsed: Sequence[Line], least: float, verdict: Verdict) -> None:
    if len(parsed) >= least * len(lines):
        return
    broken = [line.number for line in lines if line.fields is None]
    verdict.fail(
        "not-json",
        f"{len(parsed):,} of {counted(len(lines), 'line')} are JSON; at least {least * 100:g}% are asked for.",
        _numbers(broken),
    )


def _judge_fields(requests: Sequence[Line], parsed: Sequence[Line], params: LogParams, verdict: Verdict) -> None:
    share = 0.99 if params.min_json_share is None else params.min_json_share
    for name in params.required_fields:
        without = [line.number for line in requests if not line.has(name)]
        if len(requests) - len(without) < share * len(requests):
            sentence = f"{counted(len(without), 'request line')} of {len(requests):,} have no {name} that can be read."
            verdict.fail("missing-field", sentence, _numbers(without))
    silent = [line.number for line in parsed if line.level == "error" and not line.has("detail")]
    if silent:
        verdict.fail(
            "silent-error", f"{counted(len(silent), 'line')} of errors don't say what failed.", _numbers(silent)
        )


def _judge_levels(parsed: Sequence[Line], forbidden: Sequence[str], verdict: Verdict) -> None:
    levels = {line.number: line.level for line in parsed}
    if not any(levels.values()):
        verdict.unclear.append("No line says its level.")
    for level in dict.fromkeys(_SAME.get(name.lower(), name.lower()) for name in forbidden):
        if found := [number for number, said in levels.items() if said == level]:
            verdict.fail("forbidden-level", f"{counted(len(found), 'line')} of level {level}.", _numbers(found))


def _judge_failures(requests: Sequence[Line], parsed: Sequence[Line], verdict: Verdict) -> None:
    failed = [line for line in requests if _has_failed(line)]
    if not failed:
        verdict.unclear.append("The sample holds no failed request; send a few on purpose.")
    explained = {str(line.value("request_id")) for line in parsed if line.level == "error" and line.has("request_id")}
    silent = [
        line.number for line in failed if line.level != "error" and str(line.value("request_id")) not in explained
    ]
    if silent:
        verdict.fail(
            "unlogged-failure",
            f"{counted(len(silent), 'failed request')} of {len(failed):,} logged no error.",
            _numbers(silent),
        )


def _judge_content(lines: Sequence[Line], content: Content, verdict: Verdict) -> None:
    if found := [line.number for line in lines if content in line.holds]:
        verdict.fail(
            content, f"{counted(len(found), 'line')} seem to hold {content.replace('-', ' ')}.", _numbers(found)
        )


def _numbers(numbers: Sequence[int]) -> str:
    return (
        ("line " if len(numbers) == 1 else "lines ") + ", ".join(_first(numbers)) + (" …" if len(numbers) > 8 else "")
    )


def _first(numbers: Sequence[int]) -> Iterator[str]:
    return (str(number) for number in numbers[:8])
