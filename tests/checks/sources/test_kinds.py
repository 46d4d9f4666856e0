"""What each kind of source is asked, and what the answer is called."""

from dataclasses import replace
from typing import Any

import pytest

from readiness.checks.sources import KINDS, Connection, Seen, Way, probed
from readiness.checks.sources.contract import SENT_AS
from readiness.egress import Fault, Request, Response
from tests.checks.types.playing import Answer, by_path, play, says, says_json, silence
from tests.servers.source import vector

SETTINGS = {"region": "eu-west-1", "key_id": "AKIA", "user": "me", "header": "X-Key"}


def connection(kind: str, flavour: str = "", *, has_secret: bool = True) -> Connection:
    return Connection(kind, "https://source.example", flavour, SETTINGS, KINDS[kind].ways[-1], has_secret=has_secret)


def see(where: Connection, answer: Answer) -> Seen:
    return play(probed(where), answer)


def answering(**paths: Any) -> Answer:
    return by_path({key.replace("_", "/"): says_json(body) for key, body in paths.items()}, says_json({}, 404))


GOOD: list[tuple[str, str, Answer, str]] = [
    (
        "prometheus",
        "",
        by_path(
            {
                "buildinfo": says_json({"status": "success", "data": {"version": "2.42.0"}}),
                "count%28up%29": says_json(vector(12)),
                "count%28up+%3D%3D+0%29": says_json(vector(1)),
            },
            says(404),
        ),
        "Prometheus 2.42.0; 12 targets, 1 of them down.",
    ),
    (
        "prometheus",
        "",
        by_path({"buildinfo": says(404), "query": says_json(vector())}, says(404)),
        "A server that speaks Prometheus’ language; no target is scraped yet.",
    ),
    (
        "alertmanager",
        "",
        answering(status={"versionInfo": {"version": "0.25.0"}}, receivers=[{"name": "null"}, {"name": "pager"}]),
        "Alertmanager 0.25.0; 2 receivers.",
    ),
    (
        "loki",
        "",
        answering(labels={"status": "success", "data": ["app", "env"]}),
        "Loki; its streams carry 2 labels: app, env.",
    ),
    (
        "loki",
        "",
        answering(labels={"status": "success"}),
        "Loki; it holds no stream of the last hours, or none of this tenant.",
    ),
    ("traces", "jaeger", answering(api_services={"data": ["checkout"], "total": 1}), "Jaeger; 1 service sent spans."),
    ("traces", "jaeger-v3", answering(api_v3_services={"services": ["a", "b"]}), "Jaeger; 2 services sent spans."),
    (
        "traces",
        "tempo",
        by_path({"echo": says(200, "echo"), "buildinfo": says_json({"version": "2.6.1"})}, says(404)),
        "Tempo 2.6.1.",
    ),
    ("pager", "", answering(services={"services": [{}], "total": 41}), "PagerDuty; 41 services can be read."),
    (
        "code_host",
        "github",
        by_path({"rate_limit": says_json({"resources": {"core": {"limit": 5000, "remaining": 4980}}})}, says(404)),
        "GitHub; 4,980 of 5,000 calls are left this hour.",
    ),
    ("code_host", "gitlab", answering(api_v4_version={"version": "17.5.1"}), "GitLab 17.5.1."),
    (
        "aws_secrets",
        "",
        says_json({"SecretList": []}),
        "Secrets Manager in eu-west-1; the key is accepted and may list secrets.",
    ),
    (
        "aws_secrets",
        "",
        says_json({"__type": "AccessDeniedException"}, 400),
        "Secrets Manager in eu-west-1; the key is accepted. It may not list secrets, which checks never do.",
    ),
    (
        "vault",
        "",
        answering(
            v1_sys_health={"version": "1.15.2", "sealed": False, "initialized": True},
            lookup={"data": {"expire_time": "2026-07-01T10:00:00Z"}},
        ),
        "Vault 1.15.2; the token ends 2026-07-01.",
    ),
]


@pytest.mark.parametrize(("kind", "flavour", "answer", "words"), GOOD)
def test_what_it_saw_is_said(kind: str, flavour: str, answer: Answer, words: str) -> None:
    assert see(connection(kind, flavour), answer) == Seen(is_good=True, words=words)


EVERY = [(kind, flavour) for kind in KINDS for flavour in (KINDS[kind].flavours or [""])]


@pytest.mark.parametrize(("kind", "flavour"), EVERY)
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (silence(Fault.DENIED, "10.0.0.1 is private; add 10.0.0.0/8 to EGRESS_ALLOW to reach it."), "10.0.0.0/8"),
        (silence(Fault.TLS, "The certificate of source.example:443 has expired."), "has expired"),
        (silence(Fault.REFUSED, "The connection was refused."), "refused"),
        (says(200, "<!doctype html><title>Welcome</title>"), "ddress"),
        (says(502, "Bad gateway"), "ddress"),
        (says_json({}), "ddress"),
        (says_json([1, "two", None]), "ddress"),
        (says_json("text"), "ddress"),
        (says(200, b"[" * 100_000), "ddress"),
    ],
)
def test_every_failure_is_a_sentence(kind: str, flavour: str, answer: Answer, words: str) -> None:
    seen = see(connection(kind, flavour), answer)
    if flavour == "jaeger-v3" and seen.is_good:  # an empty object is how it says that it knows no service
        assert seen.words == "Jaeger; 0 services sent spans."
        return
    assert not seen.is_good
    assert words in seen.words or "Is the version right?" in seen.words


@pytest.mark.parametrize(("kind", "flavour"), [one for one in EVERY if one[0] != "aws_secrets"])
def test_a_refused_credential_is_told_from_a_missing_one(kind: str, flavour: str) -> None:
    refused = see(connection(kind, flavour), says_json({"message": "no"}, 401))
    assert "does not accept the stored credential" in refused.words
    if kind != "vault":
        missing = see(connection(kind, flavour, has_secret=False), says_json({"message": "no"}, 401))
        assert "none is stored" in missing.words


def test_aws_tells_which_half_of_the_key_is_wrong() -> None:
    unknown = see(connection("aws_secrets"), says_json({"__type": "UnrecognizedClientException"}, 400))
    wrong = see(connection("aws_secrets"), says_json({"__type": "com.amazon.x#InvalidSignatureException"}, 403))
    assert unknown.words == "AWS does not know this access key."
    assert wrong.words == "The secret access key does not belong to this key ID."


@pytest.mark.parametrize(
    ("body", "words"), [({"sealed": True}, "is sealed"), ({"initialized": False}, "is not initialised")]
)
def test_a_vault_that_gives_nothing_away_says_why(body: dict[str, bool], words: str) -> None:
    assert words in see(connection("vault"), says_json(body, 503)).words


def test_a_sign_in_page_in_front_of_a_source_is_named() -> None:
    def elsewhere(request: Request) -> Response:
        return replace(says(200, "<title>Sign in</title>")(request), url="https://login.example/?next=x")

    assert "leads on to login.example" in see(connection("prometheus"), elsewhere).words


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: str(kind.slug))
def test_the_table_is_complete(kind: Any) -> None:
    assert kind.title
    assert kind.purpose.endswith(".")
    assert kind.address_help.endswith(".")
    assert set(kind.default_addresses) <= set(kind.flavours or [""])
    assert all(one.ways == () or set(one.ways) <= set(kind.ways) for one in kind.settings)
    needed = {Way.BASIC: "user", Way.HEADER: "header", Way.AWS: "key_id"}
    names = {one.name for one in kind.settings}
    assert {needed[way] for way in kind.ways if way in needed} <= names
    assert names - set(needed.values()) - {"region"} <= set(SENT_AS)


def test_the_usual_address_follows_from_flavour_and_region() -> None:
    assert KINDS["code_host"].default_address("gitlab", {}) == "https://gitlab.com"
    assert (
        KINDS["aws_secrets"]
        .default_address("", {"region": "eu-west-1"})
        .startswith("https://secretsmanager.eu-west-1.")
    )
    assert KINDS["aws_secrets"].default_address("", {}) == ""
    assert KINDS["vault"].default_address("", {}) == ""
