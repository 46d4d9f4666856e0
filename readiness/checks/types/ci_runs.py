"""The scan job ran green on the commit that goes live.

Passes when the newest run of the workflow (GitHub) or of the job (GitLab) on the release commit has ended with success. Where
no commit is declared, the newest run on the default branch counts, and the result says so. No run at all is unknown.
https://docs.github.com/en/rest/actions/workflow-runs · https://docs.gitlab.com/api/pipelines/ · https://docs.gitlab.com/api/jobs/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, Result, unknown
from readiness.checks.types._apis import read, read_list
from readiness.checks.types._code_host import CodeHostConfig, Repository, found, is_absent
from readiness.checks.types.contract import UnreadableError, shortened
from readiness.egress import Steps

MOST_PIPELINES = 5
MOST_PAGES = 10
WITHOUT_A_WORD = {"skipped", "cancelled", "canceled", "neutral", "stale", "manual", "action_required"}
"""Such a run did not do its work, and says nothing for or against the commit."""


class Config(CodeHostConfig):
    workflow: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")] = Field(
        title="Scan job",
        description="The workflow file in GitHub, or the job's name in GitLab.",
        examples=["security.yml"],
    )


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of it. `state`: success, failure or whatever the host calls it; empty while it has not ended."""

    state: str
    at: AwareDatetime | None
    link: str = ""


class _Run(BaseModel):
    head_sha: str
    status: str | None = None
    conclusion: str | None = None
    created_at: AwareDatetime | None = None
    html_url: str = ""


class _Runs(BaseModel):
    workflow_runs: list[_Run]


class _Pipeline(BaseModel):
    id: int
    sha: str


class _Job(BaseModel):
    name: str
    status: str
    finished_at: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    web_url: str = ""


def run(config: Config) -> Steps[Outcome]:
    try:
        repository = yield from found(config)
        runs = yield from (_from_github if repository.is_github else _from_gitlab)(config, repository)
    except UnreadableError as problem:
        return unknown(str(problem))
    return _judge(config, repository, runs)


def _from_github(config: Config, repository: Repository) -> Steps[list[Ran]]:
    narrowed = {"head_sha": repository.commit} if repository.commit else {"branch": repository.branch}
    path = f"actions/workflows/{quote(config.workflow.rpartition('/')[2], safe='')}/runs"
    # The runs of a commit are asked for whatever their state, so that one that still runs can be named.
    asked = {**narrowed, "per_page": 50} if repository.commit else {**narrowed, "status": "completed", "per_page": 10}
    [answer] = yield [repository.get(path, asked)]
    if is_absent(answer):
        raise UnreadableError(
            f"GitHub knows no workflow {shortened(config.workflow, 80)} there; is its file's name right?"
        )
    runs = read(_Runs, answer, repository.host).workflow_runs
    return [
        Ran((one.conclusion or "") if one.status == "completed" else "", one.created_at, one.html_url)
        for one in runs
        if not repository.commit or one.head_sha.lower() == repository.commit
    ]


def _from_gitlab(config: Config, repository: Repository) -> Steps[list[Ran]]:
    narrowed = {"sha": repository.commit} if repository.commit else {"ref": repository.branch}
    [answer] = yield [repository.get("pipelines", {**narrowed, "per_page": MOST_PIPELINES})]
    pipelines = [
        one
        for one in read_list(_Pipeline, answer, repository.host)
        if not repository.commit or one.sha.lower() == repository.commit
    ]
    runs: list[Ran] = []
    for pipeline in pipelines[:MOST_PIPELINES]:
        runs += yield from _jobs(config, repository, pipeline.id)
    return runs


def _jobs(config: Config, repository: Repository, pipeline: int) -> Steps[list[Ran]]:
    runs: list[Ran] = []
    for page in range(1, MOST_PAGES + 1):
        asked = {"per_page": 100, "page": page}
        [answer] = yield [repository.get(f"pipelines/{pipeline}/jobs", asked)]
        jobs = read_list(_Job, answer, repository.host)
        runs += [
            Ran(job.status if job.finished_at else "", job.finished_at or job.created_at, job.web_url)
            for job in jobs
            if job.name == config.workflow
        ]
        if len(jobs) < 100:
            return runs
    raise UnreadableError(f"A pipeline has more than {MOST_PAGES * 100} jobs, which is more than is read.")


def _judge(config: Config, repository: Repository, runs: Sequence[Ran]) -> Outcome:
    """`runs` newest first, as both hosts list them."""
    name = shortened(config.workflow, 80)
    ended = [one for one in runs if one.state and one.state not in WITHOUT_A_WORD]
    figures: dict[str, Figure] = {"runs": len(runs), "ref": repository.ref[:60], "is_release": bool(repository.commit)}
    if not ended:
        waiting = any(not one.state for one in runs)
        what = "is still running" if waiting else "did not do its work" if runs else "has not run"
        return unknown(f"{name} {what} on {repository.words}: run it there.", figures)
    last = ended[0]
    when = _when(last.at)
    figures |= {"conclusion": shortened(last.state, 40)}
    alone = (
        "" if repository.commit else " No release commit is declared, so the newest run of the default branch counts."
    )
    if last.state == "success":
        return Outcome(
            Result.PASS, f"{name} ended with success on {repository.words}{when}.{alone}", figures, observed_at=last.at
        )
    message = f"{name} ended with {shortened(last.state, 40)} on {repository.words}{when}.{alone}"
    return Outcome(Result.FAIL, message, figures, (Finding("not-green", Level.ERROR, message, last.link[:300]),))


def _when(at: AwareDatetime | None) -> str:
    """` on 4 March 2026, 10:00 UTC`; empty where it is not known."""
    if at is None or not 1970 < at.year < 9999:
        return ""
    return f" on {at.astimezone(UTC):%d %B %Y, %H:%M} UTC".replace("on 0", "on ")
