"""Answers that mean harm: any JSON, made of a source's own key words, in any order and with any status or fault.

hold_out(lambda: run(CONFIG), "oncalls", "user", "2026-03-01T00:00:00Z")
"""

import json
from collections.abc import Callable
from itertools import count

from hypothesis import given, settings, strategies as some
from hypothesis.strategies import SearchStrategy

from readiness.assessments.outcome import Outcome
from readiness.checks.types.contract import MAX_FINDINGS
from readiness.egress import Fault, Request, Response, Steps
from tests.checks.types.playing import play, says, silence

SECRET = "s3cr3t-hunter2"
STATUSES = [200] * 8 + [204, 302, 400, 401, 403, 404, 429, 500, 503]


def any_json(*words: str) -> SearchStrategy[object]:
    """JSON whose names and texts are mostly `words`."""
    text = some.sampled_from(words) | some.text(max_size=6)
    leaf = text | some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False)
    return some.recursive(
        leaf,
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(text, inner, max_size=5),
        max_leaves=20,
    )


def hold_out(
    run: Callable[[], Steps[Outcome]],
    *words: str,
    shaped: SearchStrategy[object] | None = None,
    examples: int = 200,
) -> None:
    """Whatever is answered, the check ends with an outcome that can be stored. `shaped`: answers near to real ones."""
    contents = some.lists(any_json(*words) if shaped is None else shaped | any_json(*words), min_size=1, max_size=4)

    @settings(max_examples=examples, deadline=None)
    @given(contents, some.lists(some.sampled_from([*STATUSES, *Fault]), min_size=1, max_size=3))
    def attempt(contents: list[object], statuses: list[int | Fault]) -> None:
        outcome = play(run(), _in_turn(contents, statuses))
        assert outcome.reason
        assert len(outcome.findings) <= MAX_FINDINGS
        said = json.dumps(
            [outcome.reason, dict(outcome.figures), [[one.message, one.where] for one in outcome.findings]],
            allow_nan=False,
        )
        assert SECRET not in said

    attempt()


def _in_turn(contents: list[object], statuses: list[int | Fault]) -> Callable[[Request], Response]:
    turn = count()

    def answer(request: Request) -> Response:
        place = next(turn)
        content, status = contents[place % len(contents)], statuses[place % len(statuses)]
        if isinstance(status, Fault):
            return silence(status)(request)
        body = content if isinstance(content, bytes) else json.dumps(content)
        return says(status, body, "application/json")(request)

    return answer
