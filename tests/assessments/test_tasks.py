from datetime import timedelta

from django.utils import timezone

from readiness.assessments.tasks import sweep
from readiness.celery import app
from tests.assessments.small import see, small
from tests.cast import Cast


def test_beat_ends_what_ran_out(cast: Cast) -> None:
    long_ago = timezone.now() - timedelta(days=10)
    see(small(cast, now=long_ago), now=long_ago)
    sweep()
    assert cast.item("probed").status == "stale"


def test_beat_knows_the_sweep_by_its_name() -> None:
    assert app.conf.beat_schedule["sweep what expired"]["task"] == sweep.name
