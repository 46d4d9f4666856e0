"""A review that runs now, for servers of its own that look at the same database."""

from datetime import timedelta

import pytest
from django.utils import timezone

from reviews import actions
from reviews.models import Review
from tests.assessments.small import see, small
from tests.cast import Cast
from tests.reviews.meetings import again


@pytest.fixture
def meeting(transactional_db: None, cast: Cast) -> Review:
    """Theo leads; Olga and Pia are in the room as well."""
    now = timezone.now()
    cast.checkout.go_live_on = now.date() + timedelta(days=17)
    cast.checkout.save()
    see(small(cast, now=now), now=now)
    review = actions.schedule(
        by=cast.theo, service=cast.checkout, starts_at=now + timedelta(minutes=1), minutes=30, place="Room 4",
        timing_reason="", participants=[], now=now,
    )  # fmt: skip
    actions.begin(by=cast.theo, review=again(review), version=again(review).version, now=now)
    for person in (cast.olga, cast.pia):
        actions.join(by=person, review=again(review), now=now)
    return again(review)
