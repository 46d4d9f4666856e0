"""From the row to the issue: claimed with a lease and a fencing number, looked for, made where it is not there, and linked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils.formats import date_format

from readiness.assessments.actions.tickets import note_ticket
from readiness.assessments.gap_page import requirement_of
from readiness.assessments.models import Gap
from readiness.catalog.models import Service
from readiness.checks import network
from readiness.checks.models import Integration
from readiness.checks.sources.keys import Key, NoKeyError, origin_of, with_keys
from readiness.checks.types._code_host import CodeHostConfig, Repository, place_of
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Egress
from readiness.history.actions import Actor
from readiness.outgoing.messages import address
from readiness.outgoing.models import Issue, IssueStatus
from readiness.outgoing.rules import is_final, wait_after
from readiness.outgoing.trackers import Made, TrackerError, look_for, make

CODE_HOST = "code_host"
LEASE = timedelta(minutes=3)
"""Longer than looking through all pages and making it may take, with each call at its deadline."""
LONGEST_TITLE = 250
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tracker:
    """Where a service's issues go. `problem`: why none can be made there, in a sentence."""

    place: Repository | None = None
    key: Key | None = None
    problem: str = ""


def code_host() -> Integration | None:
    """The organisation's, where one is connected. One statement."""
    return Integration.objects.connected().filter(kind=CODE_HOST).first()


def tracker_of(service: Service, host: Integration | None) -> Tracker:
    if host is None:
        return Tracker(
            problem="No code host is connected; an administrator connects GitHub or GitLab under Integrations."
        )
    if not service.repository:
        return Tracker(problem=f"Nothing says where the code of {service} is; write its repository on the service.")
    try:
        config = CodeHostConfig.model_validate(
            {"base_url": host.address, "flavour": host.flavour or "by_its_address", "repository": service.repository}
        )
        place = place_of(config)
    except (UnreadableError, ValueError):
        return Tracker(problem=f"{service.repository} is no repository’s address; correct it on the service.")
    key = host.key
    if key is None or not host.has_secret:
        return Tracker(place, problem=f"{host} is connected without a token; making issues takes one that may.")
    if key.problem:
        return Tracker(place, problem=key.problem)
    if origin_of(place.api) != key.origin:
        return Tracker(place, problem=f"The repository is not on the {host} that is connected ({host.address}).")
    return Tracker(place, key)


def make_next(*, now: datetime, egress: Egress | None = None) -> bool:
    """The one that waits longest; False when none does. No network inside a transaction."""
    for row in Issue.objects.due(now).order_by("next_attempt_at", "pk")[:10]:
        if _claim(row, now):
            _try(row, now, egress or network.egress())
            return True
    return False


def _claim(row: Issue, now: datetime) -> bool:
    """Compare-and-swap on the fence: of two workers that saw the same row one gets it."""
    claimed = Issue.objects.due(now).filter(pk=row.pk, fence=row.fence)
    row.fence += 1
    row.attempts += 1
    return claimed.update(fence=row.fence, attempts=row.attempts, lease_until=now + LEASE) == 1


def _try(row: Issue, now: datetime, egress: Egress) -> None:
    gap = Gap.objects.with_context().select_related("item__assessment__version").get(pk=row.gap_id)
    tracker = tracker_of(gap.service, code_host())
    if tracker.place is None or tracker.key is None:
        _put_back(row, now, TrackerError(tracker.problem, is_final=True))
        return
    try:
        made = _found_or_made(row, gap, tracker.place, tracker.key, egress)
    except (TrackerError, NoKeyError) as problem:
        _put_back(row, now, problem if isinstance(problem, TrackerError) else TrackerError(str(problem), is_final=True))
    else:
        if made:
            _link(row, gap, tracker.place, made, now)


def _found_or_made(row: Issue, gap: Gap, place: Repository, key: Key, egress: Egress) -> Made | None:
    """None when the lease was lost meanwhile: then another worker is at it, and two would make two."""
    found = egress.run(with_keys(look_for(place, row.marker, row.asked_at), [key]))
    if found:
        return found
    if not Issue.objects.filter(pk=row.pk, fence=row.fence, status=IssueStatus.QUEUED).exists():
        return None
    return egress.run(with_keys(make(place, title_of(gap), text_of(gap, row)), [key]))


@transaction.atomic
def _link(row: Issue, gap: Gap, place: Repository, made: Made, now: datetime) -> None:
    owned = Issue.objects.filter(pk=row.pk, fence=row.fence, status=IssueStatus.QUEUED)
    values = {"status": IssueStatus.MADE, "url": made.url, "name": made.name[:200], "made_at": now}
    if owned.update(**values, lease_until=None, problem=""):
        note_ticket(by=Actor.machine(place.host), gap=gap, url=made.url, name=made.name, now=now)


def _put_back(row: Issue, now: datetime, problem: TrackerError) -> None:
    """Tried again later, or given up where people see why and can ask for it once more."""
    is_over = problem.is_final or is_final(None, row.attempts)
    log.warning("no issue was made", issue_id=row.pk, attempt=row.attempts, problem=str(problem), is_given_up=is_over)
    Issue.objects.filter(pk=row.pk, fence=row.fence, status=IssueStatus.QUEUED).update(
        status=IssueStatus.GIVEN_UP if is_over else IssueStatus.QUEUED,
        next_attempt_at=now + wait_after(row.attempts, problem.headers),
        lease_until=None,
        problem=str(problem)[:1000],
    )


# What it says


def title_of(gap: Gap) -> str:
    return f"{gap.item.title} · {gap.service}"[:LONGEST_TITLE]


def text_of(gap: Gap, row: Issue) -> str:
    """Markdown. What people wrote is quoted: nobody is pinged by it, and no line of it is taken for a command."""
    item, service, pack_item = gap.item, gap.service, requirement_of(gap.item)
    parts = [f"**{_plain(pack_item.requirement if pack_item else item.title)}**"]
    parts += [_titled("Why", pack_item.why)] if pack_item else []
    parts += [_titled("Missing", item.reason)] if item.reason else []
    parts += [_titled("What is next", item.next_step)] if item.next_step else []
    parts += [_titled("Plan", gap.plan)] if gap.plan.strip() else []
    facts = [
        f"Service: [{_plain(service.name)}]({address(service)}), {_plain(service.team.name)}, tier {service.tier}",
        "Hard gate: it blocks the launch until it is met" if item.is_hard else "Tracked gap",
        f"Owner: {_plain(str(gap.owner)) if gap.owner else 'nobody yet'}",
        f"Due: {date_format(gap.due_on, 'j M Y') if gap.due_on else 'no date yet'}",
    ]
    parts.append("\n".join(f"- {fact}" for fact in facts))
    parts.append(
        f"[The gap in Readiness]({address(gap)}): it closes there, on proof; closing this issue does not close it."
    )
    return "\n\n".join([*parts, row.marker])


def _titled(title: str, text: str) -> str:
    quoted = "\n".join(f"> {line}" for line in _plain(text.strip()).splitlines())
    return f"{title}:\n\n{quoted}"


def _plain(text: str) -> str:
    """A mention would send mail to whoever is called so there; an unseen sign behind the @ keeps it a word."""
    return text.replace("@", "@\u200b").replace("<!--", "<\u200b!--")
