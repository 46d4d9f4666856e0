"""The settings a deployment chooses: each wrong value stops the start with a sentence of its own, all of them at once."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from readiness import environment
from readiness.environment import Reader

WRONG = {
    "DEBUG": ("perhaps", "DEBUG must be 0 or 1, not 'perhaps'."),
    "SECRET_KEY": ("short", "SECRET_KEY must have at least 32 characters"),
    "BASE_URL": ("readiness.example.com/path", "BASE_URL must be the address people use"),
    "LIVE_URL": ("http://127.0.0.1:8001/live", "LIVE_URL must be the address of the live process, or empty"),
    "TRUSTED_PROXIES": ("10.0.0.0/99", "TRUSTED_PROXIES must be a comma list of networks"),
    "EGRESS_ALLOW": ("10.0.0.0/8:http", "EGRESS_ALLOW must be"),
    "LOG_LEVEL": ("LOUD", "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not 'LOUD'."),
    "TIME_ZONE": ("Mars/Olympus", "TIME_ZONE must be a time zone such as Europe/Berlin, not 'Mars/Olympus'"),
    "DATABASE_URL": ("mysql://root:hunter2@db/readiness", "DATABASE_URL must be sqlite:///… or postgresql://…"),
    "BROKER_URL": ("amqp://guest:hunter2@mq", "BROKER_URL must be redis://… or embedded"),
    "CACHE_URL": ("memcached://here", "CACHE_URL must be redis://… or database"),
    "EMAIL_URL": ("pop3://joe:hunter2@mail", "EMAIL_URL must be smtp://host:port"),
    "METRICS_ALLOW": ("everybody", "METRICS_ALLOW must be a comma list of networks"),
}


def start(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in an environment of exactly these variables."""
    plain = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(
        command, cwd=settings.BASE_DIR, env=plain | variables, capture_output=True, text=True, check=False
    )


def test_every_wrong_value_is_named_in_one_go_and_no_password_shown(tmp_path: Path) -> None:
    done = start(tmp_path, **{name: value for name, (value, _) in WRONG.items()})
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert [sentence for _, sentence in WRONG.values() if sentence not in said] == []
    assert "Traceback" not in said
    assert "hunter2" not in said


def test_a_key_is_all_that_a_deployment_must_give(tmp_path: Path) -> None:
    assert start(tmp_path, SECRET_KEY="k" * 32).returncode == 0
    done = start(tmp_path)
    assert done.returncode != 0
    assert "SECRET_KEY must be set" in done.stderr
    assert start(tmp_path, DEBUG="1").returncode == 0
    (tmp_path / "secret_key").write_text("k" * 64)  # as `make run` leaves it
    assert start(tmp_path).returncode == 0


def test_what_reads_one_file_offline_needs_no_deployment(tmp_path: Path) -> None:
    report = tmp_path / "plan.json"
    report.write_text("[]")
    plain = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "inspect_artifact", str(report)]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=plain, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("UNKNOWN: ")
    unread, written = os.pipe()
    os.close(unread)
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=plain, stdout=written, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(written)
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (environment.database, "sqlite:////tmp/x.sqlite3"),
        (environment.database, "postgresql://u:p@h:5432/d"),
        (environment.broker, "embedded"),
        (environment.broker, "rediss://h:6379/0"),
        (environment.cache, "database"),
        (environment.cache, "redis://h/1"),
        (environment.email, "smtp://h:25"),
        (environment.email, "smtp+tls://u%40x:p@h:587"),
        (environment.email, "file:///tmp/mail"),
        (environment.base_url, "https://readiness.example.com/"),
        (environment.networks, "10.0.0.0/8, ::1/128"),
        (environment.networks, ""),
        (environment.time_zone, "Europe/Berlin"),
    ],
)
def test_right_values_are_taken(parse: Callable[[str], object], text: str) -> None:
    reader = Reader({"NAME": text})
    reader.parsed("NAME", text, parse, "right")
    reader.finish()


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (environment.database, "oracle://h/d"),
        (environment.database, "nonsense"),
        (environment.broker, "http://h"),
        (environment.cache, "file:///tmp"),
        (environment.email, "smtp://"),
        (environment.email, "smtp://h:port"),
        (environment.base_url, "ftp://h"),
        (environment.base_url, "https://h/path"),
        (environment.base_url, "https://"),
        (environment.networks, "10.0.0.1/8"),
        (environment.time_zone, "../etc/passwd"),
        (environment.time_zone, "Europe"),
        (environment.lease_seconds, "1"),
        (environment.lease_seconds, "soon"),
    ],
)
def test_a_wrong_value_becomes_a_sentence_and_the_default_stands_in(parse: Callable[[str], Any], text: str) -> None:
    right = {
        environment.database: "sqlite:///x", environment.broker: "embedded", environment.cache: "database",
        environment.email: "smtp://h", environment.base_url: "http://h", environment.networks: "",
        environment.time_zone: "UTC", environment.lease_seconds: "60",
    }[parse]  # fmt: skip
    reader = Reader({"NAME": text})
    assert reader.parsed("NAME", right, parse, "right") == parse(right)
    with pytest.raises(ImproperlyConfigured, match=r"^NAME must be right, not"):
        reader.finish()


@pytest.mark.parametrize(
    "url",
    ["postgresql://joe:hunter2@db:port/x", "smtp://joe:hunter2@h:x", "redis-x://:hunter2@h", "x://joe:hun/ter2@h:1"],
)
def test_a_password_is_never_repeated(url: str) -> None:
    for parse in (environment.database, environment.broker, environment.cache, environment.email, environment.base_url):
        reader = Reader({"NAME": url})
        right = {environment.base_url: "http://h", environment.email: "smtp://h", environment.database: "sqlite:///x"}
        reader.parsed("NAME", right.get(parse, "redis://h"), parse, "right")
        assert "hunter2" not in " ".join(reader.problems)
        assert "ter2" not in " ".join(reader.problems)


FLAGS = {"1": True, "YES": True, "on": True, "0": False, "": False, " off ": False}


@pytest.mark.parametrize(("text", "flag"), FLAGS.items())
def test_a_flag_is_read_kindly(text: str, flag: bool) -> None:
    reader = Reader({"X": text})
    assert reader.flag("X") is flag
    assert reader.problems == []


def test_a_blank_value_is_the_default() -> None:
    assert Reader({"X": "  "}).parsed("X", "UTC", environment.time_zone, "") == "UTC"
    assert Reader({"X": " a, ,b "}).items("X") == ["a", "b"]
