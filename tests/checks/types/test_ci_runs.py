from collections.abc import Iterator
from typing import Literal

import pytest

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.ci_runs import Config, run
from readiness.egress import Egress
from tests.checks.types.hostile import hold_out
from tests.checks.types.playing import POLICY
from tests.servers.code_host import COMMIT, OTHER, CodeHost, Ran, code_host


@pytest.fixture(params=["github", "gitlab"])
def host(request: pytest.FixtureRequest) -> Iterator[CodeHost]:
    kind: Literal["github", "gitlab"] = request.param
    with code_host(kind) as host:
        yield host


def judged(host: CodeHost, *runs: Ran, **more: object) -> Outcome:
    host.runs = list(runs)
    told = {"base_url": host.url, "flavour": host.kind, "repository": "https://code.example.com/shop/checkout"}
    config = Config.model_validate({**told, "workflow": "security.yml", "commit": "4f2a91c", **more})
    return Egress(POLICY).run(run(config))


def test_passes_when_it_ran_green_on_the_release_commit(host: CodeHost) -> None:
    outcome = judged(host, Ran())
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason == "security.yml ended with success on commit 4f2a91c0d3b5 on 4 March 2026, 10:00 UTC."
    assert outcome.figures["ref"] == COMMIT
    assert outcome.observed_at is not None


def test_a_run_on_another_commit_says_nothing_of_this_one(host: CodeHost) -> None:
    outcome = judged(host, Ran(OTHER))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "security.yml has not run on commit 4f2a91c0d3b5: run it there."


def test_the_newest_that_did_its_work_counts(host: CodeHost) -> None:
    assert judged(host, Ran(state="success"), Ran(state="failure")).result is Result.PASS
    failed = judged(host, Ran(state="failure"), Ran(state="success"))
    assert failed.result is Result.FAIL
    assert failed.findings[0].where.startswith("https://git")
    assert judged(host, Ran(state="skipped"), Ran(state="failure")).result is Result.FAIL


def test_one_that_still_runs_or_was_skipped_is_unknown(host: CodeHost) -> None:
    assert "is still running" in judged(host, Ran(state="")).reason
    assert "did not do its work" in judged(host, Ran(state="skipped")).reason
    assert judged(host, Ran(state=""), Ran(state="success")).result is Result.PASS


def test_without_a_release_commit_the_default_branch_counts_and_it_says_so(host: CodeHost) -> None:
    outcome = judged(host, Ran(OTHER), commit="")
    assert outcome.result is Result.PASS
    assert "on branch main on 4 March" in outcome.reason
    assert outcome.reason.endswith("No release commit is declared, so the newest run of the default branch counts.")


def test_a_job_is_found_on_a_later_page() -> None:
    with code_host("gitlab") as host:
        host.jobs_before = 150
        assert judged(host, Ran()).result is Result.PASS
        host.jobs_before = 5000
        assert "more than 1000 jobs" in judged(host, Ran()).reason


def test_a_job_of_another_name_says_nothing() -> None:
    with code_host("gitlab") as host:
        assert judged(host, Ran(name="build")).result is Result.UNKNOWN
    with code_host("github") as host:
        outcome = judged(host, Ran(), workflow="other.yml")
        assert outcome.reason == "GitHub knows no workflow other.yml there; is its file's name right?"
        assert judged(host, Ran(), workflow=".github/workflows/security.yml").result is Result.PASS


@pytest.mark.parametrize("flavour", ["github", "gitlab"])
def test_any_answer_gives_an_outcome(flavour: str) -> None:
    words = "default_branch main sha id workflow_runs head_sha status conclusion completed success created_at name security.yml"
    told = {"repository": "https://code.example.com/a/b", "flavour": flavour, "workflow": "security.yml"}
    hold_out(lambda: run(Config.model_validate(told)), *words.split(), "0001-01-01T00:00:00+14:00", COMMIT)
    hold_out(lambda: run(Config.model_validate({**told, "commit": COMMIT})), *words.split(), COMMIT)
