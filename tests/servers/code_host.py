"""A GitHub and a GitLab as their documentation describes them, with one repository, `shop/checkout`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from tests.servers.api import Answer, Api, Call, api

COMMIT = "4f2a91c0d3b5e6f7081920a1b2c3d4e5f6071829"
OTHER = "0" * 39 + "1"
NOT_FOUND = Answer({"message": "Not Found"}, 404)


@dataclass(slots=True)
class Ran:
    """`state`: success, failure, …; empty while it runs."""

    commit: str = COMMIT
    state: str = "success"
    name: str = "security.yml"
    at: str = "2026-03-04T10:00:00Z"


@dataclass(slots=True)
class CodeHost:
    """`runs`: newest first. `files`: path → text, at every commit that is known. `token`: asked for where it is set."""

    kind: Literal["github", "gitlab"]
    runs: list[Ran] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    token: str = ""
    jobs_before: int = 0
    server: Api | None = None

    @property
    def url(self) -> str:
        assert self.server
        return self.server.url

    def answer(self, call: Call) -> Answer:
        if self.token and self.token not in call.headers.get("authorization", ""):
            return NOT_FOUND  # neither of them tells a stranger that a repository exists
        if self.kind == "github":
            return self._github(call, call.path.removeprefix("/api/v3/repos/shop/checkout").split("/")[1:])
        return self._gitlab(call, call.path.removeprefix("/api/v4/projects/shop%2Fcheckout").split("/")[1:])

    def _github(self, call: Call, place: list[str]) -> Answer:
        match place:
            case []:
                return Answer({"full_name": "shop/checkout", "default_branch": "main"})
            case ["commits", short]:
                found = COMMIT.startswith(short)
                return (
                    Answer({"sha": COMMIT}) if found else Answer({"message": f"No commit found for SHA: {short}"}, 422)
                )
            case ["actions", "workflows", "security.yml", "runs"]:
                wanted = call.asked("head_sha")
                runs = [one for one in self.runs if not wanted or one.commit == wanted]
                return Answer({"total_count": len(runs), "workflow_runs": [self._run(one) for one in runs]})
            case ["contents", *path] if call.asked("ref") in {COMMIT, "main"}:
                text = self.files.get("/".join(path))
                return NOT_FOUND if text is None else Answer(text)
        return NOT_FOUND

    @staticmethod
    def _run(ran: Ran) -> dict[str, object]:
        return {
            "head_sha": ran.commit,
            "head_branch": "main",
            "status": "completed" if ran.state else "in_progress",
            "conclusion": ran.state or None,
            "created_at": ran.at,
            "html_url": "https://github.com/shop/checkout/actions/runs/1",
        }

    def _gitlab(self, call: Call, place: list[str]) -> Answer:
        match place:
            case []:
                return Answer({"id": 7, "path_with_namespace": "shop/checkout", "default_branch": "main"})
            case ["repository", "commits", short]:
                return (
                    Answer({"id": COMMIT})
                    if COMMIT.startswith(short)
                    else Answer({"message": "404 Commit Not Found"}, 404)
                )
            case ["pipelines"]:
                wanted = call.asked("sha")
                runs = [(place, one) for place, one in enumerate(self.runs) if not wanted or one.commit == wanted]
                return Answer(
                    [{"id": place, "sha": one.commit, "status": "failed", "ref": "main"} for place, one in runs]
                )
            case ["pipelines", number, "jobs"]:
                return Answer(self._jobs(int(number), int(call.asked("page", "1"))))
            case ["repository", "files", name, "raw"] if call.asked("ref") in {COMMIT, "main"}:
                text = self.files.get(name.replace("%2F", "/"))
                return NOT_FOUND if text is None else Answer(text)
        return NOT_FOUND

    def _jobs(self, number: int, page: int) -> list[dict[str, object]]:
        ran = self.runs[number]
        state = {"failure": "failed", "": "running"}.get(ran.state, ran.state)
        ended = "2026-03-04T10:00:00.000Z" if ran.state else None
        other: dict[str, object] = {"name": "build", "status": "success", "finished_at": ended}
        own: dict[str, object] = {
            "name": ran.name,
            "status": state,
            "finished_at": ended,
            "web_url": "https://gitlab.example.com/jobs/1",
        }
        return [*[other] * self.jobs_before, own][(page - 1) * 100 : page * 100]


@contextmanager
def code_host(kind: Literal["github", "gitlab"]) -> Iterator[CodeHost]:
    host = CodeHost(kind)
    with api(host.answer) as server:
        host.server = server
        yield host
