"""No content makes a format raise, and nothing that is empty proves anything.

More of the same: `tests/torture/test_fuzzed_reports.py`.
"""

import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings

from readiness.assessments.formats import FORMATS, inspect
from readiness.assessments.outcome import Result
from tests.assessments.formats.fuzz import asked_of, holds, reports_of, sent
from tests.assessments.formats.mutations import as_text, hollow

EMPTY = [
    b"", b" \n", b"\xef\xbb\xbf", b"\xff\xfe", b"{}", b"[]", b"[{}]", b"[[]]", b"null", b'""', b"0", b"<a/>", b"<testsuites/>",
    b"<testsuite tests='9'/>", b"---\n", b"a:\n", b"kind:\napiVersion:\n", b"Type,Name,Request Count\n",
    b"Timestamp,User Count,Type,Name\n", b"{}\n{}\n", b'{"version":"2.1.0","runs":[]}', b'{"version":"2.1.0","runs":[{}]}',
    b'{"version":"2.1.0","runs":[{"results":[],"tool":{"driver":{"name":"x","rules":[]}}}]}', b'{"metrics":{"http_reqs":{}}}',
    b'{"aggregate":{"counters":{}}}', b'[{"Plan":{}}]', b'{"results":{},"plugins_used":[]}', b'{"drain":1,"in_flight":[]}',
    b'{"resourceSpans":[]}', b'{"data":[]}', b'{"status":"success","data":{"resultType":"matrix","result":[]}}', b'{"site":[]}',
    b"<OWASPZAPReport/>", b'{"checks":[],"score":10}', b"groups: []\n",
]  # fmt: skip
SAYS_THAT_IT_FOUND_NOTHING = {("secrets_scan", b"[]"), ("secrets_scan", b"null")}
"""gitleaks writes nothing else when it found nothing; the kind has to be said, and the outcome has a note about it."""


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_that_is_empty_proves_anything(kind: str) -> None:
    for content in EMPTY:
        for params in asked_of(kind):
            outcome = inspect(content, kind, params).outcome
            assert outcome.result is not Result.PASS or (kind, content) in SAYS_THAT_IT_FOUND_NOTHING, content


@pytest.mark.parametrize("content", EMPTY)
def test_nothing_that_is_empty_is_taken_for_a_report_that_passes(content: bytes) -> None:
    assert inspect(content).outcome.result is not Result.PASS


@pytest.mark.parametrize("kind", FORMATS)
def test_a_report_with_its_form_and_nothing_in_it_proves_nothing(kind: str) -> None:
    for content in reports_of(kind):
        try:
            form = json.loads(content)
        except ValueError:
            continue
        assert inspect(as_text(hollow(form)), kind).outcome.result is not Result.PASS


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_has_a_report_to_begin_with(kind: str) -> None:
    assert reports_of(kind)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(sent=sent())
def test_no_content_whatever_makes_a_format_raise(sent: tuple[str, bytes, Mapping[str, object]]) -> None:
    holds(*sent)
