"""How a check is shown wherever it is listed: its state, its last runs, what one may do about it and why not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.checks import inheriting, planning, source_health
from readiness.checks.course import Course, course_of
from readiness.checks.drill_page import DrillsShown, drills_of
from readiness.checks.models import Check, Run
from readiness.checks.source_health import Down
from readiness.checks.sources import title_of as source_title
from readiness.checks.types import ASKING, TYPES, title_of

WORDS = ("pass", "fail", "unknown", "quarantined")
NOBODY_CAME_AFTER = timedelta(minutes=2)
"""A run that waits longer than this waits for a worker that is not there; the page then asks less often and says so."""


@dataclass
class Row:
    """A check from `for_rows`, for one reader at one time."""

    check: Check
    may_run: Ruling
    may_configure: Ruling
    now: datetime
    user: User
    down: Down | None = None

    @property
    def title(self) -> str:
        return title_of(self.check.type)

    @cached_property
    def waiting(self) -> Run | None:
        return next(iter(self.check.waiting_runs), None)

    @property
    def state(self) -> str:
        return self.waiting.status if self.waiting else self.check.state

    @property
    def put_off(self) -> str:
        """Why it waits, when its source does not answer; empty when it does."""
        return self.down.words(source_title(TYPES[self.check.type].source), self.now) if self.down else ""

    @property
    def is_kept_waiting(self) -> bool:
        return self.waiting is not None and self.now - self.waiting.queued_at > NOBODY_CAME_AFTER

    @property
    def poll(self) -> str:
        """How often the row asks again, as htmx says it; empty when there is nothing to wait for, and it ends."""
        if not self.waiting:
            return ""
        return "every 15s" if self.is_kept_waiting or self.down else "every 2s"

    @property
    def cannot_run_because(self) -> str:
        """The sentence on the disabled button; the action refuses with the same."""
        return self.may_run.reason or self.check.blocked_because

    @property
    def lacks(self) -> str:
        """What it still needs: missing things by their names, what is wrong in a sentence."""
        missing = [need.partition(": missing.")[0] for need in self.check.needs if ": missing." in need]
        wrong = [need for need in self.check.needs if ": missing." not in need]
        return " ".join(filter(None, [f"Still needs: {', '.join(missing)}." if missing else "", *wrong]))

    @property
    def places(self) -> list[tuple[str, str]]:
        """Where what it lacks could be said once for many checks: (in words, address; empty where this person may not)."""
        service, may_connect = self.check.service.slug, policy.may(self.user, Action.CONNECT_INTEGRATION)
        edit = reverse("portfolio:edit-service", args=[service]) if self.may_configure else ""
        said = [
            (f"{one.label} on the service", f"{edit}#id_{one.name}" if edit else "")
            for one in lacking_endpoints([self.check])
        ]
        return said + [
            (f"{one.label} for every service", reverse("checks:integration", args=[one.name]) if may_connect else "")
            for one in lacking_sources([self.check])
        ]

    @property
    def is_due_soon(self) -> bool:
        return self.check.next_due_at <= self.now

    @cached_property
    def course(self) -> Course:
        """For the page of one item or one check; asks for runs with their figures."""
        return course_of(self.check)

    @cached_property
    def drills(self) -> DrillsShown:
        """For the page of one item or one check that runs as a drill: two statements."""
        return drills_of(self.check, self.user, self.now)

    @cached_property
    def strip(self) -> SafeString:
        return strip_of(self.check.recent_runs, is_hard=self.check.item.is_hard)


def rows_of(checks: Iterable[Check], user: User, now: datetime | None = None) -> list[Row]:
    """Policy is asked once for a service, however many checks it has."""
    now, checks = now or timezone.now(), list(checks)
    down = source_health.down({check.origin for check in checks if check.type in ASKING and check.origin})
    asked: dict[int, tuple[Ruling, Ruling]] = {}
    rows = []
    for check in checks:
        if check.service_id not in asked:
            asked[check.service_id] = _rulings(user, check)
        silent = down.get(check.origin) if check.type in ASKING else None
        rows.append(Row(check, *asked[check.service_id], now, user, silent))
    return rows


def row_of(check: Check, user: User, now: datetime | None = None) -> Row:
    return rows_of([check], user, now)[0]


def _rulings(user: User, check: Check) -> tuple[Ruling, Ruling]:
    target = check.service.target
    return policy.may(user, Action.RUN_CHECK, target), policy.may(user, Action.CONFIGURE_CHECK, target)


def strip_of(runs: Sequence[Run], *, is_hard: bool = False) -> SafeString:
    """A small mark for each of the last runs (given newest first), the newest at the right; read out as one sentence.

    The marks differ in height as well as in colour.
    """
    if not runs:
        return SafeString("")
    marks = format_html_join(
        "",
        '<span class="run-mark run-mark--{}" title="{}"></span>',
        ((run.outcome_word, _tip(run)) for run in reversed(runs)),
    )
    css = "run-strip run-strip--hard" if is_hard else "run-strip"
    return format_html('<span class="{}" role="img" aria-label="{}">{}</span>', css, in_words(runs), marks)


def _tip(run: Run) -> str:
    at = date_format(timezone.localtime(run.finished_at), "j M, H:i") if run.finished_at else ""
    return f"{run.outcome_word}, {at}: {run.reason[:160]}"


def in_words(runs: Sequence[Run]) -> str:
    """`Last 5 runs: 4 pass, 1 fail. The newest: fail.`"""
    counts = Counter(run.outcome_word for run in runs)
    words = ", ".join(f"{counts[word]} {word}" for word in WORDS if counts[word])
    many = f"Last {len(runs)} runs" if len(runs) > 1 else "One run"
    return f"{many}: {words}. The newest: {runs[0].outcome_word}."


@dataclass(frozen=True, slots=True)
class Lacking:
    """An address or a fact that the service does not say, and how many checks wait for it."""

    name: str
    label: str
    checks: int


def spare(checks: Sequence[Check]) -> set[int]:
    """Ids of those that nobody has to set up: another check at work verifies the same criterion, or other proof has met it.

    Where a criterion may be verified in several ways (a pager or a calendar, AWS or Vault), one is enough.
    """
    at_work = {(check.item_id, check.criterion_key) for check in checks if check.is_set_up and check.is_enabled}
    idle = [check for check in checks if not check.is_set_up]
    return {
        check.pk for check in idle if (check.item_id, check.criterion_key) in at_work or check.is_criterion_met
    }  # fmt: skip


def _waiting(checks: Sequence[Check]) -> list[Check]:
    spared = spare(checks)
    return [check for check in checks if check.needs and check.is_enabled and check.pk not in spared]


def lacking_endpoints(checks: Sequence[Check]) -> list[Lacking]:
    """What could be said once, on the service, to set up several checks; the most wanted first."""
    waiting = _waiting(checks)
    counts = Counter(name for check in waiting for name in planning.endpoints_missing(check.type, check.config))
    return [Lacking(name, planning.label_of(name), number) for name, number in counts.most_common()]


def lacking_sources(checks: Sequence[Check]) -> list[Lacking]:
    """What an administrator could connect once, for every service; the most wanted first."""
    waiting = _waiting(checks)
    counts = Counter(kind for check in waiting for kind in inheriting.missing(check.type, check.config))
    return [Lacking(kind, source_title(kind), number) for kind, number in counts.most_common()]
