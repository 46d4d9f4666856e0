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
