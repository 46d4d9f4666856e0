"""The pages around the meeting: list, schedule, review, pre-read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.rules import Role
from readiness.assessments.actions import start
from readiness.catalog.models import Service
from reviews import actions
from reviews.models import Review
from reviews.rules import ParticipantRole
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day, give, login, service
from tests.reviews.meetings import STARTS, again, begun, decided, proved, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}
NOON = "12:00"


def planned_day(days: int = 1) -> str:
    return (STARTS + timedelta(days=days)).date().isoformat()


# The list


def many(cast: Cast, count: int) -> None:
    small(cast)
    for number in range(count):
        other = service(
            f"service-{number}", cast.payments, tech_lead=cast.rob, on_call=cast.olga, platform_owner=cast.pia
        )
        start(service=other, by=cast.rob, now=NOW)
        actions.schedule(
            by=cast.rob, service=other, starts_at=STARTS + timedelta(minutes=number), minutes=30, place="", timing_reason="",
            participants=[], now=NOW,
        )  # fmt: skip


def test_the_list_shows_what_is_coming_and_ones_own_first(cast: Cast, client: Client) -> None:
    many(cast, 2)
    give(cast.theo, Role.VIEWER, team=cast.payments)
    scheduled(cast, starts_at=STARTS + timedelta(hours=5))
    page = login(client, cast.theo).get("/reviews/")
    names = [review.service.slug for review in page.context["page"]]
    assert names == ["checkout", "service-0", "service-1"]
    names = [review.service.slug for review in login(client, cast.rob).get("/reviews/").context["page"]]
    assert names == ["service-0", "service-1", "checkout"]


def test_what_runs_now_stands_at_the_top(cast: Cast, client: Client) -> None:
    many(cast, 1)
    begun(cast)
    page = login(client, cast.rob).get("/reviews/")
    assert [review.service.slug for review in page.context["page"]] == ["checkout", "service-0"]
    assert "Enter the room" in page.text


def test_decided_and_cancelled_reviews_have_their_own_tabs(cast: Cast, client: Client) -> None:
    decided(cast)
    review = scheduled(cast, starts_at=STARTS + timedelta(hours=2))
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Moved.", now=NOW)
    login(client, cast.vera)
    assert "No review is planned" in client.get("/reviews/").text
    assert "No-go" in client.get("/reviews/?state=decided").text
    assert "Cancelled" in client.get("/reviews/?state=cancelled").text
    assert client.get("/reviews/?state=nonsense").context["state"] == "upcoming"


def test_filters_are_kept_in_the_url(cast: Cast, client: Client) -> None:
    many(cast, 2)
    give(cast.theo, Role.VIEWER, team=cast.payments)
    scheduled(cast, starts_at=STARTS + timedelta(hours=5))
    login(client, cast.theo)
    assert [r.service.slug for r in client.get("/reviews/?q=checkout").context["page"]] == ["checkout"]
    assert [r.service.slug for r in client.get("/reviews/?mine=1").context["page"]] == ["checkout"]
    assert len(client.get("/reviews/?team=payments").context["page"]) == 3
    assert "No review matches" in client.get("/reviews/?q=nothing").text


def test_a_stranger_sees_an_empty_list(cast: Cast, client: Client) -> None:
    scheduled(cast)
    page = login(client, cast.sam).get("/reviews/?q=checkout")
    assert not page.context["page"].object_list
    assert "Checkout" not in page.text


def test_the_list_costs_the_same_for_five_and_for_fifty_reviews(cast: Cast, client: Client) -> None:
    many(cast, 5)
    login(client, cast.mia)
    client.get("/reviews/")
    with CaptureQueriesContext(connection) as five:
        client.get("/reviews/")
    Service.objects.filter(slug__startswith="service-").update(name="Renamed")
    for number in range(5, 50):
        other = service(
            f"service-{number}", cast.payments, tech_lead=cast.rob, on_call=cast.olga, platform_owner=cast.pia
        )
        start(service=other, by=cast.rob, now=NOW)
        actions.schedule(
            by=cast.rob, service=other, starts_at=STARTS + timedelta(minutes=number), minutes=30, place="", timing_reason="",
            participants=[], now=NOW,
        )  # fmt: skip
    with CaptureQueriesContext(connection) as fifty:
        page = client.get("/reviews/")
    assert len(page.context["page"].object_list) == 50
    assert len(fifty) == len(five) <= 11


def test_htmx_gets_the_rows_only(cast: Cast, client: Client) -> None:
    scheduled(cast)
    page = login(client, cast.theo).get("/reviews/", headers=HTMX)
    assert "<html" not in page.text
    assert "Checkout" in page.text


# Schedule


def test_the_form_suggests_a_day_in_the_window(cast: Cast, client: Client) -> None:
    small(cast)
    page = login(client, cast.theo).get("/services/checkout/reviews/schedule/")
    assert page.context["timing"].problem == ""
    assert "Olga Example" in page.text
    assert "14–21" in page.text


def test_the_timing_rule_is_said_while_the_day_is_chosen(cast: Cast, client: Client) -> None:
    small(cast)
    login(client, cast.theo)
    page = client.get("/services/checkout/reviews/schedule/", {"day": planned_day(10)}, headers=HTMX)
    assert "<html" not in page.text
    assert "7 days before go-live; a review belongs 14–21 days before" in page.text
    assert (
        "in the window"
        in client.get("/services/checkout/reviews/schedule/", {"day": planned_day(2)}, headers=HTMX).text
    )
    assert client.get("/services/checkout/reviews/schedule/", {"day": "soon"}, headers=HTMX).status_code == 200


def test_a_review_is_scheduled_with_an_outside_engineer(cast: Cast, client: Client) -> None:
    small(cast)
    answer = login(client, cast.theo).post(
        "/services/checkout/reviews/schedule/",
        {
            "day": planned_day(),
            "at": NOON,
            "minutes": "45",
            "place": "Room 4",
            "timing_reason": "",
            "outside": cast.sam.pk,
        },
    )
    review = Review.objects.get()
    assert answer.headers["Location"] == f"/reviews/{review.pk}/"
    assert (review.minutes, review.place) == (45, "Room 4")
    assert review.participants.get(role=ParticipantRole.OUTSIDE).person == cast.sam


def test_the_hour_is_that_of_whoever_schedules(cast: Cast, client: Client) -> None:
    small(cast)
    cast.theo.time_zone = "Asia/Tokyo"
    cast.theo.save()
    login(client, cast.theo).post(
        "/services/checkout/reviews/schedule/", {"day": planned_day(), "at": NOON, "minutes": "30"}
    )
    assert Review.objects.get().starts_at.isoformat() == f"{planned_day()}T03:00:00+00:00"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"day": planned_day(10)}, "a review belongs 14–21 days before"),
        ({"day": planned_day(-1)}, "Choose a time in the future."),
        ({"day": "tomorrow"}, "Enter a valid date."),
        ({"at": "noon"}, "Enter a valid time."),
        ({"minutes": "7"}, "7 is not one of the available choices"),
        ({"outside": "999999"}, "not one of the available choices"),
    ],
)
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(
    cast: Cast, client: Client, wrong: dict[str, str], sentence: str
) -> None:
    small(cast)
    values = {"day": planned_day(), "at": NOON, "minutes": "30", "place": "The blue room"} | wrong
    answer = login(client, cast.theo).post("/services/checkout/reviews/schedule/", values)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "The blue room" in answer.text
    assert not Review.objects.exists()


def test_a_second_live_review_is_refused_on_the_page(cast: Cast, client: Client) -> None:
    scheduled(cast)
    values = {"day": planned_day(), "at": NOON, "minutes": "30"}
    answer = login(client, cast.theo).post("/services/checkout/reviews/schedule/", values)
    assert answer.status_code == 422
    assert "is planned for 2 March 2026 already" in answer.text


def test_who_may_not_schedule_is_told_so_and_a_stranger_nothing(cast: Cast, client: Client) -> None:
    small(cast)
    for person, status in ((cast.vera, 403), (cast.olga, 403), (cast.sam, 404)):
        login(client, person)
        assert client.get("/services/checkout/reviews/schedule/").status_code == status
        assert client.post("/services/checkout/reviews/schedule/", {}).status_code == status


def test_people_who_are_missing_are_named_on_the_form(cast: Cast, client: Client) -> None:
    small(cast)
    cast.checkout.on_call = None
    cast.checkout.save()
    page = login(client, cast.theo).get("/services/checkout/reviews/schedule/")
    assert "Without them nothing can be decided" in page.text


# Move and cancel


def test_a_review_is_moved_on_its_page(cast: Cast, client: Client) -> None:
    review = scheduled(cast, starts_at=STARTS + timedelta(days=1))
    login(client, cast.theo)
    assert "Room 4" in client.get(f"/reviews/{review.pk}/reschedule/").text
    values = {"day": planned_day(2), "at": NOON, "minutes": "30", "version": str(review.version)}
    assert client.post(f"/reviews/{review.pk}/reschedule/", values).status_code == 302
    assert again(review).starts_at.isoformat() == f"{planned_day(2)}T12:00:00+00:00"
    stale = client.post(f"/reviews/{review.pk}/reschedule/", values)
    assert stale.status_code == 422
    assert "Somebody else moved the meeting" in stale.text


def test_a_review_is_cancelled_with_a_reason(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    assert client.get(f"/reviews/{review.pk}/cancel/").status_code == 200
    assert client.post(f"/reviews/{review.pk}/cancel/", {"version": review.version, "reason": ""}).status_code == 200
    answer = client.post(f"/reviews/{review.pk}/cancel/", {"version": review.version, "reason": "Moved to May."})
    assert answer.status_code == 302
    assert "Moved to May." in client.get(f"/reviews/{review.pk}/").text


# The review's page


def test_the_page_says_where_it_is_heading_and_who_comes(cast: Cast, client: Client) -> None:
    see(small(cast))
    review = scheduled(cast)
    page = login(client, cast.theo).get(f"/reviews/{review.pk}/")
    assert "4 hard gates open" in page.text
    assert "What will be talked about" in page.text
    assert "Probed" not in page.text
    assert "On-call" in page.text
    assert "Cancel the review" in page.text
    assert "Cancel the review" not in login(client, cast.vera).get(f"/reviews/{review.pk}/").text


def test_it_says_when_meeting_is_too_early(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    assert "6 of 6 items still lack any proof" in client.get(f"/reviews/{review.pk}/").text
    proved(cast)
    assert "lack any proof" not in client.get(f"/reviews/{review.pk}/").text


def test_people_are_invited_and_uninvited_on_the_page(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    client.post(f"/reviews/{review.pk}/participants/", {"person": cast.sam.pk, "role": "outside"})
    row = review.participants.get(person=cast.sam)
    assert "Sam Example is invited." in client.get(f"/reviews/{review.pk}/").text
    client.post(f"/reviews/{review.pk}/participants/", {"person": cast.sam.pk, "role": "lead"})
    assert "Choose a person, and what they come as." in client.get(f"/reviews/{review.pk}/").text
    client.post(f"/reviews/{review.pk}/participants/{row.pk}/remove/")
    assert not review.participants.filter(person=cast.sam).exists()
    lead = review.participants.get(role="lead")
    client.post(f"/reviews/{review.pk}/participants/{lead.pk}/remove/")
    assert review.participants.filter(role="lead").exists()


def test_a_participant_of_another_review_is_not_found_here(cast: Cast, client: Client) -> None:
    first = decided(cast).review
    second = scheduled(cast, starts_at=STARTS + timedelta(hours=2))
    foreign = first.participants.get(role="on_call")
    answer = login(client, cast.theo).post(f"/reviews/{second.pk}/participants/{foreign.pk}/remove/")
    assert answer.status_code == 404


def test_the_calendar_entry_can_be_had_on_the_page(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    answer = login(client, cast.vera).get(f"/reviews/{review.pk}/invitation.ics")
    assert answer.headers["Content-Type"] == "text/calendar; method=REQUEST; charset=utf-8"
    assert "DTSTART:20260302T103000Z" in answer.text


# Pre-read


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("olga", "You will be woken by this service"),
        ("pia", "It runs on your platform"),
        ("theo", "You lead this review"),
    ],
)
def test_the_pre_read_says_to_each_what_is_theirs(cast: Cast, client: Client, name: str, sentence: str) -> None:
    review = scheduled(cast)
    page = login(client, getattr(cast, name)).get(f"/reviews/{review.pk}/pre-read/")
    assert sentence in page.text
    assert "Takes the customer" in page.text
    assert "It is so." in page.text


def test_who_was_not_invited_reads_it_without_a_part(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    page = login(client, cast.vera).get(f"/reviews/{review.pk}/pre-read/")
    assert page.context["emphasis"] is None
    assert "For you" not in page.text


def test_the_pre_read_names_the_last_decision(cast: Cast, client: Client) -> None:
    decided(cast)
    review = scheduled(cast, starts_at=STARTS + timedelta(hours=2))
    assert "ended in no-go" in login(client, cast.theo).get(f"/reviews/{review.pk}/pre-read/").text


@pytest.mark.parametrize("path", ["", "pre-read/", "room/", "invitation.ics", "reschedule/", "cancel/"])
def test_a_stranger_finds_nothing(cast: Cast, client: Client, path: str) -> None:
    review = scheduled(cast)
    assert login(client, cast.sam).get(f"/reviews/{review.pk}/{path}").status_code == 404


def test_pages_of_one_review_cost_the_same_for_many_items(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    for path, most in (("", 19), ("pre-read/", 20), ("room/", 18)):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/reviews/{review.pk}/{path}")
        assert len(queries) <= most, path


def test_go_live_that_has_no_day_is_said(cast: Cast, client: Client) -> None:
    small(cast)
    cast.checkout.launched_on = day(-100)
    cast.checkout.save()
    page = login(client, cast.theo).get("/services/checkout/reviews/schedule/")
    assert "is in production: any day will do" in page.text
