"""How far a campaign is, in the digest of whoever runs it."""

from datetime import timedelta

import pytest

from readiness.accounts.models import User
from readiness.mail.models import Mail
from readiness.portfolio.models import Campaign, CampaignDay
from readiness.reminders import digest
from tests.cast import NOW, TODAY, Cast
from tests.reminders.test_away import go
from tests.reminders.test_digest import gap_due

pytestmark = pytest.mark.django_db


def campaign(cast: Cast, owner: User, *, days: int, met: int = 12, services: int = 40) -> Campaign:
    row = Campaign.objects.create(
        name="Every service exports p99", item_key="obs-runbooks", due_on=TODAY + timedelta(days=days), owner=owner,
        started_by=owner, started_at=NOW, scope={"teams": [cast.payments.pk]},
    )  # fmt: skip
    CampaignDay.objects.create(campaign=row, day=TODAY - timedelta(days=2), met=0, services=services)
    CampaignDay.objects.create(campaign=row, day=TODAY - timedelta(days=1), met=met, services=services)
    return row


def told(now_days: int = 0) -> dict[str, Mail]:
    return {row.recipient.name: row for row in digest.build(NOW + timedelta(days=now_days))}


@pytest.mark.parametrize(("days", "said"), [(7, "due in 7 days"), (0, "due today"), (-3, "overdue by 3 days")])
def test_its_owner_reads_how_far_it_is(cast: Cast, days: int, said: str) -> None:
    row = campaign(cast, cast.mia, days=days)
    [mail] = told().values()
    assert (mail.recipient, mail.subject) == (cast.mia, "Readiness: 1 campaign")
    assert mail.why == "because you run a campaign that is due"
    assert f"- Every service exports p99: {said}. 12 of 40 services meet it\n" in mail.text
    assert f"/portfolio/campaigns/{row.pk}/" in mail.text or row.get_absolute_url() in mail.text
    assert row.get_absolute_url() in mail.html


def test_nothing_is_said_of_one_that_has_time_or_is_over(cast: Cast) -> None:
    campaign(cast, cast.mia, days=8)
    campaign(cast, cast.mia, days=3, met=40)
    ended = campaign(cast, cast.mia, days=3)
    Campaign.objects.filter(pk=ended.pk).update(ended_at=NOW, ended_by=cast.mia)
    assert told() == {}


def test_by_itself_it_is_worth_one_mail_a_week(cast: Cast) -> None:
    campaign(cast, cast.mia, days=-1)
    assert [len(told(days)) for days in (0, 1, 2, 7)] == [1, 0, 0, 1]


def test_with_other_things_it_comes_every_day(cast: Cast) -> None:
    cast.assessed()
    campaign(cast, cast.mia, days=-1)
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.mia)
    assert told(1)["Mia Example"].subject == "Readiness: 1 overdue, 1 campaign"


def test_who_does_not_see_every_service_is_told_no_figures(cast: Cast) -> None:
    row = campaign(cast, cast.mia, days=3)
    Campaign.objects.filter(pk=row.pk).update(scope={"teams": [cast.payments.pk, cast.search.pk]})
    [mail] = told().values()
    assert "due in 3 days. see who is missing" in mail.text.lower()
    assert "12 of 40" not in mail.text


def test_it_waits_until_its_owner_is_back(cast: Cast) -> None:
    campaign(cast, cast.theo, days=3)
    go(cast)
    assert told() == {}
