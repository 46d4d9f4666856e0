"""PagerDuty's API as its published OpenAPI document describes it, with a service, its policy and its on-calls.

Every answer is held against the part of that document that the check relies on, before it goes out.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from tests.servers.api import Answer, Api, Call, api

SCHEMA = json.loads((Path(__file__).parents[1] / "checks/types/samples/pagerduty-schema.json").read_text())
KEY = "y_NbAkKc66ryYTWUXYEu"
"""The one that PagerDuty's documentation shows."""


def reference(id_: str, kind: str, summary: str | None = None) -> dict[str, object]:
    return {"id": id_, "type": f"{kind}_reference", "summary": summary or id_, "self": None, "html_url": None}


def oncall(person: str, start: str | None, end: str | None, level: int = 1) -> dict[str, object]:
    """`start`, `end`: ISO 8601, or None for somebody whom the policy names directly."""
    return {
        "escalation_policy": reference("PT20YPA", "escalation_policy"),
        "user": reference(f"U{person.upper()}", "user", person),
        "schedule": reference("PI7DH85", "schedule") if start else None,
        "escalation_level": level,
        "start": start,
        "end": end,
    }


@dataclass(slots=True)
class Account:
    status: str = "active"
    levels: list[list[str]] = field(default_factory=lambda: [["schedule"], ["user"]])
    oncalls: list[dict[str, object]] = field(default_factory=list)
    longest_page: int = 100
    takes_anybody: bool = True
    server: Api | None = None

    @property
    def url(self) -> str:
        assert self.server
        return self.server.url

    def answer(self, call: Call) -> Answer:
        key = call.headers.get("authorization")
        if key != f"Token token={KEY}" and (key is not None or not self.takes_anybody):
            return Answer({"error": {"message": "Unauthorized", "code": 2006}}, 401)
        if call.headers["accept"] != "application/vnd.pagerduty+json;version=2":
            return Answer({"error": {"message": "Version required", "code": 2018}}, 406)
        match call.path.split("/")[1:]:
            case ["services", "PIJ90N7"]:
                return self._valid("service", {"service": self._service()})
            case ["escalation_policies", "PT20YPA"]:
                return self._valid("escalation_policy", {"escalation_policy": self._policy()})
            case ["oncalls"] if call.asked("escalation_policy_ids[]") == "PT20YPA":
                return self._valid("oncalls", self._page(call))
        return Answer({"error": {"message": "Not Found", "code": 2100}}, 404)

    def _valid(self, name: str, content: Mapping[str, Any]) -> Answer:
        jsonschema.validate(content, {**SCHEMA[name], "$defs": SCHEMA["$defs"]})
        return Answer(content)

    def _service(self) -> dict[str, object]:
        policy = self._policy() if any(self.levels) else reference("PT20YPA", "escalation_policy")
        return {"id": "PIJ90N7", "type": "service", "status": self.status, "escalation_policy": policy}

    def _policy(self) -> dict[str, object]:
        rules = [
            {
                "id": f"R{place}",
                "escalation_delay_in_minutes": 30,
                "targets": [reference(f"T{kind}", kind) for kind in kinds],
            }
            for place, kinds in enumerate(self.levels)
        ]
        return {"id": "PT20YPA", "type": "escalation_policy", "name": "Shop", "num_loops": 1, "escalation_rules": rules}

    def _page(self, call: Call) -> dict[str, object]:
        offset, limit = int(call.asked("offset", "0")), min(int(call.asked("limit", "25")), self.longest_page)
        page = self.oncalls[offset : offset + limit]
        more = offset + limit < len(self.oncalls)
        return {"oncalls": page, "limit": limit, "offset": offset, "more": more, "total": None}


@contextmanager
def pagerduty() -> Iterator[Account]:
    account = Account()
    with api(account.answer) as server:
        account.server = server
        yield account
