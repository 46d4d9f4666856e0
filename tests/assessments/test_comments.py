from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Comment, Gap
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.assessments.small import refused, small, verbs
from tests.cast import NOW, Cast, login, person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def gap(cast: Cast) -> Gap:
    small(cast, now=timezone.now())
    return actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=timezone.now())


def write(cast: Cast, gap: Gap, text: str, **changes: Any) -> Comment:
    return actions.write_comment(**{"by": cast.theo, "gap": gap, "text": text, "now": NOW, **changes})


def edit(cast: Cast, comment: Comment, text: str, **changes: Any) -> Comment:
    said = {"by": cast.theo, "comment": comment, "version": comment.version, "text": text, "now": NOW, **changes}
    return actions.edit_comment(**said)


def waiting() -> dict[str, str]:
    """Who gets which words."""
    return {mail.recipient.get_short_name(): mail.text for mail in Mail.objects.filter(status="queued")}


def test_who_is_mentioned_gets_one_mail_that_leads_to_the_comment(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "@olga and @pia@example.com: **look**, please. @theo will too. Not @nobody.")
    assert set(comment.mentioned.all()) == {cast.olga, cast.pia, cast.theo}
    assert set(waiting()) == {"Olga", "Pia"}
    assert f"/gaps/{gap.pk}/#comment-{comment.pk}" in waiting()["Olga"]
    mail = Mail.objects.get(recipient=cast.olga)
    assert mail.subject == "Theo Example mentioned you: Drilled (Checkout)"
    assert mail.next_attempt_at == NOW + timedelta(minutes=2)


def test_who_may_not_see_the_service_is_not_told_of_it(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "Ask @sam, @sam@example.com or @sam.example.")
    assert not comment.mentioned.exists()
    assert not Mail.objects.exists()


def test_edited_it_tells_only_those_who_are_new_and_not_those_who_are_gone(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "@olga: first.")
    comment = edit(cast, comment, "@olga and @pia: second.")
    assert {name: "second" in text for name, text in waiting().items()} == {"Olga": True, "Pia": True}
    comment = edit(cast, comment, "@pia: third.")
    assert set(waiting()) == {"Pia"}
    Mail.objects.filter(status="queued").update(status="sent", sent_at=NOW)
    edit(cast, comment, "@pia: fourth.")
    assert waiting() == {}
    assert Mail.objects.filter(recipient=cast.pia, status="sent").count() == 1


def test_withdrawn_it_keeps_its_place_loses_its_words_and_no_mail_goes_out(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "@olga: the password is swordfish.")
    withdrawn = actions.withdraw_comment(by=cast.theo, comment=comment, version=1, now=NOW)
    assert (withdrawn.text, withdrawn.withdrawn_at, withdrawn.mentioned.count()) == ("", NOW, 0)
    assert waiting() == {}
    assert verbs("gap") == ["gap.opened", "gap.commented", "gap.comment_withdrawn"]
    assert not [entry for entry in Entry.objects.all() if "swordfish" in f"{entry.before}{entry.after}{entry.reason}"]
    with refused(Refused, "It was withdrawn", rule="own-words"):
        edit(cast, withdrawn, "Again.")
    with refused(Refused, "It was withdrawn", rule="own-words"):
        actions.withdraw_comment(by=cast.theo, comment=withdrawn, version=2, now=NOW)


def test_only_who_wrote_it_changes_it(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "Mine.")
    for someone in (cast.mia, cast.olga):
        with refused(Refused, "Only who wrote it", rule="own-words"):
            edit(cast, comment, "Yours.", by=someone)
        with refused(Refused, "Only who wrote it", rule="own-words"):
            actions.withdraw_comment(by=someone, comment=comment, version=1, now=NOW)


def test_who_may_not_comment(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "Mine.")
    for someone, kind in ((cast.sam, NotVisible), (cast.vera, NotAllowed)):
        with refused(kind):
            write(cast, gap, "Me too.", by=someone)
        with refused(kind):
            edit(cast, comment, "Yours.", by=someone)
        with refused(kind):
            actions.withdraw_comment(by=someone, comment=comment, version=1, now=NOW)


def test_a_lost_race_changes_nothing_and_sent_twice_is_said_once(cast: Cast, gap: Gap) -> None:
    comment = write(cast, gap, "Mine.")
    assert write(cast, gap, "Mine.") == comment
    assert write(cast, gap, "Mine.", now=NOW + timedelta(hours=1)) != comment
    with refused(Conflict):
        edit(cast, comment, "Newer.", version=7)
    with refused(Conflict):
        actions.withdraw_comment(by=cast.theo, comment=comment, version=7, now=NOW)
    assert edit(cast, comment, "Mine.").edited_at is None


@pytest.mark.parametrize(("text", "sentence"), [(" \n", "Write something"), ("x" * 10_001, "At most 10,000")])
def test_words_that_say_nothing_or_too_much(cast: Cast, gap: Gap, text: str, sentence: str) -> None:
    with refused(WrongFields, sentence):
        write(cast, gap, text)


def test_on_the_page_it_is_markdown_and_only_its_author_finds_the_buttons(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    here = f"/gaps/{gap.pk}/"
    assert client.post(f"{here}comments/", {"text": "**Look**, @olga <script>"}).headers["Location"] == here
    comment = Comment.objects.get()
    text = client.get(here).text
    assert "<strong>Look</strong>" in text
    assert "&lt;script&gt;" in text
    assert "Mentioned: Olga Example" in text
    assert f"{here}comments/{comment.pk}/withdraw/" in text
    assert f"{here}comments/{comment.pk}/withdraw/" not in login(client, cast.olga).get(here).text
    assert "Write a comment" not in login(client, cast.vera).get(here).text


def test_with_htmx_the_comments_alone_are_drawn_anew(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    here = f"/gaps/{gap.pk}/comments/"
    text = client.post(here, {"text": "First."}, headers=HTMX).text
    assert text.lstrip().startswith('<section class="card" id="comments"')
    comment = Comment.objects.get()
    assert "First.</textarea>" in client.get(f"{here}{comment.pk}/", headers=HTMX).text
    wrong = client.post(f"{here}{comment.pk}/", {"version": 1, "text": ""}, headers=HTMX)
    assert (wrong.status_code, "Write something first." in wrong.text) == (422, True)
    assert client.post(f"{here}{comment.pk}/", {"version": 8, "text": "x"}, headers=HTMX).status_code == 409
    assert "Second." in client.post(f"{here}{comment.pk}/", {"version": 1, "text": "Second."}, headers=HTMX).text
    assert "Withdrawn" in client.post(f"{here}{comment.pk}/withdraw/", {"version": 2}, headers=HTMX).text
    assert client.post(here, {"text": " "}, headers=HTMX).status_code == 422


def test_whom_to_mention_is_asked_for_by_the_beginning_of_a_name(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    people = client.get(f"/gaps/{gap.pk}/whom/?q=ol").json()["people"]
    assert people == [{"name": "Olga Example", "handle": "olga@example.com"}]
    assert client.get(f"/gaps/{gap.pk}/whom/?q=sam").json()["people"] == []
    assert len(client.get(f"/gaps/{gap.pk}/whom/?q=exam").json()["people"]) >= 4


def test_many_comments_and_steps_cost_as_much_as_few_and_come_in_pages(cast: Cast, client: Client, gap: Gap) -> None:
    def more(first: int, last: int) -> None:
        for index in range(first, last):
            author = person(f"Author{index}")
            said = Comment.objects.create(
                gap=gap, author=author, text=f"Said {index}.", written_at=NOW + timedelta(minutes=index)
            )
            said.mentioned.add(author)
        for index in range(first, last):
            actions.add_step(by=cast.theo, gap=gap, text=f"Step {index}", now=NOW)

    login(client, cast.theo).get(f"/gaps/{gap.pk}/")
    more(0, 3)
    with CaptureQueriesContext(connection) as few:
        client.get(f"/gaps/{gap.pk}/")
    more(3, 34)
    with CaptureQueriesContext(connection) as many:
        text = client.get(f"/gaps/{gap.pk}/").text
    assert len(many) == len(few)
    assert len(many) <= 20
    assert text.index("Said 4.") < text.index("Said 33.")
    assert "Said 3." not in text.replace("Said 33.", "")
    assert "Said 3." in client.get(f"/gaps/{gap.pk}/comments/?page=2").text
