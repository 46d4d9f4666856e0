"""The drain drill's report: a server was told to stop while requests were under way.

Passes when each request in flight was answered with 2xx, new ones were refused (or readiness said 503 first), and the process
ended within its grace period without being killed. That it ends by the signal itself (−15, 143) is no fault: uvicorn drains and
does so. A wrapper (`sh -c`) that keeps the signal from the server shows in new requests that are answered.

    {"drain": 1, "tool": "…", "command": "…", "started_at": "…", "grace_s": 30, "seconds": 2.1, "exit_code": -15,
     "was_killed": false, "in_flight": [200, 200], "new_requests": ["refused", 503], "readiness_after": 503}

`in_flight` and `new_requests` hold a status, or a word where there was no answer: refused, reset, timeout. How processes should
end: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from collections.abc import Sequence
from dataclasses import dataclass

from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    entries_of,
    fields_of,
    moment_of,
    number_of,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Outcome

MOST_REQUESTS = 100_000
_KILLED = frozenset({-9, 137})
_CLOSED = frozenset({"refused", "reset"})


class DrainParams(Params):
    """`grace_s` in place of the report's own."""

    grace_s: float | None = None


@dataclass(frozen=True, slots=True)
class DrainReading(Reading):
    in_flight: Sequence[str] = ()
    new_requests: Sequence[str] = ()
    readiness_after: float | None = None
    seconds: float | None = None
    grace_s: float | None = None
    was_killed: bool = False


def detect(artifact: Artifact) -> bool:
    return {"drain", "in_flight"} <= fields_of(artifact.json_or_none).keys()


def read(artifact: Artifact) -> DrainReading:
    report = fields_of(artifact.json)
    if number_of(report.get("drain")) != 1 or not isinstance(report.get("in_flight"), list):
        raise UnreadableError("This is no drain report of version 1: it has no “drain”: 1 and no list “in_flight”.")
    if len(report["in_flight"]) + len(entries_of(report.get("new_requests"))) > MOST_REQUESTS:
        raise UnreadableError(f"The report holds more than {MOST_REQUESTS:,} requests.")
    in_flight = [_answer(one) for one in report["in_flight"]]
    new = [_answer(one) for one in entries_of(report.get("new_requests"))]
    answered = sum(map(_is_good, in_flight))
    exit_code, seconds, grace = (number_of(report.get(name)) for name in ("exit_code", "seconds", "grace_s"))
    was_killed = report.get("was_killed") is True or exit_code in _KILLED
    figures = {
        "in_flight": len(in_flight), "answered": answered, "unanswered": len(in_flight) - answered, "new_requests": len(new),
        "new_refused": sum(answer in _CLOSED for answer in new), "seconds_to_end": seconds, "grace_s": grace,
        "exit_code": None if exit_code is None else int(exit_code), "was_killed": was_killed,
    }  # fmt: skip
    return DrainReading(
        shortened(text_of(report.get("tool")), 80) or "drain drill", figures, moment_of(report.get("started_at")),
        in_flight=in_flight, new_requests=new, readiness_after=number_of(report.get("readiness_after")), seconds=seconds,
        grace_s=grace, was_killed=was_killed,
    )  # fmt: skip


def _answer(value: object) -> str:
    number = number_of(value)
    return f"{number:.0f}" if number is not None else shortened(text_of(value).lower(), 40) or "no answer"


def _is_good(answer: str) -> bool:
    return len(answer) == 3 and answer.startswith("2")


def judge(reading: DrainReading, params: DrainParams) -> Outcome:
    verdict = Verdict()
    lost = [answer for answer in reading.in_flight if not _is_good(answer)]
    if not reading.in_flight:
        verdict.unclear.append(
            "No request was under way when the signal was sent, so nothing shows that one survives it."
        )
    if lost:
        verdict.fail(
            "in-flight-lost",
            f"{counted(len(lost), 'request')} of {len(reading.in_flight):,} in flight got {lost[0]} in place of an answer.",
        )
    _judge_new(reading, verdict)
    grace = reading.grace_s if params.grace_s is None else params.grace_s
    if reading.was_killed:
        verdict.fail("killed", "The process did not end by itself: it was killed.")
    elif reading.seconds is None or grace is None:
        verdict.unclear.append("The report does not say how long it took, or how long it may take.")
    elif reading.seconds > grace:
        verdict.fail(
            "too-slow", f"It took {reading.seconds:.3g} s to end, longer than the {grace:.3g} s of its grace period."
        )
    answered = f"{counted(len(reading.in_flight), 'request')} in flight answered"
    good = f"{answered}, and the process ended after {reading.seconds or 0:.3g} s."
    return verdict.outcome(good, reading)


def _judge_new(reading: DrainReading, verdict: Verdict) -> None:
    said_unready = reading.readiness_after == 503
    answered = [answer for answer in reading.new_requests if _is_good(answer)]
    if not reading.new_requests and not said_unready:
        verdict.unclear.append("Nothing new was tried after the signal, and readiness was not asked.")
    elif answered and not said_unready:
        sentence = f"{counted(len(answered), 'new request')} still got an answer after the signal, and readiness did not say 503."
        verdict.fail("still-accepting", f"{sentence} Does the signal reach the server, or a shell in front of it?")
