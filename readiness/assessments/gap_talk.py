"""What people wrote beside a gap, as its page shows it: the steps of the plan, and the comments, the newest page first."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.actions.comments import own_problem
from readiness.assessments.actions.gaps import closed_problem
from readiness.assessments.models import Comment, Gap, Step
from readiness.assessments.people import people_of

COMMENTS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class CommentShown:
    comment: Comment
    mentioned: list[User]
    is_mine: bool
    """This person may edit it and take it back."""


@dataclass(frozen=True, slots=True)
class Talk:
    """`step_problem`, `comment_problem`: why this person can't write here; empty when they can."""

    steps: list[Step]
    step_problem: str
    comments: list[CommentShown]
    page: Page[Comment]
    comment_problem: str

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def share_done(self) -> float:
        return self.done / len(self.steps) if self.steps else 0


def talk_about(gap: Gap, user: User, number: str | None = None) -> Talk:
    """Five statements, however much was written. `number`: the page of comments; 1 holds the newest."""
    target = gap.service.target
    comment_problem = policy.may(user, Action.COMMENT, target).reason
    rows = Comment.objects.filter(gap=gap).select_related("author").prefetch_related("mentioned")
    page = Paginator(rows.order_by("-written_at", "-pk"), COMMENTS_SHOWN).get_page(number)
    return Talk(
        steps=list(gap.steps.select_related("done_by")),
        step_problem=policy.may(user, Action.PLAN_GAP, target).reason or closed_problem(gap),
        comments=[
            CommentShown(row, list(row.mentioned.all()), not comment_problem and not own_problem(row, user))
            for row in reversed(list(page))
        ],
        page=page,
        comment_problem=comment_problem,
    )


def whom_to_mention(gap: Gap, wanted: str, now: datetime, most: int = 8) -> list[User]:
    """People who may see the service and whose name or address begins so, by name. One statement."""
    wanted = wanted.casefold()
    people = people_of(gap.service, now, Action.SEE)
    begins = [
        person
        for person in people
        if person.email.casefold().startswith(wanted)
        or any(word.startswith(wanted) for word in person.name.casefold().split())
    ]
    return begins[:most]
