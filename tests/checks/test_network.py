"""What checks may reach: never our own database, broker or cache, whatever EGRESS_ALLOW says."""

import pytest
from pytest_django import Settings

from readiness import environment
from readiness.checks import network

ENGINE = "django.db.backends."


@pytest.mark.parametrize(
    ("database", "own"),
    [
        ({"ENGINE": ENGINE + "sqlite3", "NAME": "x"}, set()),
        ({"ENGINE": ENGINE + "postgresql", "HOST": "10.0.0.5", "PORT": "5433"}, {("10.0.0.5", 5433)}),
        ({"ENGINE": ENGINE + "postgresql", "HOST": "", "PORT": ""}, {("localhost", 5432)}),
        ({"ENGINE": ENGINE + "postgresql", "HOST": "/run/postgresql"}, {("localhost", 5432)}),
    ],
)
def test_the_database_is_our_own(settings: Settings, database: dict[str, str], own: set[tuple[str, int]]) -> None:
    settings.BROKER_URL = "embedded"
    settings.CACHES = {"default": {"LOCATION": "site_cache"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.DATABASES, "default", database)
        assert set(network.own_sockets()) == own


def test_the_broker_and_the_cache_are_our_own(settings: Settings) -> None:
    settings.BROKER_URL = "rediss://user:secret@10.1.1.1/0"
    settings.CACHES = {"default": {"LOCATION": "redis://10.1.1.2:6380/1"}}
    assert {("10.1.1.1", 6379), ("10.1.1.2", 6380)} <= set(network.own_sockets())


def test_our_own_broker_is_refused_although_its_network_is_allowed(settings: Settings) -> None:
    settings.BROKER_URL = "redis://10.1.1.1:6379/0"
    settings.EGRESS_ALLOW = "10.0.0.0/8"
    policy = network.policy()
    assert policy.judge("10.1.1.1", 6379) is not None
    assert policy.judge("10.1.1.1", 443) is None


def test_our_own_pages_may_be_checked(settings: Settings) -> None:
    settings.EGRESS_ALLOW = "127.0.0.0/8"
    assert network.policy().judge("127.0.0.1", 8000) is None


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("EGRESS_ALLOW", "10.0.0.1/8", "bits set beyond its prefix"),
        ("EGRESS_ALLOW", "169.254.0.0/16", "no setting allows it"),
        ("CHECK_LEASE_SECONDS", "soon", "2 to 3600 seconds"),
        ("CHECK_LEASE_SECONDS", "0", "2 to 3600 seconds"),
    ],
)
def test_a_setting_that_cannot_be_read_stops_the_start_with_a_sentence(name: str, text: str, words: str) -> None:
    reader = environment.Reader({name: text})
    parse = environment.egress_allow if name == "EGRESS_ALLOW" else environment.lease_seconds
    default = "" if name == "EGRESS_ALLOW" else "40"
    reader.parsed(name, default, parse, "networks" if name == "EGRESS_ALLOW" else "2 to 3600 seconds")
    assert words in reader.problems[0]
    assert reader.problems[0].startswith(f"{name} must be ")


def test_what_is_allowed_now_counts_not_what_was_when_the_first_check_ran(settings: Settings) -> None:
    settings.EGRESS_ALLOW = ""
    first = network.egress()
    settings.EGRESS_ALLOW = "127.0.0.0/8"
    assert network.egress() is not first
    assert network.egress() is network.egress()
