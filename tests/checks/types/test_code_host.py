"""Both hosts, whatever is asked of them: where a repository is found, and what is said when it isn't."""

from collections.abc import Iterator
from typing import Literal

import pytest

from readiness.assessments.outcome import Result
from readiness.checks.types import TYPES
from readiness.checks.types._code_host import CodeHostConfig, found
from readiness.checks.types.ci_runs import Config, run
from readiness.checks.types.contract import UnreadableError, needs
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.hostile import SECRET
from tests.checks.types.playing import play, says_headers, says_json, silence
from tests.servers.code_host import COMMIT, CodeHost, Ran, code_host

REPOSITORY = "https://code.example.com/shop/checkout"


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest) -> Iterator[CodeHost]:
    kind: Literal["github", "gitlab"] = request.param
    with code_host(kind) as host:
        host.runs = [Ran()]
        yield host


def config(host: CodeHost, **more: object) -> Config:
    told = {"base_url": host.url, "flavour": host.kind, "repository": REPOSITORY, "workflow": "security.yml"}
    return Config.model_validate({**told, **more})


def first_address(**told: object) -> str:
    return next(found(CodeHostConfig.model_validate(told)))[0].url


@pytest.mark.parametrize(
    ("repository", "told", "address"),
    [
        ("https://github.com/shop/checkout.git", {}, "https://api.github.com/repos/shop/checkout"),
        ("https://github.com/shop/mono/tree/main/checkout", {}, "https://api.github.com/repos/shop/mono"),
        ("https://gitlab.com/shop/back/checkout/", {}, "https://gitlab.com/api/v4/projects/shop%2Fback%2Fcheckout"),
        ("https://gitlab.com/shop/checkout/-/tree/main", {}, "https://gitlab.com/api/v4/projects/shop%2Fcheckout"),
        ("https://gitlab.example.com:8443/a/b", {}, "https://gitlab.example.com:8443/api/v4/projects/a%2Fb"),
        ("https://github.example.com/a/b", {}, "https://github.example.com/api/v3/repos/a/b"),
        ("https://code.example.com/a/b", {"flavour": "gitlab"}, "https://code.example.com/api/v4/projects/a%2Fb"),
        (
            "https://code.example.com/a/b",
            {"base_url": "http://code.internal/api/v3"},
            "http://code.internal/api/v3/repos/a/b",
        ),
        ("https://github.com/a/b", {"base_url": "https://github.com"}, "https://api.github.com/repos/a/b"),
        # What the organisation's other host is says nothing of this repository.
        (
            "https://github.com/a/b",
            {"base_url": "https://gitlab.com", "flavour": "gitlab"},
            "https://api.github.com/repos/a/b",
        ),
        (
            "https://gitlab.example.com/a/b",
            {"base_url": "https://api.github.com", "flavour": "github"},
            "https://gitlab.example.com/api/v4/projects/a%2Fb",
        ),
    ],
)
def test_a_repository_is_found_by_the_address_that_people_open(
    repository: str, told: dict[str, object], address: str
) -> None:
    assert first_address(repository=repository, **told) == address


def test_a_host_of_neither_name_has_to_be_chosen() -> None:
    with pytest.raises(UnreadableError, match="choose the code host"):
        first_address(repository="https://code.example.com/a/b")


@pytest.mark.parametrize("repository", ["https://github.com/", "https://github.com/shop", "https://github.com/x.git"])
def test_an_address_without_owner_and_name_is_refused(repository: str) -> None:
    [sentence] = needs(TYPES["ci_runs"], {"repository": repository, "workflow": "a.yml"})
    assert "with owner and name" in sentence


@pytest.mark.parametrize("commit", ["v1.2.3", "main", "4f2", "../../x"])
def test_what_is_no_commit_is_refused(commit: str) -> None:
    [sentence] = needs(TYPES["ci_runs"], {"repository": REPOSITORY, "workflow": "a.yml", "commit": commit})
    assert "hexadecimal" in sentence


def test_a_repository_that_may_not_be_read_is_unknown(egress: Egress, host: CodeHost) -> None:
    host.token = "right"
    outcome = egress.run(run(config(host)))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason.endswith(
        "the repository of shop/checkout: it does not exist, or the credential may not read it."
    )


def test_a_commit_that_is_not_there_is_unknown(egress: Egress, host: CodeHost) -> None:
    outcome = egress.run(run(config(host, commit="1234567")))
    assert outcome.result is Result.UNKNOWN
    assert "to commit 1234567 of shop/checkout" in outcome.reason


def test_a_credential_goes_along_and_is_not_told(
    egress: Egress, host: CodeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.token = SECRET
    monkeypatch.setenv("CHECK_SECRET_CODE", f"{host.url} {SECRET}")
    outcome = egress.run(run(config(host, credential="Authorization: Bearer ${CHECK_SECRET_CODE}")))
    assert outcome.result is Result.PASS, outcome
    assert SECRET not in str(outcome)


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772704800"},
            "takes no more calls until 10:00 UTC.",
        ),
        (429, {"ratelimit-reset": "1772704800"}, "takes no more calls until 10:00 UTC."),
        (429, {"retry-after": "60"}, "takes no more calls for 60 seconds."),
        (429, {"x-ratelimit-reset": "9" * 40}, "takes no more calls."),
        (403, {}, "credential is missing, refused"),
        (500, {}, "answered 500."),
    ],
)
def test_a_host_that_takes_no_more_calls_says_until_when(status: int, headers: dict[str, str], words: str) -> None:
    asked = Config(repository="https://github.com/a/b", workflow="a.yml")
    outcome = play(run(asked), says_headers(headers, status))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason.endswith(words) or words in outcome.reason


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    asked = Config(repository="https://github.com/a/b", workflow="a.yml")
    assert play(run(asked), silence(fault)).result is Result.UNKNOWN


def test_an_answer_about_another_commit_is_not_believed() -> None:
    def answer(request: Request) -> Response:
        return says_json({"default_branch": "main", "sha": COMMIT})(request)

    outcome = play(run(Config(repository="https://github.com/a/b", workflow="a.yml", commit="1234567")), answer)
    assert outcome.reason == "GitHub names another commit than 1234567."
