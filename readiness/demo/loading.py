"""Loads the demo organisation: every step of every story in the order of time, through the same actions that people use.

Between the steps time passes: at each midnight what ran out is judged anew, so that proof went stale when it did and not today,
and it is counted how far campaigns are. All of it is one transaction. Mail that actions queued on the way speaks of the past; it
is dropped, with that reason.
"""

from datetime import datetime, timedelta

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.assessments import actions as assessments
from readiness.catalog.models import Service
from readiness.demo.acting import carry_out
from readiness.demo.acting.services import DEMO, own_endpoints
from readiness.demo.stage import Scene, Stage, zone_of
from readiness.demo.steps import Step, Story
from readiness.demo.story import STORIES
from readiness.demo.timeline import Timeline
from readiness.demo.who import is_demo
from readiness.history.actions import seal
from readiness.mail.actions import drop
from readiness.mail.models import Mail, MailStatus
from readiness.portfolio import registration
from readiness.portfolio.campaigns import days
from readiness.portfolio.daily.rebuilding import since_the_beginning
from readiness.portfolio.daily.recording import record_today
from reviews import tallies

OWN_SLUG = "readiness"


class StoryError(Exception):
    """An action refused a step: the story and the rules have drifted apart."""


def is_empty() -> bool:
    """Nobody has begun to use this database."""
    return not User.objects.exists() and not Service.objects.exists()


def load(*, now: datetime) -> None:
    """The whole organisation, as of `now`. Raises StoryError; then nothing is loaded."""
    timeline = Timeline(now, zone_of)
    stage = Stage(timeline)
    with transaction.atomic():
        told = timeline.in_order(STORIES)
        last = told[0][0]
        for moment, story, step in told:
            _let_time_pass(last, moment)
            last = moment
            _play(stage, story, step, moment)
        _let_time_pass(last, now)
        assessments.sweep(now=now)
        tallies.count_all(now)
        days.record_days(now)
        _let_everybody_in(stage)
        _drop_mail()
        since_the_beginning(now.date(), now=now)
        record_today(now=now)
    while seal(now=now):
        pass


def _play(stage: Stage, story: Story, step: Step, moment: datetime) -> None:
    scene = Scene(stage, story.slug, story.facts, moment)
    try:
        carry_out(scene, step)
    except Refused as refusal:
        raise StoryError(
            f"{story.slug}, day {step.day} at {step.at}, {type(step).__name__}: {refusal.sentence}"
        ) from refusal


def _let_time_pass(last: datetime, moment: datetime) -> None:
    """Every midnight after `last` until `moment`."""
    midnight = last.replace(hour=0, minute=1, second=0, microsecond=0)
    while (midnight := midnight + timedelta(days=1)) <= moment:
        assessments.sweep(now=midnight)
        days.record_days(midnight)


def _let_everybody_in(stage: Stage) -> None:
    """One password for all, computed once: it is slow by design."""
    known = User.objects.values_list("password", flat=True).order_by("pk")[0]
    User.objects.filter(pk__in=[person.pk for person in stage.people.values()]).update(password=known)


def _drop_mail() -> None:
    for mail in Mail.objects.filter(status=MailStatus.QUEUED):
        drop(mail=mail, reason="It speaks of the demo's past; nobody waits for it.")


def follow_own_address(*, now: datetime) -> None:
    """This installation may have moved to another port: then its own checks call it there. Changes nothing otherwise."""
    service = Service.objects.with_people().filter(slug=OWN_SLUG).first()
    if service is None or not is_demo():
        return
    endpoints = {**service.endpoints, **own_endpoints()}
    if endpoints != service.endpoints:
        changes = {"endpoints": endpoints}
        registration.change(by=DEMO, now=now, service=service, version=service.version, changes=changes)
