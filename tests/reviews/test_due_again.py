"""The next review: which services are due again, where their leads learn of it, and how it is scheduled."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from readiness.catalog.models import Lifecycle, Service
from readiness.mail.models import Mail
from readiness.reminders import digest
from reviews import actions, rules
from reviews.again import due_again, like_the_last
from reviews.models import Participant, Review
from reviews.rules import ParticipantRole
from tests.cast import NOW, TODAY, Cast, day, login, service
from tests.reviews import meetings
from tests.reviews.meetings import STARTS, proved, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
MONDAY = NOW + timedelta(days=350)
"""Fifteen days before a year is over."""


def decided(cast: Cast, review: Review | None = None) -> None:
    """A go: good for a year."""
    proved(cast)
    meetings.decided(cast, review, decision=Decision.GO)


def in_production(cast: Cast) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(launched_on=day(1))
    cast.checkout.refresh_from_db()


def another(cast: Cast, slug: str, due_on: date) -> Service:
    made = service(slug, cast.payments, tech_lead=cast.theo, launched_on=day(-400))
    version = Assessment.objects.get(service=cast.checkout).version
    decided_at = NOW + (due_on - TODAY) - timedelta(days=365)
    Assessment.objects.create(service=made, version=version, last_decided_at=decided_at, next_review_due_on=due_on)
    return made


def slugs(today: date) -> list[str]:
    return [row.service.slug for row in due_again(Service.objects.all(), today)]


def test_a_service_is_due_again_thirty_days_before_its_year_is_over(cast: Cast) -> None:
    decided(cast)
    assert [slugs(day(offset)) for offset in (0, 334, 335, 400)] == [[], [], ["checkout"], ["checkout"]]


def test_the_most_overdue_comes_first_and_what_is_retired_or_planned_is_left_out(cast: Cast) -> None:
    decided(cast)
    another(cast, "late", day(-9))
    another(cast, "soon", day(9))
    gone = another(cast, "gone", day(1))
    Service.objects.filter(pk=gone.pk).update(lifecycle=Lifecycle.RETIRED)
    assert slugs(TODAY) == ["late", "soon"]
    scheduled(cast, starts_at=STARTS + timedelta(days=1))
    assert slugs(day(360)) == ["late", "soon"]


@pytest.mark.parametrize(
    ("due_in", "today", "meets"),
    [
        (300, day(0), day(7)),  # a week from Monday is a Monday
        (3, day(0), day(3)),
        (-5, day(0), day(1)),
        (5, day(0), day(4)),  # a Saturday: the Friday before
        (0, day(4), day(7)),  # due today, a Friday: Monday
    ],
)
def test_the_day_that_is_suggested(due_in: int, today: date, meets: date) -> None:
    assert rules.day_to_meet_again(today + timedelta(days=due_in), today) == meets


def test_the_next_review_is_scheduled_like_the_last_one(cast: Cast, client: Client) -> None:
    guests = [(cast.eve, ParticipantRole.OUTSIDE), (cast.rob, ParticipantRole.MEMBER)]
    review = scheduled(cast, minutes=45, place="Room 9", participants=guests)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    for person in (cast.olga, cast.pia):
        actions.join(by=person, review=review, now=STARTS)
    decided(cast, review)
    in_production(cast)
    initial = like_the_last(cast.checkout, TODAY)
    assert initial == {"minutes": 45, "place": "Room 9", "outside": cast.eve.pk, "also": cast.rob.pk, "day": day(7)}
    page = login(client, cast.theo).get("/services/checkout/reviews/schedule/").text
    assert 'value="Room 9"' in page
    assert f'value="{day(7).isoformat()}"' in page


def test_the_first_review_is_like_none(cast: Cast) -> None:
    assert like_the_last(cast.checkout, TODAY) == {}


def test_before_launch_the_day_follows_go_live(cast: Cast) -> None:
    decided(cast)
    assert "day" not in like_the_last(cast.checkout, TODAY)


# Where it is said


def test_the_list_has_a_tab_with_the_reason_and_one_click_to_schedule(cast: Cast, client: Client) -> None:
    decided(cast)
    another(cast, "late", day(-9))
    page = login(client, cast.vera).get("/reviews/?state=due")
    assert [row.service.slug for row in page.context["page"]] == ["late"]
    assert "A year after the decision of" in page.text
    assert "due--overdue" in page.text
    assert "/services/late/reviews/schedule/" not in page.text  # she reads
    assert "/services/late/reviews/schedule/" in login(client, cast.theo).get("/reviews/?state=due").text
    assert "No review matches" in client.get("/reviews/?state=due&q=nothing").text
    assert [row.service.slug for row in client.get("/reviews/?state=due&mine=1").context["page"]] == ["late"]


def test_a_stranger_sees_nothing_of_it(cast: Cast, client: Client) -> None:
    decided(cast)
    another(cast, "late", day(-9))
    page = login(client, cast.sam).get("/reviews/?state=due")
    assert list(page.context["page"]) == []
    assert "No review is due again" in page.text


def test_the_tab_costs_the_same_however_many_are_due(cast: Cast, client: Client) -> None:
    decided(cast)
    another(cast, "late", day(-9))
    login(client, cast.theo)
    client.get("/reviews/?state=due")
    counts = []
    for more in (0, 4):
        for number in range(more):
            another(cast, f"more-{number}", day(number))
        with CaptureQueriesContext(connection) as queries:
            client.get("/reviews/?state=due")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


def test_the_lead_finds_it_in_their_work_and_on_the_services_page(cast: Cast, client: Client) -> None:
    decided(cast)
    with time_machine.travel(MONDAY, tick=False):
        assert "Schedule the next review of Checkout" in login(client, cast.theo).get("/").text
        assert "Schedule the next review of Checkout" not in login(client, cast.olga).get("/").text
        page = login(client, cast.theo).get("/services/checkout/").text
        assert "Schedule the next review" in page
        assert "A year after the decision of 2 March 2026." in page
        assert "/services/checkout/reviews/schedule/" in page
        assert "/services/checkout/reviews/schedule/" not in login(client, cast.vera).get("/services/checkout/").text


def test_the_leads_digest_says_it(cast: Cast) -> None:
    decided(cast)
    Mail.objects.all().delete()
    digest.build(MONDAY)
    mail = Mail.objects.get(recipient=cast.theo)
    assert mail.subject.endswith("1 review due again")
    assert Mail.objects.filter(text__contains="REVIEWS DUE AGAIN").count() == 1
    assert "Schedule the next review: due in 15 days. A year after the decision of 2 March 2026." in mail.text
    assert "/services/checkout/reviews/schedule/" in mail.text
    assert "/services/checkout/reviews/schedule/" in mail.html


def read_by_everybody(cast: Cast) -> None:
    Participant.objects.filter(review__service=cast.checkout).update(output_acknowledged_at=MONDAY)


def test_it_alone_is_worth_a_mail_on_mondays_only(cast: Cast) -> None:
    decided(cast)
    read_by_everybody(cast)
    cast.checkout.gaps.all().delete()
    Mail.objects.all().delete()
    digest.build(MONDAY + timedelta(days=1))
    assert not Mail.objects.exists()
    digest.build(MONDAY + timedelta(days=21))
    assert "overdue by 6 days" in Mail.objects.get().text


def test_once_it_is_planned_a_waiting_digest_is_dropped(cast: Cast) -> None:
    decided(cast)
    read_by_everybody(cast)
    cast.checkout.gaps.all().delete()
    Mail.objects.all().delete()
    [waiting] = digest.build(MONDAY)
    assert digest.last_look(waiting, MONDAY) == ""
    scheduled(cast, starts_at=STARTS + timedelta(days=1))
    assert "settled" in digest.last_look(waiting, MONDAY)
