"""The issues of one repository, `shop/checkout`, on a GitHub or a GitLab as their documentation describes them.

https://docs.github.com/en/rest/issues/issues · https://docs.gitlab.com/api/issues/
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.servers.api import Answer, Api, Call, api

TOKEN = "t0ken-with-issues"
CREATED = "2026-03-02T09:31:00Z"


@dataclass(slots=True)
class Tracker:
    """`answers_lost`: so many issues are made without anybody hearing of it. `refuses`: answered to whoever makes one. `now`: its
    clock.
    """

    kind: Literal["github", "gitlab"]
    issues: list[dict[str, Any]] = field(default_factory=list)
    answers_lost: int = 0
    refuses: Answer | None = None
    now: str = CREATED
    server: Api | None = None

    @property
    def url(self) -> str:
        assert self.server
        return self.server.url

    @property
    def repository(self) -> str:
        return f"{self.url}/shop/checkout"

    @property
    def name(self) -> str:
        return {"github": "GitHub", "gitlab": "GitLab"}[self.kind]

    @property
    def texts(self) -> list[str]:
        return [one["body" if self.kind == "github" else "description"] for one in self.issues]

    def calls(self, method: str) -> list[Call]:
        assert self.server
        return [call for call in self.server.calls if call.method == method]

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer({"message": "Not Found"}, 404)
        wanted = {"github": "/api/v3/repos/shop/checkout/issues", "gitlab": "/api/v4/projects/shop%2Fcheckout/issues"}
        if call.path != wanted[self.kind]:
            return Answer({"message": "Not Found"}, 404)
        return self._made(json.loads(call.body)) if call.method == "POST" else self._listed(call)

    def _listed(self, call: Call) -> Answer:
        since = call.asked("since" if self.kind == "github" else "created_after")
        size, page = int(call.asked("per_page", "30")), int(call.asked("page", "1"))
        newest_first = [one for one in self.issues[::-1] if one["created_at"] >= since]
        return Answer(newest_first[(page - 1) * size : page * size])

    def _made(self, said: dict[str, str]) -> Answer:
        if self.refuses:
            return self.refuses
        self.issues.append(self.issue(said["title"], said["body" if self.kind == "github" else "description"]))
        if self.answers_lost:
            self.answers_lost -= 1
            return Answer("Bad Gateway", 502)
        return Answer(self.issues[-1], 201)

    def issue(self, title: str, text: str) -> dict[str, Any]:
        number = len(self.issues) + 1
        common = {"title": title, "created_at": self.now, "updated_at": self.now, "labels": []}
        if self.kind == "github":
            address = f"{self.repository}/issues/{number}"
            return common | {"id": 9000 + number, "number": number, "state": "open", "body": text, "html_url": address}
        address = f"{self.repository}/-/issues/{number}"
        return common | {
            "id": 9000 + number, "iid": number, "project_id": 7, "state": "opened", "description": text, "web_url": address,
            "references": {"short": f"#{number}", "full": f"shop/checkout#{number}"},
        }  # fmt: skip


@contextmanager
def tracker(kind: Literal["github", "gitlab"]) -> Iterator[Tracker]:
    made = Tracker(kind)
    with api(made.answer) as server:
        made.server = server
        yield made
