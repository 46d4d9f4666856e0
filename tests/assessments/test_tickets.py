"""A gap's link to where the work is tracked: its name, who may write it, two at once, and the way back."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.actions.tickets import note_ticket
from readiness.assessments.models import Gap
from readiness.assessments.rules.tickets import ticket_name, ticket_problem
from readiness.history.models import Entry
from tests.assessments.small import BOT, refused, see, small, verbs
from tests.cast import NOW, Cast, login

HTMX = {"HX-Request": "true"}
PAY, SHOP = "https://tickets.example/browse/PAY-123", "https://github.com/acme/shop/issues/12"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (PAY, "PAY-123"),
        ("https://acme.atlassian.net/jira/software/projects/PAY/boards/3?selectedIssue=PAY-7", "PAY-7"),
        ("https://linear.app/acme/issue/eng-42/rotate-the-keys", "ENG-42"),
        (SHOP, "acme/shop#12"),
        ("https://github.com/acme/shop/pull/9/files", "acme/shop#9"),
        ("https://gitlab.example:8443/group/sub/shop/-/issues/12", "group/sub/shop#12"),
        ("https://gitlab.com/group/shop/-/work_items/3#note_1", "group/shop#3"),
        ("https://gitlab.com/group/shop/-/merge_requests/7", "group/shop!7"),
        ("https://dev.azure.com/acme/shop/_workitems/edit/815", "dev.azure.com #815"),
        ("https://bugs.example/show_bug.cgi?id=4711", "bugs.example #4711"),
        ("https://trello.com/c/Xy12/", "trello.com/c/Xy12"),
    ],
)
def test_people_read_the_name_they_know(url: str, name: str) -> None:
    assert ticket_problem(url) == ""
    assert ticket_name(url) == name


def test_a_name_is_never_longer_than_its_column() -> None:
    assert len(ticket_name(f"https://git.example/{'group/' * 70}shop/-/issues/12")) == 80
    assert len(ticket_name(f"https://tickets.example/{'x' * 400}")) == 80


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "Paste the address"),
        ("PAY-123", "no address"),
        ("//tickets.example/1", "https://"),
        ("http://tickets.example/1", "https://"),
        ("javascript:alert(1)//https://x.example", "no address"),
        ("https://", "no address"),
        ("https://[broken/1", "no address"),
        ("https://x.example:99999/1", "no address"),
        ("https://me:secret@tickets.example/1", "name and password"),
        ("https://tickets.example/a b", "blanks"),
        ("https://tickets.example\\@evil.example/", "blanks"),
        ("https://tickets.example/\u202egnp.1", "blanks"),
        ("https://tickets.example/" + "x" * 500, "At most 500"),
    ],
)
def test_what_is_no_address_is_said_in_words(url: str, words: str) -> None:
    assert words in ticket_problem(url)


@pytest.fixture
def gap(cast: Cast) -> Gap:
    small(cast, now=timezone.now())
    return actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=timezone.now())


def link(cast: Cast, gap: Gap, url: str, **changes: Any) -> Gap:
    return actions.link_ticket(
        **{"by": cast.theo, "gap": gap, "shown": gap.ticket_url, "url": url, "now": NOW, **changes}
    )


def test_linked_changed_and_removed_with_all_of_it_in_the_history(cast: Cast, gap: Gap) -> None:
    version = gap.version
    gap = link(cast, gap, f"  {PAY} ")
    assert (gap.ticket_url, gap.ticket_name, Gap.objects.get().version) == (PAY, "PAY-123", version)
    gap = link(cast, gap, SHOP, by=cast.olga)
    gap = link(cast, gap, "")
    assert (gap.ticket_url, gap.ticket_name) == ("", "")
    assert verbs("gap")[1:] == ["gap.ticket_linked", "gap.ticket_linked", "gap.ticket_removed"]
    assert Entry.objects.filter(verb="gap.ticket_removed").get().before["ticket_url"] == SHOP
    link(cast, gap, "")
    assert len(verbs("gap")) == 4


def test_who_may_plan_may_link(cast: Cast, gap: Gap) -> None:
    with refused(NotVisible):
        link(cast, gap, PAY, by=cast.sam)
    for person in (cast.vera, cast.ada):
        with refused(NotAllowed):
            link(cast, gap, PAY, by=person)
    with refused(WrongFields, "https://"):
        link(cast, gap, "http://tickets.example/1")


def test_two_at_once_the_second_sees_what_the_first_linked(cast: Cast, gap: Gap) -> None:
    link(cast, gap, PAY)
    with refused(Conflict):
        link(cast, gap, SHOP, shown="")
    with refused(Conflict):
        link(cast, gap, "", shown=SHOP)
    link(cast, gap, PAY, shown="")  # both mean the same


def test_a_machine_does_not_overwrite_a_person_nor_a_person_a_machine_unseen(cast: Cast, gap: Gap) -> None:
    assert note_ticket(by=BOT, gap=gap, url=SHOP, name="acme/shop#12", now=NOW)
    with refused(Conflict):
        link(cast, gap, PAY, shown="")
    assert not note_ticket(by=BOT, gap=gap, url=PAY, name="PAY-123", now=NOW)


def test_a_link_does_not_disturb_who_writes_the_plan(cast: Cast, gap: Gap) -> None:
    shown = gap.version
    link(cast, gap, PAY)
    actions.plan_gap(by=cast.theo, gap=gap, version=shown, owner=cast.olga, due_on=None, plan="On Monday.", now=NOW)
    assert Gap.objects.get().ticket_name == "PAY-123"


def test_on_a_closed_gap_it_stays_as_it_is(cast: Cast, client: Client) -> None:
    assessment = small(cast, now=timezone.now())
    see(assessment, result="fail", now=timezone.now())
    link(cast, Gap.objects.get(), PAY)
    see(assessment, now=timezone.now())
    with refused(Refused, "This gap is closed"):
        link(cast, Gap.objects.get(), "")
    text = login(client, cast.theo).get(Gap.objects.get().get_absolute_url()).text
    assert "PAY-123" in text
    assert "Link it" not in text


def test_on_the_page_without_javascript(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    page = f"/gaps/{gap.pk}/"
    wrong = client.post(f"{page}ticket/", {"url": "ftp://x", "shown": ""})
    assert (wrong.status_code, "begin with https://" in wrong.text, 'value="ftp://x"' in wrong.text) == (
        422,
        True,
        True,
    )
    assert client.post(f"{page}ticket/", {"url": PAY, "shown": ""})["Location"] == page
    assert f'<a href="{PAY}" rel="noopener noreferrer" target="_blank">PAY-123</a>' in client.get(page).text
    assert "Remove the link" in client.get(f"{page}ticket/?edit").text
    assert client.post(f"{page}ticket/remove/", {"shown": PAY}).status_code == 302
    assert not Gap.objects.get().ticket_url
    assert client.post(f"{page}ticket/remove/", {}).status_code == 422


def test_with_htmx_the_card_changes_and_what_was_removed_can_be_put_back(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    card = f"/gaps/{gap.pk}/ticket/"
    linked = client.post(card, {"url": PAY, "shown": ""}, headers=HTMX)
    assert linked.text.lstrip().startswith('<section class="card" id="ticket"')
    assert "linked a ticket" in linked.text
    removed = client.post(f"{card}remove/", {"shown": PAY}, headers=HTMX).text
    assert "Put it back" in removed
    assert f'name="url" value="{PAY}"' in removed


def test_who_lost_the_race_reads_the_other_one_and_may_send_theirs_again(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    link(cast, gap, PAY, by=cast.olga)
    lost = client.post(f"/gaps/{gap.pk}/ticket/", {"url": SHOP, "shown": ""}, headers=HTMX)
    assert lost.status_code == 409
    assert "Somebody else linked another ticket" in lost.text
    assert f'name="shown" value="{PAY}"' in lost.text
    assert f'value="{SHOP}"' in lost.text
    client.post(f"/gaps/{gap.pk}/ticket/", {"url": SHOP, "shown": PAY}, headers=HTMX)
    assert Gap.objects.get().ticket_name == "acme/shop#12"


def test_who_only_reads_sees_the_link_and_no_form(cast: Cast, client: Client, gap: Gap) -> None:
    link(cast, gap, PAY)
    text = login(client, cast.vera).get(f"/gaps/{gap.pk}/").text
    assert "PAY-123" in text
    assert "Link it" not in text
