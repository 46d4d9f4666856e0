"""Lines that hold what they should not, told by their looks. Every value here is invented."""

from typing import Any

import pytest

from readiness.assessments.formats._log_content import contents_of
from tests.assessments.formats.reports import judged, log

FORBIDDEN: dict[str, Any] = {"min_lines": 200, "forbidden_content": ["credentials", "card-numbers"]}
CREDENTIALS = [
    '{"authorization": "Bearer 3f786850e387550fdab836ed7e6dc881de23001b"}',
    '{"password": "correct-horse"}',
    "login password=hunter22 failed",
    '{"msg": "{\\"api_key\\": \\"a1b2c3d4e5\\"}"}',
    "GET /callback?access_token=ya29invented HTTP/1.1",
    "postgresql://app:s3cret@db.internal:5432/shop",
    "AKIAINVENTED12345678",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJpbnZlbnRlZCJ9.x",
    "-----BEGIN RSA PRIVATE KEY-----",
]
CLEAN = [
    '{"password": "***", "token": "[REDACTED]", "secret": "<hidden>", "api_key": null}',
    '{"token_type": "bearer", "max_tokens": 4096, "token": 123456}',
    '{"msg": "the bearer of this ticket", "auth": "Basic realm=api"}',
    "postgresql://app:***@db.internal:5432/shop",
    "https://db.internal:5432/shop",
    '{"msg": "password reset requested", "secret_name": "checkout/db"}',
    '{"trace_id": "4929123456781234aa", "ts": 1764110000000000000, "order": "4111-1111-1111-1112"}',
]


@pytest.mark.parametrize("line", CREDENTIALS)
def test_what_looks_like_a_credential_is_one(line: str) -> None:
    assert "credentials" in contents_of(line)


@pytest.mark.parametrize("line", CLEAN)
def test_what_is_masked_or_only_named_is_none(line: str) -> None:
    assert contents_of(line) == set()


@pytest.mark.parametrize(
    "number", ["4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"]
)
def test_a_card_number_is_told_by_its_check_digit(number: str) -> None:
    assert contents_of(f'{{"card": "{number}"}}') == {"card-numbers"}
    assert contents_of(f'{{"card": "{number[:-1]}9"}}') == set()


def test_an_email_address_is_told_apart_from_a_repository() -> None:
    assert contents_of('{"user": "ann@example.com"}') == {"email-addresses"}
    assert contents_of("cloned git@github.com:acme/shop.git") == set()


def test_a_sample_with_a_credential_fails_and_repeats_nothing_of_it() -> None:
    outcome = judged(log({"level": "info", "password": "correct-horse"}), **FORBIDDEN)
    assert (outcome.result, outcome.findings[0].rule, outcome.findings[0].where) == ("fail", "credentials", "line 201")
    assert "horse" not in repr(outcome)


def test_a_clean_sample_passes_and_emails_are_only_looked_for_where_asked() -> None:
    sample = log({"level": "info", "user": "ann@example.com"})
    assert judged(sample, **FORBIDDEN).result == "pass"
    assert judged(sample, **{**FORBIDDEN, "forbidden_content": ["email-addresses"]}).result == "fail"


def test_a_long_line_costs_little() -> None:
    assert contents_of("a" * 1_000_000 + "@" * 1_000_000) == set()
    assert contents_of("password=" * 2_000) in ({"credentials"}, set())
