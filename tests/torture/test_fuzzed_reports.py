"""As `tests/assessments/formats/test_fuzz.py`, with more examples."""

import os
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.assessments.formats.fuzz import holds, sent

ROUNDS = int(os.environ.get("TORTURE_ROUNDS", "1"))
MANY = settings(
    max_examples=300 * ROUNDS, deadline=None, phases=[Phase.generate, Phase.shrink], database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@pytest.mark.timeout(120 + 60 * ROUNDS)
@MANY
@given(sent=sent())
def test_no_content_whatever_makes_a_format_raise(sent: tuple[str, bytes, Mapping[str, object]]) -> None:
    holds(*sent)


MIB_10 = 10 * 1024 * 1024
LINE = b'{"level":"info","status":200,"request_id":"r","duration_ms":1,"time":"2026-03-01T10:00:00Z"}\n'
ENDLESS = {
    "lists": (b"[", b"[],", b"0]"),
    "small objects": (b"[", b'{"a":1,"b":2},', b"0]"),
    "quotes": (b"{", b'\\"', b""),
    "one text": (b'{"a":"', b"x", b'"}'),
    "spaces": (b"{", b" ", b"}"),
    "log lines": (b"", LINE, b""),
    "short lines": (LINE, b"a\n", b""),
    "csv": (b"Type,Name,Request Count,Failure Count\n", b"GET,/a,1,0\n", b",Aggregated,1,0\n"),
    "one csv line": (b"Type,Name,Request Count,Failure Count\n", b"a,", b""),
    "cases": (b"<testsuite>", b"<testcase/>", b"</testsuite>"),
    "attributes": (b"<testsuite><testcase ", b"aaaaaaa='1' ", b"/></testsuite>"),
    "failures": (b"<testsuite>", b"<testcase name='x'><failure>a</failure></testcase>", b"</testsuite>"),
    "results": (b'{"version":"2.1.0","runs":[{"results":[', b'{"ruleId":"aaaaaaaaaaaaaaaaa"},', b"{}]}]}"),
    "runs": (b'{"version":"2.1.0","runs":[', b'{"results":[]},', b"{}]}"),
    "rules": (b'{"version":"2.1.0","runs":[{"tool":{"driver":{"rules":[', b'{"id":"abcdefgh"},', b"{}]}}}]}"),
    "secrets": (b"", b'{"SourceMetadata":{"Data":{"Git":{}}},"DetectorName":"AWS"}\n', b""),
    "yaml": (b"apiVersion: v1\nkind: Pod\nx: [", b"a,", b"]\n"),
    "plan": (b'[{"Plan":{"Plans":[', b'{"Node Type":"Seq Scan","Filter":"abc"},', b"{}]}}]"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_ten_mebibytes_that_were_made_to_cost_much_cost_little(what: str) -> None:
    head, unit, tail = ENDLESS[what]
    content = head + unit * ((MIB_10 - len(head) - len(tail)) // len(unit)) + tail
    holds("junit" if content.startswith(b"<") else "sarif", content, {})
