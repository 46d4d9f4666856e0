"""The page that shows how a check type is added works as it stands: its code is taken from it and run."""

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from readiness.assessments.formats.contract import Artifact, Format
from readiness.checks.config_fields import asked_for
from readiness.checks.types import HOURLY
from readiness.checks.types.contract import CheckType, needs

PAGE = Path(__file__).parents[2] / "docs/adding-a-check-type.md"
BLOCKS = dict(re.findall(r"^```python ([\w-]+)\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE))


def loaded(name: str, *blocks: str) -> ModuleType:
    module = ModuleType(name)
    sys.modules[name] = module
    for block in blocks:
        exec(compile(BLOCKS[block], f"{PAGE.name}: {block}", "exec"), module.__dict__)
    return module


@pytest.fixture
def status_page() -> Any:
    return loaded("status_page", "type", "test")


def test_the_tests_on_the_page_pass(status_page: Any) -> None:
    status_page.test_no_incident_passes()
    status_page.test_an_incident_fails_and_says_which()
    [mark] = status_page.test_what_can_not_be_read_is_unknown.pytestmark
    for answer in mark.args[1]:
        status_page.test_what_can_not_be_read_is_unknown(answer)
    status_page.test_no_answer_makes_it_raise()


def test_the_line_makes_a_type_that_says_what_it_needs_and_has_a_form(status_page: Any) -> None:
    names = {"CheckType": CheckType, "HOURLY": HOURLY, "status_page": status_page}
    made: CheckType[Any] = eval(BLOCKS["line"], names)
    [sentence] = needs(made, {})
    assert sentence.startswith("Status page: missing. The address in front of /api/v2/status.json.")
    assert needs(made, {"page_url": "https://status.vendor.example"}) == []
    assert [asked.field.label for asked in asked_for(made.config_model).values()] == ["Status page"]


def test_the_format_on_the_page_tells_reads_and_judges() -> None:
    sbom = loaded("sbom", "format")
    made: Format[Any, Any] = eval(BLOCKS["format-line"], {"Format": Format, "sbom": sbom})
    good, bad, none = (
        Artifact(
            b'{"bomFormat": "CycloneDX", "metadata": {"timestamp": "2026-03-01T10:00:00Z"}, "components": [%s]}' % some
        )
        for some in (b'{"name": "a", "version": "1"}', b'{"name": "a"}', b"")
    )
    results = [made.judge(made.read(artifact), made.asked({})).result for artifact in (good, bad, none)]
    assert [made.detect(artifact) for artifact in (good, bad, none)] == [True] * 3
    assert results == ["pass", "fail", "unknown"]
