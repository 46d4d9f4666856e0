"""From a gap to an issue on GitHub or GitLab: made once, whatever is lost on the way, and linked."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import pytest
from django.test import Client

from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.assessments.models import Gap
from readiness.catalog.models import Service
from readiness.history.models import Entry
from readiness.outgoing import issues
from readiness.outgoing.actions.issues import ask_for_issue
from readiness.outgoing.models import Issue
from readiness.outgoing.rules import MOST_ATTEMPTS
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day, login
from tests.checks.cases import LOCAL
from tests.checks.connecting import connected
from tests.outgoing.receiving import later
from tests.servers.api import Answer
from tests.servers.tracker import TOKEN, Tracker, tracker

KINDS: tuple[Literal["github", "gitlab"], ...] = ("github", "gitlab")
HTMX = {"HX-Request": "true"}
BAD_ADDRESS = {"number": 3, "iid": 3, "html_url": "javascript:1", "web_url": "javascript:1"}


@pytest.fixture(params=KINDS)
def host(request: pytest.FixtureRequest, cast: Cast) -> Iterator[Tracker]:
    """Connected with a token, and known as the place of `checkout`."""
    with tracker(request.param) as made:
        address = f"{made.url}/api/v3" if made.kind == "github" else made.url
        connected(cast, "code_host", address=address, flavour=made.kind, secret=TOKEN)
        Service.objects.filter(pk=cast.checkout.pk).update(repository=made.repository)
        yield made


@pytest.fixture
def gap(cast: Cast) -> Gap:
    see(small(cast), "probed", "fail", now=NOW, reason="It does not answer.", check_id=None)
    return fresh()


def fresh() -> Gap:
    return Gap.objects.with_context().get()


def asked(cast: Cast, now: datetime = NOW) -> Issue:
    return ask_for_issue(by=cast.theo, gap=fresh(), now=now)


def made(now: datetime = NOW) -> bool:
    return issues.make_next(now=now, egress=LOCAL)


def row() -> Issue:
    return Issue.objects.get()


# Made once


def test_it_is_made_with_what_helps_and_linked(cast: Cast, gap: Gap, host: Tracker) -> None:
    Gap.objects.update(owner=cast.olga, due_on=day(9), plan="Ask @alice.\n/close\n<!-- readiness: other -->")
    asked(cast)
    assert made()
    (text,) = host.texts
    assert host.issues[0]["title"] == "Probed · Checkout"
    for words in (
        "**It is so.**",
        "> It does not answer.",
        "Owner: Olga Example",
        "Due: 11 Mar 2026",
        f"/gaps/{gap.pk}/",
    ):
        assert words in text
    assert "@alice" not in text  # nobody is pinged
    assert "\n/close" not in text  # nor is a line of it a command
    assert text.endswith(row().marker)
    assert text.count("<!--") == 1
    linked = fresh()
    address = host.issues[0].get("html_url") or host.issues[0]["web_url"]
    assert (linked.ticket_name, linked.ticket_url) == ("shop/checkout#1", address)
    assert (row().status, row().attempts, row().url) == ("made", 1, address)
    entry = Entry.objects.get(verb="gap.ticket_noted")
    assert (entry.actor_kind, entry.actor_name, entry.after["ticket_url"]) == ("machine", host.name, address)
    assert not made(later(60))


def test_an_answer_that_is_lost_makes_no_second_one(cast: Cast, gap: Gap, host: Tracker) -> None:
    host.answers_lost = 1
    asked(cast)
    made()
    assert (row().status, row().problem[-13:]) == ("queued", "answered 502.")
    assert fresh().ticket_url == ""
    assert made(later(1))
    assert len(host.issues) == len(host.calls("POST")) == 1
    assert fresh().ticket_name == "shop/checkout#1"


def test_a_worker_that_dies_after_making_it_leaves_it_to_be_found(
    cast: Cast, gap: Gap, host: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    asked(cast)
    with monkeypatch.context() as patch:
        patch.setattr(issues, "_link", die)
        with pytest.raises(Killed):
            made()
    assert len(host.issues) == 1
    assert not made(NOW + issues.LEASE / 2)
    for number in range(130):  # others go on making theirs: it is on the second page by then
        host.issues.append(host.issue(f"Other {number}", "Something else."))
    assert made(NOW + issues.LEASE)
    assert len(host.calls("POST")) == 1
    assert fresh().ticket_name == "shop/checkout#1"


def test_given_up_and_asked_for_again_it_is_still_the_same(cast: Cast, gap: Gap, host: Tracker) -> None:
    host.answers_lost = MOST_ATTEMPTS
    asked(cast)
    made()
    Issue.objects.update(status="given_up", problem="It answered 502.")
    asked(cast, later(600))
    assert (row().status, row().asked_at, row().attempts) == ("queued", NOW, 0)
    made(later(600))
    assert len(host.issues) == 1
    assert fresh().ticket_name == "shop/checkout#1"


def test_who_lost_the_lease_while_looking_makes_none(cast: Cast, gap: Gap, host: Tracker) -> None:
    asked(cast)
    slow = Issue.objects.get()
    assert issues._claim(slow, NOW)
    assert issues._claim(Issue.objects.get(), NOW + issues.LEASE)  # another worker has taken over
    issues._try(slow, NOW, LOCAL)
    assert host.issues == []


def test_an_issue_unlinked_by_a_person_is_followed_by_a_new_one(cast: Cast, gap: Gap, host: Tracker) -> None:
    asked(cast)
    made()
    Gap.objects.update(ticket_url="", ticket_name="")
    asked(cast, later(5))
    made(later(5))
    assert len(host.issues) == 2
    assert fresh().ticket_name == "shop/checkout#2"


def test_a_ticket_that_a_person_links_meanwhile_stays(cast: Cast, gap: Gap, host: Tracker) -> None:
    asked(cast)
    Gap.objects.update(ticket_url="https://tickets.example/PAY-1", ticket_name="PAY-1")
    made()
    assert fresh().ticket_name == "PAY-1"
    assert row().status == "made"


# What goes wrong


@pytest.mark.parametrize(
    "case",
    [
        (Answer({"message": "Resource not accessible"}, 403), "given_up", "the stored token may not make an issue in it"),
        (Answer({"message": "Issues are disabled"}, 410), "given_up", "has its issues switched off"),
        (Answer({"message": "Validation Failed"}, 422), "given_up", "answered 422."),
        (Answer("", 301, {"Location": "/elsewhere"}), "given_up", "has moved"),
        (Answer("", 500), "queued", "answered 500."),
        (Answer({"number": 3, "iid": 3}, 201), "queued", "without the address"),
        (Answer(BAD_ADDRESS, 201), "queued", "without the address"),
        (Answer("<html>", 201), "queued", "no JSON"),
    ],
)  # fmt: skip
def test_what_the_host_answers_is_said(cast: Cast, gap: Gap, host: Tracker, case: tuple[Answer, str, str]) -> None:
    host.refuses, status, words = case
    asked(cast)
    made()
    assert row().status == status
    assert words in row().problem
    assert fresh().ticket_url == ""


def test_a_host_that_asks_for_patience_gets_it(cast: Cast, gap: Gap, host: Tracker) -> None:
    host.refuses = Answer("", 403, {"Retry-After": "1800"})
    asked(cast)
    made()
    assert (row().status, row().next_attempt_at) == ("queued", later(30))


def test_a_token_that_sees_nothing_is_said(cast: Cast, gap: Gap, host: Tracker) -> None:
    connection = issues.code_host()
    assert connection
    connection.delete()
    connected(cast, "code_host", address=connection.address, flavour=connection.flavour, secret="another")
    asked(cast)
    made()
    assert row().status == "given_up"
    assert "there is no shop/checkout, or the stored token may not list the issues of it" in row().problem


def test_nobody_there_is_tried_nine_times(cast: Cast, gap: Gap) -> None:
    connected(cast, "code_host", address="http://127.0.0.1:9/api/v3", flavour="github", secret=TOKEN)
    Service.objects.filter(pk=cast.checkout.pk).update(repository="http://127.0.0.1:9/shop/checkout")
    asked(cast)
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        assert made(now)
        now = row().next_attempt_at
    assert (row().status, row().attempts) == ("given_up", MOST_ATTEMPTS)
    assert "nothing is listening there" in row().problem


def test_more_issues_than_can_be_looked_through_make_no_second_one(
    cast: Cast, gap: Gap, host: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readiness.outgoing.trackers.MOST_PAGES", 1)
    host.issues += [host.issue("Other", "Other.") for _ in range(100)]
    asked(cast)
    made()
    assert row().status == "given_up"
    assert "it is not made twice" in row().problem
    assert host.calls("POST") == []


# Asking


@pytest.mark.parametrize(
    ("repository", "secret", "words"),
    [
        ("", TOKEN, "write its repository on the service"),
        ("https://github.com", TOKEN, "is no repository’s address"),
        ("https://gitlab.com/shop/checkout", TOKEN, "is not on the GitHub that is connected"),
        ("https://github.com/shop/checkout", "", "connected without a token"),
    ],
)
def test_where_none_can_be_made_it_says_why(cast: Cast, gap: Gap, repository: str, secret: str, words: str) -> None:
    way = "bearer" if secret else "none"
    connected(cast, "code_host", address="https://api.github.com", flavour="github", secret=secret, way=way)
    Service.objects.filter(pk=cast.checkout.pk).update(repository=repository)
    with pytest.raises(Refused, match=words):
        asked(cast)
    assert not Issue.objects.exists()


def test_without_a_code_host_on_a_closed_gap_or_with_a_ticket_there_is_none(cast: Cast, gap: Gap) -> None:
    with pytest.raises(Refused, match="No code host is connected"):
        asked(cast)
    Gap.objects.update(ticket_url="https://tickets.example/1")
    with pytest.raises(Refused, match="tracked already"):
        asked(cast)
    Gap.objects.update(ticket_url="", status="closed", closed_at=NOW)
    with pytest.raises(Refused, match="This gap is closed"):
        asked(cast)


def test_asked_for_twice_it_is_one(cast: Cast, gap: Gap, host: Tracker) -> None:
    first = asked(cast)
    assert ask_for_issue(by=cast.olga, gap=fresh(), now=later(1)) == first
    assert Entry.objects.filter(verb="gap.issue_asked").count() == 1


@pytest.mark.parametrize(("name", "refusal"), [("vera", NotAllowed), ("ada", NotAllowed), ("sam", NotVisible)])
def test_who_may_not_plan_the_gap_asks_for_none(
    cast: Cast, gap: Gap, host: Tracker, name: str, refusal: type[Refused]
) -> None:
    entries = Entry.objects.count()
    with pytest.raises(refusal):
        ask_for_issue(by=getattr(cast, name), gap=fresh(), now=NOW)
    assert not Issue.objects.exists()
    assert Entry.objects.count() == entries


# On the page


def test_the_button_its_state_and_the_link(cast: Cast, gap: Gap, host: Tracker, client: Client) -> None:
    login(client, cast.theo)
    page, box = f"/gaps/{gap.pk}/", f"/gaps/{gap.pk}/issue/"
    assert f"Make an issue on {host.name}" in client.get(page).text
    waiting = client.post(box, headers=HTMX)
    assert "A worker makes it now." in waiting.text
    assert 'hx-trigger="every 3s"' in waiting.text
    assert host.issues == []  # no network in a request
    assert "A worker makes it now." in client.get(page).text
    made(Issue.objects.get().next_attempt_at)
    done = client.get(box, headers=HTMX).text
    assert "shop/checkout#1" in done
    assert 'hx-trigger="load"' in done  # the card around it, once
    assert "hx-trigger" not in client.get(f"/gaps/{gap.pk}/ticket/", headers=HTMX).text
    assert "shop/checkout#1" in client.get(page).text
    assert client.get(box)["Location"] == page


def test_without_javascript_it_leads_back_and_a_failure_offers_another_try(
    cast: Cast, gap: Gap, host: Tracker, client: Client
) -> None:
    login(client, cast.theo)
    box = f"/gaps/{gap.pk}/issue/"
    assert client.post(box)["Location"] == f"/gaps/{gap.pk}/"
    host.refuses = Answer("", 410)
    made(Issue.objects.get().next_attempt_at)
    text = client.get(f"/gaps/{gap.pk}/").text
    assert "has its issues switched off" in text
    assert "Try again" in text
    assert client.post(box).status_code == 302
    assert row().is_queued


def test_who_only_reads_and_who_has_no_code_host_see_no_button(cast: Cast, gap: Gap, client: Client) -> None:
    assert 'id="issue"' not in login(client, cast.theo).get(f"/gaps/{gap.pk}/").text
    connected(cast, "code_host", address="https://api.github.com", flavour="github", secret=TOKEN)
    text = login(client, cast.theo).get(f"/gaps/{gap.pk}/").text
    assert "write its repository on the service" in text
    assert 'id="issue"' not in login(client, cast.vera).get(f"/gaps/{gap.pk}/").text
