"""A review that runs now, for servers of its own that look at the same database."""

import pytest

from reviews.models import Review
from tests.cast import Cast
from tests.reviews.meetings import running_now


@pytest.fixture
def meeting(transactional_db: None, cast: Cast) -> Review:
    return running_now(cast)
