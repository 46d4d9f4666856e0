"""The course of a campaign: how far it was at the end of each day, of the house's time zone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from readiness.assessments.queries import house_day
from readiness.portfolio.campaigns.progress import figures
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.models import Campaign, CampaignDay

PACE_OVER = timedelta(days=14)
"""The last two weeks say how fast it goes; what was before is forgotten."""


def record_day(campaign: Campaign, now: datetime) -> CampaignDay:
    """Today's row, written or written anew: the last of a day stands. Two statements."""
    today = house_day(now)
    counted = figures(Scope.of(campaign.scope).services(), campaign, today)
    day = CampaignDay(campaign=campaign, day=today, services=counted.counted, met=counted.met)
    CampaignDay.objects.bulk_create(
        [day], update_conflicts=True, unique_fields=["campaign", "day"], update_fields=["services", "met"]
    )
    return day


def record_days(now: datetime) -> int:
    """Of every campaign that runs; twice does no harm."""
    running = Campaign.objects.filter(ended_at=None)
    return len([record_day(campaign, now) for campaign in running])


@dataclass(frozen=True, slots=True)
class Course:
    """`days`, oldest first. `forecast`: when all are met at the pace of the last two weeks; None when it can't be told."""

    days: Sequence[CampaignDay]
    due_on: date
    forecast: date | None

    @property
    def is_late(self) -> bool:
        return self.forecast is not None and self.forecast > self.due_on


def course_of(campaign: Campaign) -> Course:
    """One statement."""
    days = list(campaign.days.order_by("day"))
    return Course(days, campaign.due_on, forecast(days))


def forecast(days: Sequence[CampaignDay]) -> date | None:
    if len(days) < 2:
        return None
    last = days[-1]
    first = next(one for one in days if one.day >= last.day - PACE_OVER)
    gained, took = last.met - first.met, (last.day - first.day).days
    left = last.services - last.met
    if gained <= 0 or not took or left <= 0:
        return None
    needed = -(-left * took // gained)  # rounded up
    return last.day + timedelta(days=needed) if needed < 3650 else None
