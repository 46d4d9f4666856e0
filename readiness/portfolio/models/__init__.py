"""What the portfolio keeps of its own: a fact per service and day, campaigns, links to share."""

from readiness.portfolio.models.campaigns import Campaign, CampaignDay
from readiness.portfolio.models.facts import DailyFact, DailySum
from readiness.portfolio.models.shares import ShareLink

__all__ = ["Campaign", "CampaignDay", "DailyFact", "DailySum", "ShareLink"]
