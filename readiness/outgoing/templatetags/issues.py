"""`{% load issues %}{% issue_box gap %}`: the issue of a gap, or the button that asks for one. For pages of the rooms below."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import Context

from readiness.accounts import policy
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap
from readiness.outgoing import issues
from readiness.outgoing.actions.issues import issue_problem
from readiness.outgoing.models import Issue

register = template.Library()


@dataclass(frozen=True, slots=True)
class Box:
    """`issue`: the newest. `host`: what the button names, where there is one; `problem`: why it is disabled. `is_news`: it was
    made since the page was shown, so that the card around it is asked for anew.
    """

    gap: Gap
    issue: Issue | None = None
    host: str = ""
    problem: str = ""
    is_news: bool = False

    @property
    def is_shown(self) -> bool:
        return bool(self.issue or self.host)

    @property
    def poll(self) -> str:
        """How often it is asked for again, as htmx says it; empty when there is nothing to wait for."""
        if self.issue is None or not self.issue.is_queued:
            return ""
        return "every 15s" if self.issue.attempts > 1 else "every 3s"


def box_of(gap: Gap, user: Any) -> Box:
    """Two statements: the issue, and the code host for whoever may ask for one."""
    issue = Issue.objects.filter(gap=gap).first()
    if issue and issue.is_made and issue.url != gap.ticket_url:
        issue = None  # somebody linked something else, or nothing, since
    is_to_do = not (issue and not issue.problem) and not issue_problem(gap)
    if not is_to_do or not policy.may(user, Action.PLAN_GAP, gap.service.target):
        return Box(gap, issue)
    host = issues.code_host()
    return Box(gap, issue, str(host), issues.tracker_of(gap.service, host).problem) if host else Box(gap, issue)


@register.inclusion_tag("outgoing/_issue.html", takes_context=True)
def issue_box(context: Context, gap: Gap) -> dict[str, Any]:
    return {"box": box_of(gap, context["request"].user), "csrf_token": context.get("csrf_token")}
