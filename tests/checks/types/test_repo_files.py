import time
from collections.abc import Iterator
from typing import Literal

import pytest

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.repo_files import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.hostile import hold_out
from tests.checks.types.playing import POLICY, play, says, says_json, silence
from tests.infrastructure.slowness import slower
from tests.servers.code_host import COMMIT, CodeHost, code_host

FILES = {
    ".github/CODEOWNERS": "* @shop/payments\n",
    "uv.lock": "version = 1\n",
    "Dockerfile": "FROM python@sha256:ab\n",
}


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest) -> Iterator[CodeHost]:
    kind: Literal["github", "gitlab"] = request.param
    with code_host(kind) as host:
        host.files = dict(FILES)
        yield host


def judged(host: CodeHost, *rules: str, **more: object) -> Outcome:
    told = {"base_url": host.url, "flavour": host.kind, "repository": "https://code.example.com/shop/checkout"}
    return Egress(POLICY).run(run(Config.model_validate({**told, "commit": "4f2a91c", "rules": rules, **more})))


def test_passes_when_every_rule_holds(host: CodeHost) -> None:
    rules = ["exists CODEOWNERS | .github/CODEOWNERS", "absent .env", "matches Dockerfile: ^FROM .+@sha256:"]
    outcome = judged(host, *rules)
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason == "3 rules hold at commit 4f2a91c0d3b5."
    assert outcome.figures == {"rules": 3, "broken": 0, "ref": COMMIT, "is_release": True}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("exists package-lock.json | yarn.lock", "package-lock.json or yarn.lock is not in the repository."),
        ("absent uv.lock", "uv.lock is in the repository; take it out."),
        ("absent .env | Dockerfile", "Dockerfile is in the repository; take it out."),
        ("matches Dockerfile: ^USER app$", "No line of Dockerfile matches “^USER app$”."),
        ("matches Makefile: test", "Makefile is not in the repository."),
    ],
)
def test_a_rule_that_does_not_hold_fails(host: CodeHost, rule: str, words: str) -> None:
    outcome = judged(host, rule)
    assert outcome.result is Result.FAIL
    assert outcome.reason == words


def test_without_a_release_commit_the_default_branch_is_read_and_it_says_so(host: CodeHost) -> None:
    outcome = judged(host, "exists uv.lock", commit="")
    assert outcome.reason == (
        "1 rule holds at branch main. No release commit is declared, so the default branch was read."
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("has CODEOWNERS", "write a rule as"),
        ("exists", "write a rule as"),
        ("exists ../secret", "from the repository's top"),
        ("matches Dockerfile", "a colon, a space and an expression"),
        ("matches Dockerfile: (", "can't be read"),
        ("matches Dockerfile: (a|a)*b", "repeats no group"),
        ("matches Dockerfile: .*a.*b.*c", "at most two"),
        ("matches Dockerfile: (?=a)b", "repeats no group"),
        ("matches Dockerfile: " + "a" * 300, "at most 200 characters"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(rule: str, words: str) -> None:
    [sentence] = needs(TYPES["repo_files"], {"repository": "https://github.com/a/b", "rules": [rule]})
    assert sentence.startswith("Rules, entry 1: ")
    assert words in sentence


def of_dockerfile(content: bytes, fault: Fault | None = None, rule: str = "matches Dockerfile: x.*y.*z$") -> Outcome:
    def answer(request: Request) -> Response:
        if "contents" in request.url:
            return Response(request, request.url, 200, {}, content, fault=fault)
        return says_json({"default_branch": "main"})(request)

    return play(run(Config(repository="https://github.com/a/b", rules=(rule,))), answer)


def test_a_file_made_to_be_searched_for_ever_is_given_up() -> None:
    started = time.process_time()
    outcome = of_dockerfile((b"x" * 166 + b"y" * 166 + b"z" * 165 + b"w\n") * 2000)
    assert outcome.result is Result.UNKNOWN
    assert "takes too long" in outcome.reason
    assert time.process_time() - started < 10 * slower()


def test_a_file_larger_than_is_read_exists_and_may_match_at_its_beginning() -> None:
    assert of_dockerfile(b"xyz\n", Fault.TOO_LARGE).result is Result.PASS
    assert of_dockerfile(b"abc\n", Fault.TOO_LARGE).result is Result.UNKNOWN
    assert of_dockerfile(b"abc\n", Fault.TOO_LARGE, "exists Dockerfile").result is Result.PASS


@pytest.mark.parametrize("fault", sorted(set(Fault) - {Fault.TOO_LARGE}))
def test_a_file_that_gives_no_answer_is_unknown(fault: Fault) -> None:
    def answer(request: Request) -> Response:
        return silence(fault)(request) if "contents" in request.url else says_json({"default_branch": "main"})(request)

    assert play(run(Config(repository="https://github.com/a/b", rules=("exists x",))), answer).result is Result.UNKNOWN


def test_too_many_paths_are_not_asked_for() -> None:
    rules = tuple("exists " + " | ".join(f"{place}/{number}" for number in range(10)) for place in range(10))
    outcome = play(run(Config(repository="https://github.com/a/b", rules=rules)), says(500))
    assert "100 paths, more than 60" in outcome.reason


@pytest.mark.parametrize("flavour", ["github", "gitlab"])
def test_any_answer_gives_an_outcome(flavour: str) -> None:
    told = {"repository": "https://code.example.com/a/b", "flavour": flavour, "rules": ["exists a", "matches b: c"]}
    hold_out(lambda: run(Config.model_validate(told)), "default_branch", "main", "sha", "id", "content", COMMIT)
