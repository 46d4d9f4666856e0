from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.secret_rotation_vault import Config, run
from readiness.egress import Egress, Fault
from tests.checks.types.hostile import SECRET, hold_out
from tests.checks.types.playing import POLICY, play, says, says_json, silence
from tests.servers.api import Answer, Call, api

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def asked(base_url: str = "http://v", **more: object) -> Config:
    return Config.model_validate({"base_url": base_url, "secret": "secret/checkout/database", **more})


def metadata(current: int = 2, days_ago: float = 10, **version: object) -> dict[str, object]:
    """As Vault's documentation shows it, with its nanoseconds."""
    at = f"{NOW - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%S}.945319214Z"
    old = {"created_time": "2024-01-01T00:00:00.123456789Z", "deletion_time": "", "destroyed": False}
    versions = {str(number): old for number in range(1, current)} | {
        str(current): {**old, "created_time": at, **version}
    }
    return {"data": {"current_version": current, "oldest_version": 0, "max_versions": 0, "versions": versions}}


def judged(content: object, status: int = 200, **more: object) -> Outcome:
    with time_machine.travel(NOW, tick=False):
        return play(run(asked(**more)), says_json(content, status))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("current", "days", "result"),
    [(2, 10, Result.PASS), (7, 90, Result.PASS), (2, 92, Result.FAIL), (1, 1, Result.FAIL)],
)
def test_a_second_version_that_is_recent_passes(current: int, days: float, result: Result) -> None:
    outcome = judged(metadata(current, days))
    assert outcome.result is result, outcome
    assert outcome.figures["current_version"] == current


def test_over_a_real_network_only_metadata_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(call: Call) -> Answer:
        is_right = call.headers["x-vault-token"] == SECRET and call.headers["x-vault-namespace"] == "platform"
        return Answer(metadata(3, -0.5)) if is_right else Answer({"errors": ["permission denied"]}, 403)

    with api(answer) as vault:
        monkeypatch.setenv("CHECK_SECRET_VAULT", f"{vault.url} {SECRET}")
        config = asked(vault.url, namespace="platform", credential="X-Vault-Token: ${CHECK_SECRET_VAULT}")
        with time_machine.travel(NOW, tick=False):
            outcome = Egress(POLICY).run(run(config))
        assert [call.path for call in vault.calls] == ["/v1/secret/metadata/checkout/database"]
    assert outcome.result is Result.PASS, outcome
    assert SECRET not in str(outcome)


def test_a_mount_may_have_slashes() -> None:
    [request] = next(run(asked(secret="teams/shop/kv/checkout/db 1", mount="teams/shop/kv")))
    assert request.url == "http://v/v1/teams/shop/kv/metadata/checkout/db%201"


@pytest.mark.parametrize("version", [{"destroyed": True}, {"deletion_time": "2026-03-01T00:00:00Z"}])
def test_a_deleted_version_fails(version: dict[str, object]) -> None:
    assert judged(metadata(**version)).result is Result.FAIL  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        ({"errors": []}, 404, "engine KV version 2"),
        ({"errors": ["permission denied"]}, 403, "credential is missing, refused"),
        ({"errors": ["Vault is sealed"]}, 503, "Vault answered 503."),
        ({"data": {"current_version": 2, "versions": {}}}, 200, "does not say when version 2"),
        ({"data": None}, 200, "not what Vault says here"),
    ],
)
def test_what_cannot_be_read_is_unknown(content: object, status: int, words: str) -> None:
    outcome = judged(content, status)
    assert outcome.result is Result.UNKNOWN
    assert words in outcome.reason


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    assert play(run(asked()), silence(fault)).result is Result.UNKNOWN
    assert play(run(asked()), says(200, "[" * 100_000)).result is Result.UNKNOWN


@pytest.mark.parametrize("secret", ["checkout", "secret/../sys/auth", "secret//x", "/", "secret/a\x00b"])
def test_a_path_that_leads_elsewhere_is_refused(secret: str) -> None:
    [sentence] = needs(TYPES["secret_rotation_vault"], {"base_url": "http://v", "secret": secret})
    assert "mount and path" in sentence


def test_any_answer_gives_an_outcome() -> None:
    words = "data current_version versions 1 2 created_time deletion_time destroyed 2026-03-01T00:00:00Z errors"
    hold_out(lambda: run(asked()), *words.split(), "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z")
