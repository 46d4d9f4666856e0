"""What each participant should look at before the meeting."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments import actions as assessments
from readiness.assessments.models import Evidence
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews.meeting import Meeting
from reviews.models import Review
from reviews.reading import Part, reading_list
from reviews.rules import READING, ParticipantRole, ReadFacts, postponed, reading
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day, login
from tests.reviews.meetings import again, proved, scheduled

ALERTING = ReadFacts("obs-alerting", "Alerting", Gate.HARD, ItemStatus.MET)
RUNBOOKS = ReadFacts("obs-runbooks", "Runbooks", Gate.HARD, ItemStatus.NOT_MET, is_planned=True)
GAME_DAYS = ReadFacts("ops-game-days", "Game days", Gate.TRACKED, ItemStatus.UNKNOWN, is_bare=True)
PROBES = ReadFacts("rel-health-probes", "Health probes", Gate.HARD, ItemStatus.MET, is_by_people=True)
QUEUE = ReadFacts("rel-queue-alert", "Queue", Gate.HARD, ItemStatus.NOT_APPLICABLE)
WAIVED = ReadFacts("perf-load-test", "Load test", Gate.HARD, ItemStatus.STALE, is_waived=True, waiver=True)
ALL = (ALERTING, RUNBOOKS, GAME_DAYS, PROBES, QUEUE, WAIVED)


@pytest.mark.parametrize(
    ("role", "chapters"),
    [
        ("on_call", {"Alerts": ("obs-alerting",), "Runbooks": ("obs-runbooks",)}),
        ("platform", {"Probes and shutdown": ("rel-health-probes",), "Capacity": ("perf-load-test",)}),
        ("outside", {"Waived": ("perf-load-test",), "On people’s word alone": ("rel-health-probes",)}),
        ("manager", {"Waivers": ("perf-load-test",), "What blocks the launch": ("obs-runbooks",)}),
        ("lead", {"Without any proof": ("ops-game-days",)}),
        ("member", {"Open, and nobody’s yet": ("perf-load-test", "ops-game-days")}),
    ],
)
def test_each_role_reads_what_is_its_own(role: str, chapters: dict[str, tuple[str, ...]]) -> None:
    assert {part.title: part.keys for part in reading([role], ALL)} == chapters


def test_two_roles_read_both_and_every_role_has_its_list() -> None:
    assert [part.title for part in reading(["on_call", "manager"], ALL)] == [
        "Alerts", "Runbooks", "Waivers", "What blocks the launch",
    ]  # fmt: skip
    assert set(READING) == set(ParticipantRole)


def test_what_is_open_stands_first() -> None:
    met = ReadFacts("obs-alert-a", "A", Gate.HARD, ItemStatus.MET)
    tracked = ReadFacts("obs-alert-b", "B", Gate.TRACKED, ItemStatus.UNKNOWN)
    hard = ReadFacts("obs-alert-c", "C", Gate.HARD, ItemStatus.UNKNOWN)
    assert reading(["on_call"], [met, tracked, hard])[0].keys == ("obs-alert-c", "obs-alert-b", "obs-alert-a")


def test_a_meeting_is_postponed_by_a_week_as_long_as_it_stays_before_go_live() -> None:
    assert postponed(day(0), day(17)) == day(7)
    assert postponed(day(11), day(17)) is None
    assert postponed(day(11), None) == day(18)


# From the database


def parts(review: Review, role: ParticipantRole) -> dict[str, Part]:
    return {part.title: part for part in reading_list(Meeting.of(again(review), NOW), [role])}


def test_the_outside_engineer_sees_whats_waived_said_by_people_or_just_inside_its_limit(cast: Cast) -> None:
    assessment = small(cast)
    proved(cast)
    Evidence.objects.filter(item_key="either").update(kind="tls_expiry", figures={"days_left": 15, "min_days": 14})
    item = cast.item("queued")
    see(assessment, "queued", "fail", criterion="shown", how="artifact", kind="junit", strength="uploaded")
    item = cast.item("queued")
    waiver = assessments.request_waiver(
        by=cast.theo, item=item, reason="The queue is being replaced; the new one comes in April.",
        mitigation="Somebody looks at its depth each morning.", ends_on=day(30), now=NOW,
    )  # fmt: skip
    assessments.decide_waiver(
        by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="Until April.", now=NOW
    )
    found = parts(scheduled(cast), ParticipantRole.OUTSIDE)
    (waived,) = found["Waived"].rows
    assert (waived.item.key, waived.waiver) == ("queued", waiver)
    assert {row.item.key for row in found["On people’s word alone"].rows} == {"drilled", "written"}


def test_somebody_on_call_sees_figures_beside_their_limits(cast: Cast) -> None:
    proved(cast)
    figures = {"seconds_to_acknowledge": 290, "allowed_s": 300}
    Evidence.objects.filter(item_key="probed").update(kind="am_delivery", figures=figures)
    review = scheduled(cast)
    found = parts(review, ParticipantRole.OUTSIDE)
    (near,) = [row for row in found["Just inside the limit"].rows if row.item.key == "probed"]
    assert [(row.value, row.limit) for row in near.figures] == [("4\xa0min 50\xa0s", "at most 5\xa0min")]


def test_what_changed_lately_is_shown_but_not_what_was_only_measured_for_the_first_time(cast: Cast) -> None:
    assessment = small(cast, now=NOW - timedelta(days=20))
    see(assessment, now=NOW - timedelta(days=2))
    found = parts(scheduled(cast), ParticipantRole.OUTSIDE)
    assert [row.item.key for row in found["Changed lately"].rows] == ["probed"]


@pytest.mark.usefixtures("at_the_meeting")
def test_the_page_costs_the_same_for_whoever_reads_it(cast: Cast, client: Client) -> None:
    proved(cast)
    review = scheduled(cast, participants=[(cast.mia, ParticipantRole.MANAGER), (cast.sam, ParticipantRole.OUTSIDE)])
    for person in (cast.theo, cast.olga, cast.pia, cast.mia, cast.sam):
        login(client, person)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"/reviews/{review.pk}/pre-read/")
        assert page.status_code == 200
        assert len(queries) <= 21, person
