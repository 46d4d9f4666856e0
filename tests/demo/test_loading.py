import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model

from readiness.accounts.models import User
from readiness.assessments.launch_day import launch_day
from readiness.assessments.models import Assessment, Evidence, Gap, GapStatus, Item, Launch, Waiver, WaiverStatus
from readiness.assessments.rules import Decision, ItemStatus
from readiness.assessments.rules.launching import Verdict
from readiness.catalog.models import Service
from readiness.checks.models import Check
from readiness.demo import loading
from readiness.demo.story.people import HOST, PASSWORD, PEOPLE, SIGN_INS
from readiness.history.actions import broken_links
from readiness.history.models import Entry
from readiness.mail.models import Mail, MailStatus
from readiness.portfolio.models import Campaign
from reviews.models import Packet, Review
from reviews.packet import digest
from reviews.rules import ReviewStatus
from tests.infrastructure.slowness import slower

MOST_SECONDS = 45
"""Of this process, as other tests run beside it, on the machine of `slowness`. It takes about ten there."""


def test_it_loads_in_time(seconds_to_load: float) -> None:
    assert seconds_to_load < MOST_SECONDS * slower()


@pytest.mark.parametrize(
    ("words", "model", "field"),
    [
        (ItemStatus, Item, "status"),
        (GapStatus, Gap, "status"),
        (WaiverStatus, Waiver, "status"),
        (ReviewStatus, Review, "status"),
        (Decision, Review, "decision"),
        (Decision, Assessment, "last_decision"),
    ],
    ids=str,
)
def test_every_state_of_life_is_there(loaded: datetime, words: Iterable[Enum], model: type[Model], field: str) -> None:
    found = set(model._default_manager.values_list(field, flat=True))
    assert {word.value for word in words} <= found


def test_the_history_is_in_the_order_of_time_and_sealed(loaded: datetime) -> None:
    moments = list(Entry.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert moments[0] < loaded - timedelta(days=150)
    assert moments[-1] <= loaded
    assert not Entry.objects.filter(seal=None).exists()
    assert list(broken_links()) == []


def test_nobody_is_without_history(loaded: datetime) -> None:
    assert {person.email for person in PEOPLE} == set(User.objects.values_list("email", flat=True))
    did = set(Entry.objects.filter(actor_kind="person").values_list("actor_id", flat=True))
    assert did == set(User.objects.values_list("pk", flat=True))
    told = set(Entry.objects.exclude(service_id=None).values_list("service_id", flat=True))
    assert told == set(Service.objects.values_list("pk", flat=True))


def test_a_campaign_has_run_for_weeks_and_somebody_is_missing(loaded: datetime) -> None:
    campaign = Campaign.objects.get()
    course = list(campaign.days.order_by("day"))
    assert len(course) > 30
    assert course[-1].day == loaded.date()
    assert course[0].met < course[-1].met < course[-1].services


def test_every_frozen_packet_verifies(loaded: datetime) -> None:
    packets = list(Packet.objects.select_related("review"))
    assert len(packets) == Review.objects.decided().count() >= 4
    for packet in packets:
        assert digest(packet.body) == packet.digest
        assert json.loads(packet.body)
        assert {signature.digest for signature in packet.review.sign_offs.all()} == {packet.digest}


def test_only_this_applications_own_checks_run_and_they_are_due_at_once(loaded: datetime) -> None:
    due = Check.objects.due(loaded)
    assert {check.service.slug for check in due.select_related("service")} == {"readiness"}
    assert {check.type for check in due} == {"health_pair", "http_authz", "error_leak"}
    assert not Check.objects.ready().exclude(service__slug="readiness").exists()


def test_no_mail_from_the_past_goes_out(loaded: datetime) -> None:
    assert set(Mail.objects.values_list("status", flat=True)) == {MailStatus.DROPPED}


def test_some_gaps_are_overdue_by_three_days_and_some_by_seven(loaded: datetime) -> None:
    late = [(loaded.date() - gap.due_on).days for gap in Gap.objects.overdue(loaded.date()) if gap.due_on]
    assert any(3 <= days < 7 for days in late)
    assert any(days >= 7 for days in late)


def test_something_waits_for_a_second_person(loaded: datetime) -> None:
    theo = User.objects.get(email=f"theo@{HOST}")
    assert Gap.objects.visible_to(theo).filter(status=GapStatus.AWAITING, service__tech_lead=theo).exists()
    assert Evidence.objects.filter(witness=theo, witnessed_at=None).exists()
    assert Item.objects.filter(excused_at__isnull=False, excuse_confirmed_at=None, gate="hard").exists()


def test_a_review_is_tomorrow_inside_the_window(loaded: datetime) -> None:
    review = Review.objects.upcoming().select_related("service").get()
    assert review.timing_reason == ""
    assert timedelta(hours=12) < review.starts_at - loaded < timedelta(days=3)


def test_everybody_who_is_named_can_sign_in(loaded: datetime) -> None:
    for sign_in in SIGN_INS:
        assert User.objects.get(email=f"{sign_in.key}@{HOST}").check_password(PASSWORD)


def test_evidence_says_where_it_comes_from(loaded: datetime) -> None:
    assert not Evidence.objects.filter(source="").exists()
    assert not Evidence.objects.filter(reason__regex=r"[{]\w+:").exists()
    assert not Evidence.objects.filter(received_at__gt=loaded).exists()


def test_reports_of_pipelines_were_read_and_their_files_are_kept(loaded: datetime) -> None:
    pushed = Evidence.objects.exclude(envelope={}).select_related("file")
    assert {row.kind for row in pushed} == {"loadtest", "sarif", "zap", "explain", "junit", "drain", "k8s_manifest"}
    assert {row.result for row in pushed} == {"pass", "fail"}
    for row in pushed:
        assert row.file
        assert row.file.size > 0
        assert row.envelope["commit_sha"]
        assert row.envelope["ci_run_url"].startswith("https://ci.hollyhock.example/")


@pytest.mark.parametrize(
    ("slug", "item", "words"),
    [
        ("basket", "perf-load-test", "p99 is 412 ms, above the budget of 300 ms"),
        ("basket", "sec-scanning", "sql-built-from-text"),
        ("product-search", "obs-alerting", "can never fire"),
        ("route-planner", "rel-graceful-shutdown", "1 request of 6 in flight"),
        ("payment-gateway", "perf-query-audit", "A sequential scan filters payment_events"),
    ],
)
def test_what_fails_says_what_was_seen(loaded: datetime, slug: str, item: str, words: str) -> None:
    failed = Evidence.objects.filter(assessment__service__slug=slug, item_key=item, result="fail", is_superseded=False)
    assert words in failed.latest("observed_at").reason
    assert Item.objects.get(assessment__service__slug=slug, key=item).status == ItemStatus.NOT_MET


def test_a_launch_is_under_way_and_its_figures_are_inside_their_limits(loaded: datetime) -> None:
    launch = Launch.objects.running().select_related("service", "decider").get()
    day = launch_day(launch.service, launch.decider or launch.service.tech_lead, loaded)  # type: ignore[arg-type]  # named
    assert (day.told_count, len(day.told), launch.percent, day.is_held) == (3, 4, 50, False)
    verdicts = {one.verdict for one in (*day.roll_back, *day.go_on)}
    assert verdicts == {Verdict.INSIDE, Verdict.BY_EYE}
    assert len(day.going_on_problems) == 1, "the clock alone"


def test_a_second_run_refuses_or_only_says_who(loaded: datetime, capsys: pytest.CaptureFixture[str]) -> None:
    before = (Entry.objects.count(), Service.objects.count(), Mail.objects.count())
    with pytest.raises(CommandError, match="in use"):
        call_command("demo")
    assert capsys.readouterr().out == ""
    call_command("demo", if_empty=True)
    assert f"theo@{HOST}" in capsys.readouterr().out
    assert (Entry.objects.count(), Service.objects.count(), Mail.objects.count()) == before


def test_its_own_checks_follow_it_to_another_port(loaded: datetime, settings: pytest.FixtureRequest) -> None:
    settings.BASE_URL = "http://127.0.0.1:8009"  # type: ignore[attr-defined]
    loading.follow_own_address(now=loaded)
    configs = [check.config for check in Check.objects.due(loaded).filter(service__slug="readiness")]
    assert len(configs) == 3
    assert all("http://127.0.0.1:8009" in json.dumps(config) for config in configs)
