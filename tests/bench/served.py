"""The tests' settings for a server that is measured: PostgreSQL's connections are pooled as in production, and beside the site's
addresses stands the yardstick of figure b2.
"""

from typing import Any

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

ROOT_URLCONF = "tests.bench.bare_verdict"
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    options: dict[str, Any] = DATABASES["default"]["OPTIONS"]
    options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
