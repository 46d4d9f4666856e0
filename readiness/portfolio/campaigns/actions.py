"""Starting, changing, ending and resuming a campaign. It changes where nothing stands: it only counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.policy import RULE as READABLE, NotAllowed, Refused
from readiness.assessments.actions.holding import WrongFields, swap
from readiness.assessments.queries import house_day
from readiness.history.actions import Subject, record
from readiness.portfolio.campaigns import days, picking
from readiness.portfolio.campaigns.scope import Scope, may_run, words_of
from readiness.portfolio.models import Campaign

RULE = "valid-campaign"
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Said:
    """What can be said at any time; what it is about is said once."""

    name: str
    why: str
    scope: Scope
    due_on: date
    owner: User

    @property
    def values(self) -> dict[str, Any]:
        return {
            "name": self.name.strip(), "why": self.why.strip(), "scope": self.scope.stored, "due_on": self.due_on,
            "owner": self.owner,
        }  # fmt: skip


@transaction.atomic
def start_campaign(*, by: User, item_key: str, criterion_key: str, said: Said, now: datetime) -> Campaign:
    """Raises WrongFields, NotAllowed."""
    _require(by, said.scope)
    found = problems(said, today=house_day(now))
    if picking.found(item_key, criterion_key) is None:
        found["what"] = "No published checklist asks for that; choose an item from the list."
    if found:
        raise WrongFields(RULE, found)
    what = {"item_key": item_key, "criterion_key": criterion_key}
    campaign = Campaign.objects.create(**said.values, **what, started_by=by, started_at=now)
    record("campaign.started", subject_of(campaign), by=by, at=now, after=_told(what | said.values))
    days.record_day(campaign, now)
    return campaign


@transaction.atomic
def edit_campaign(*, by: User, campaign: Campaign, version: int, said: Said, now: datetime) -> Campaign:
    """Who widens or moves it must be allowed to run it as it was and as it becomes. Raises WrongFields, NotAllowed, Conflict."""
    fresh = Campaign.objects.select_related("owner").get(pk=campaign.pk)
    _require(by, Scope.of(fresh.scope))
    _require(by, said.scope)
    _refuse(ended_problem(fresh))
    if found := problems(said, today=house_day(now), before=fresh):
        raise WrongFields(RULE, found)
    after = {name: value for name, value in said.values.items() if getattr(fresh, name) != value}
    before = {name: getattr(fresh, name) for name in after}
    if not after and fresh.version == version:
        return fresh
    swap(fresh, version, **after)
    record("campaign.edited", subject_of(fresh), by=by, at=now, before=_told(before), after=_told(after))
    days.record_day(fresh, now)
    return fresh


@transaction.atomic
def end_campaign(*, by: User, campaign: Campaign, version: int, note: str, now: datetime) -> Campaign:
    """With a last count. Raises Refused when it has ended, NotAllowed, Conflict."""
    fresh = Campaign.objects.get(pk=campaign.pk)
    _require(by, Scope.of(fresh.scope))
    _refuse(ended_problem(fresh))
    days.record_day(fresh, now)
    swap(fresh, version, ended_by=by, ended_at=now, end_note=note.strip())
    record("campaign.ended", subject_of(fresh), by=by, at=now, reason=note.strip())
    return fresh


@transaction.atomic
def resume_campaign(*, by: User, campaign: Campaign, version: int, now: datetime) -> Campaign:
    """Raises Refused while it runs, NotAllowed, Conflict."""
    fresh = Campaign.objects.get(pk=campaign.pk)
    _require(by, Scope.of(fresh.scope))
    _refuse("" if fresh.has_ended else "It is running.")
    swap(fresh, version, ended_by=None, ended_at=None, end_note="")
    record("campaign.resumed", subject_of(fresh), by=by, at=now)
    days.record_day(fresh, now)
    return fresh


def problems(said: Said, *, today: date, before: Campaign | None = None) -> dict[str, str]:
    """Field → what is wrong with it. A date that stood there before may have passed."""
    found = {
        "name": _name_problem(said.name.strip()),
        "due_on": "" if said.due_on >= today or (before and before.due_on == said.due_on) else "That day has passed.",
        "owner": "" if said.owner.is_active else "This person has left; choose somebody else.",
        "teams": "" if said.scope.services().exists() else "No service is like that; choose more of them.",
    }
    return {name: sentence for name, sentence in found.items() if sentence}


def _name_problem(name: str) -> str:
    if not name:
        return "Give it a name: “Every service exports p99”."
    return "" if len(name) <= LONGEST_NAME else f"At most {LONGEST_NAME} characters."


def ended_problem(campaign: Campaign) -> str:
    return "This campaign has ended; resume it first." if campaign.has_ended else ""


def subject_of(campaign: Campaign) -> Subject:
    """Read by whoever reads the history of its team, where it has one; else of the organisation."""
    teams = Scope.of(campaign.scope).teams
    label = f"the campaign {campaign}"
    return Subject("campaign", campaign.pk, label, team_id=teams[0] if len(teams) == 1 else None)


def _require(by: User, scope: Scope) -> None:
    ruling = may_run(by, scope)
    if not ruling:
        raise NotAllowed(READABLE, f"{ruling.reason} It has to reach every team that takes part.")


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the history: teams by their names, which outlive their numbers."""
    if "scope" not in values:
        return dict(values)
    return {**values, "scope": words_of(Scope.of(values["scope"])) or "every service"}


def _refuse(sentence: str) -> None:
    if sentence:
        raise Refused(RULE, sentence)
