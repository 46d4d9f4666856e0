"""The site's settings in an environment that is always the same: what the developer's shell exports changes no test.

Two variables choose the servers: TEST_DATABASE_URL and TEST_REDIS_URL (`make test` sets them). Without them, plain `pytest`
runs on SQLite and needs no server.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_OURS = (
    *("DATABASE_URL", "BROKER_URL", "CACHE_URL", "SECRET_KEY", "DEBUG", "BASE_URL", "ALLOWED_HOSTS", "EMAIL_URL"),
    *(
        "EGRESS_ALLOW",
        "TRUSTED_PROXIES",
        "LOG_LEVEL",
        "TIME_ZONE",
        "METRICS_ALLOW",
        "DEFAULT_FROM_EMAIL",
        "CHECK_LEASE_SECONDS",
        "SECRET_KEY_FALLBACKS",
        "LIVE_URL",
    ),
)
for _name in [name for name in os.environ if name in _OURS or name.startswith(("OIDC_", "OTEL_"))]:
    del os.environ[_name]

_folder = Path(tempfile.mkdtemp(prefix="readiness-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
_database_url = os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{_folder}/readiness.sqlite3"
os.environ.update(
    VAR_DIR=str(_folder),
    DATABASE_URL=_database_url,
    SECRET_KEY="for tests only, " + "x" * 32,
    ALLOWED_HOSTS="localhost,127.0.0.1,[::1],testserver",
    LOG_LEVEL="WARNING",
)

from readiness.settings import *  # noqa: E402, F403 - the environment must be complete before the settings are read
from readiness.settings import DATABASES, STORAGES  # noqa: E402

if _database_url.startswith("sqlite"):
    # A file, as in production: an in-memory database knows no WAL and locks whole tables between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
else:
    # A pool keeps connections open, and PostgreSQL drops no database that somebody is connected to.
    DATABASES["default"]["OPTIONS"].pop("pool", None)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick; no test is about its strength
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nothing is collected
