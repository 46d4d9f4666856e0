"""Against moto's real HTTP server, with libcurl's own signature; and against answers that moto doesn't give."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import time_machine

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.secret_rotation_aws import Config, run
from readiness.egress import Egress, Fault, Request, Response, Steps
from tests.checks.types.hostile import SECRET, hold_out
from tests.checks.types.playing import POLICY, play, says, says_json, silence
from tests.servers.api import Answer, api
from tests.servers.aws import KEY, secrets_manager

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
REAL = "https://secretsmanager.eu-west-1.amazonaws.com"
KEPT = {"a": ["AWSCURRENT"], "b": ["AWSPREVIOUS"]}


def asked(**more: object) -> Config:
    return Config.model_validate({"base_url": REAL, "secret": "checkout/database", **more})


def signed(steps: Steps[Outcome], key: str) -> Steps[Outcome]:
    """The same check with a key added to its calls, as happens outside of the type."""
    requests = next(steps)
    while True:
        answers = yield [replace(request, user=key) for request in requests]
        try:
            requests = steps.send(answers)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome


def described(rotated_days_ago: float | None = None, created_days_ago: float = 0, **more: object) -> Outcome:
    """What is said of a secret whose current version was created then."""
    rotated = None if rotated_days_ago is None else (NOW - timedelta(days=rotated_days_ago)).timestamp()
    created = (NOW - timedelta(days=created_days_ago)).timestamp()
    listed = {"Versions": [{"VersionStages": ["AWSCURRENT"], "CreatedDate": created}]}
    secret = {"LastRotatedDate": rotated, "VersionIdsToStages": KEPT, **more}

    def answer(request: Request) -> Response:
        is_list = request.headers["X-Amz-Target"].endswith("ListSecretVersionIds")
        return says_json(listed if is_list else secret)(request)

    with time_machine.travel(NOW, tick=False):
        return play(run(asked()), answer)


def test_with_a_real_server_a_secret_passes_once_it_has_been_rotated() -> None:
    egress = Egress(POLICY)
    with secrets_manager() as server:
        client = boto3.client(
            "secretsmanager", "eu-west-1", endpoint_url=server, aws_access_key_id="a", aws_secret_access_key=SECRET
        )
        client.create_secret(Name="checkout/database", SecretString="one")
        config = asked(base_url=server, region="eu-west-1")
        first = egress.run(signed(run(config), KEY))
        assert first.result is Result.FAIL
        assert first.reason.startswith("checkout/database has never been rotated")
        client.put_secret_value(SecretId="checkout/database", SecretString="two")
        second = egress.run(signed(run(config), KEY))
        assert second.result is Result.PASS, second
        assert second.reason == "checkout/database was rotated 0 days ago, and the version before is known."
        with time_machine.travel(datetime.now(UTC) + timedelta(days=91, hours=1), tick=False):
            late = egress.run(signed(run(config), KEY))
        assert late.result is Result.FAIL
        assert late.reason.startswith("checkout/database was rotated 91 days ago")
        absent = egress.run(signed(run(asked(base_url=server, region="eu-west-1", secret="nothing")), KEY))
        assert absent.reason == "AWS knows no secret nothing in eu-west-1."
        client.delete_secret(SecretId="checkout/database", RecoveryWindowInDays=7)
        assert egress.run(signed(run(config), KEY)).reason == "checkout/database is about to be deleted."


def test_the_call_is_to_be_signed_for_its_region_and_names_no_value() -> None:
    requests = next(run(asked()))
    assert {request.aws_sigv4 for request in requests} == {"aws:amz:eu-west-1:secretsmanager"}
    assert {request.headers["X-Amz-Target"].rpartition(".")[2] for request in requests} == {
        "DescribeSecret",
        "ListSecretVersionIds",
    }
    assert {request.body for request in requests} == {b'{"SecretId": "checkout/database"}'}


def test_with_a_key_added_the_call_goes_out_signed_and_the_key_stays() -> None:
    with api(lambda call: Answer({"VersionIdsToStages": {}})) as server:
        Egress(POLICY).run(signed(run(asked(base_url=server.url, region="eu-west-1")), KEY))
    for call in server.calls:
        assert call.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/")
        assert "x-amz-target" in call.headers["authorization"]
        assert KEY.partition(":")[2] not in str(call)


@pytest.mark.parametrize(
    ("rotated", "created", "result"),
    [
        (10, 10, Result.PASS),
        (90.5, 200, Result.PASS),
        (91, 91, Result.FAIL),
        (None, 5, Result.PASS),
        (None, 200, Result.FAIL),
    ],
)
def test_the_later_of_rotation_and_current_version_counts(
    rotated: float | None, created: float, result: Result
) -> None:
    assert described(rotated, created).result is result


def test_a_first_version_is_no_rotation() -> None:
    outcome = described(1, 1, VersionIdsToStages={"a": ["AWSCURRENT"]})
    assert outcome.result is Result.FAIL
    assert "one version only" in outcome.reason


def test_a_clock_that_is_wrong_is_unknown() -> None:
    assert described(-30).result is Result.UNKNOWN


def test_the_right_to_describe_is_enough_where_rotation_is_automatic() -> None:
    def answer(request: Request) -> Response:
        if request.headers["X-Amz-Target"].endswith("ListSecretVersionIds"):
            return says_json({"__type": "AccessDeniedException"}, 400)(request)
        return says_json({"LastRotatedDate": NOW.timestamp(), "VersionIdsToStages": KEPT})(request)

    with time_machine.travel(NOW, tick=False):
        assert play(run(asked()), answer).result is Result.PASS


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ResourceNotFoundException", "AWS knows no secret checkout/database in eu-west-1."),
        ("AccessDeniedException", "lacks secretsmanager:DescribeSecret"),
        ("com.amazon.coral.service#UnrecognizedClientException", "AWS refused: UnrecognizedClientException."),
        ("", "AWS answered 400."),
    ],
)
def test_a_refusal_is_explained(kind: str, words: str) -> None:
    outcome = play(run(asked()), says_json({"__type": kind, "Message": SECRET}, 400))
    assert outcome.result is Result.UNKNOWN
    assert words in outcome.reason
    assert SECRET not in outcome.reason


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    assert play(run(asked()), silence(fault)).result is Result.UNKNOWN
    assert play(run(asked()), says(200, "[" * 100_000)).result is Result.UNKNOWN


def test_an_address_that_names_no_region_needs_one() -> None:
    config = {"base_url": "https://vpce-1.example.com", "secret": "x"}
    assert needs(TYPES["secret_rotation_aws"], config) == ["The region is missing, and the address does not name it."]
    assert needs(TYPES["secret_rotation_aws"], {**config, "region": "eu-west-1"}) == []


def test_any_answer_gives_an_outcome() -> None:
    words = "LastRotatedDate DeletedDate RotationEnabled VersionIdsToStages Versions VersionStages CreatedDate __type AWSPREVIOUS"
    hold_out(lambda: run(asked()), *words.split(), "AWSCURRENT")
