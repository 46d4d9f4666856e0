"""The properties that hold for every content whatever, of every format in the table: one that is added is covered by itself."""

import json
import time
from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from hypothesis import strategies as st

from readiness.assessments.formats import FORMATS, Inspection, inspect
from readiness.assessments.formats.contract import MAX_FINDINGS, MAX_REASON
from readiness.assessments.outcome import Result
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import How
from tests.assessments.formats.mutations import MUTATIONS, as_text, tree, words_in
from tests.assessments.formats.reports import SAMPLES
from tests.assessments.formats.test_table import GOOD
from tests.cast import GO_LIVE
from tests.egress.one_call import grown_mib
from tests.infrastructure.slowness import slower

MOST_SECONDS, MOST_MIB = 2.0, 64
"""Of the processor's time: what else runs on the machine is no fault of a reader's."""


@cache
def reports_of(kind: str) -> tuple[bytes, ...]:
    """A good one, and what real tools wrote."""
    ran = [path.read_bytes() for path in sorted(SAMPLES.iterdir())]
    return (*([GOOD[kind]] if kind in GOOD else []), *(content for content in ran if inspect(content).kind == kind))


@cache
def asked_of(kind: str) -> tuple[Mapping[str, object], ...]:
    """What the shipped checklist asks of such a report, and nothing."""
    items = read_pack(GO_LIVE.read_text()).items
    ways = [way for item in items for criterion in item.criteria for way in criterion.ways if way.how is How.ARTIFACT]
    return ({}, *(way.params for way in ways if way.kind == kind))


@cache
def vocabulary(kind: str) -> tuple[str, ...]:
    return tuple(word for content in reports_of(kind) for word in words_in(content)) or ("a",)


def _made(kind: str, chance: Random) -> bytes:
    """One or more mutations of a report of this kind; or JSON, or lines of it, of its words."""
    if not reports_of(kind) or chance.random() < 0.25:
        trees = [as_text(tree(chance, vocabulary(kind))) for _ in range(chance.choice((1, 1, 5)))]
        return b"\n".join(trees)
    content = chance.choice(reports_of(kind))
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        content = chance.choice(MUTATIONS)(chance, content)
    return content


@st.composite
def sent(draw: Any) -> tuple[str, bytes, Mapping[str, object]]:
    """(a kind, content for it, what is asked of it)."""
    kind = draw(st.sampled_from(list(FORMATS)))
    if draw(st.integers(0, 9)) == 0:
        content = draw(
            st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace"))
        )
    else:
        content = _made(kind, draw(st.randoms(use_true_random=True)))
    return kind, content, draw(st.sampled_from(asked_of(kind)))


def holds(kind: str, content: bytes, params: Mapping[str, object]) -> None:
    """An outcome with a sentence and figures that JSON can hold, within seconds and memory; never an exception."""
    found: list[Inspection] = []
    begun = time.process_time()
    grown = grown_mib(lambda: found.extend([inspect(content, kind, params), inspect(content)]))
    seconds = time.process_time() - begun
    assert seconds <= 2 * MOST_SECONDS or seconds <= 2 * MOST_SECONDS * slower(), f"{seconds:.1f} s"
    assert grown <= MOST_MIB, f"{grown:.0f} MiB"
    for inspection in found:
        outcome = inspection.outcome
        assert inspection.kind in {"", *FORMATS}
        assert outcome.result in Result
        assert 0 < len(outcome.reason) <= MAX_REASON
        assert len(outcome.findings) <= MAX_FINDINGS
        assert all(finding.rule and finding.message for finding in outcome.findings)
        said = {"figures": dict(outcome.figures), "reason": outcome.reason, "tool": inspection.tool}
        json.dumps(said, allow_nan=False).encode()
