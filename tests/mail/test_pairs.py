"""Every mail is a pair of templates: plain text, and HTML that can be read on a telephone and in the dark."""

import re
from pathlib import Path

import pytest
from django.test import Client

from readiness.mail.models import Mail
from tests.cast import Cast

TEMPLATES = Path("templates")
FOLDERS = {"mail", "email", "reminders"}
TEXTS = sorted(
    path
    for path in TEMPLATES.rglob("*.txt")
    if path.parent.name in FOLDERS and not path.name.endswith("_subject.txt") and path.name != "base_message.txt"
)
HEAD = "mail/_letter_head.html"


def test_there_are_mails() -> None:
    assert len(TEXTS) >= 10


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_a_mail_in_plain_text_has_its_html_beside_it(path: Path) -> None:
    assert path.with_suffix(".html").exists()


@pytest.mark.parametrize("path", TEXTS, ids=str)
def test_the_html_of_a_mail_has_the_head_that_knows_telephones_and_the_dark(path: Path) -> None:
    assert HEAD in "".join(_with_parents(path.with_suffix(".html")))


def _with_parents(path: Path) -> list[str]:
    text = path.read_text()
    found = [text]
    for name in re.findall(r'{%\s*(?:extends|include)\s+"([^"]+)"', text):
        found += [name, *_with_parents(TEMPLATES / name)]
    return found


@pytest.mark.parametrize("folder", sorted({path.parent for path in TEXTS if path.parent.name == "mail"}), ids=str)
def test_html_without_plain_text_is_no_mail(folder: Path) -> None:
    whole = [path for path in folder.glob("*.html") if not path.name.startswith("_")]
    assert [path.name for path in whole if not path.with_suffix(".txt").exists()] == []


@pytest.mark.django_db
def test_a_new_password_comes_in_both_forms_with_the_same_link(client: Client, cast: Cast) -> None:
    client.post("/accounts/password/reset/", {"email": cast.theo.email})
    mail = Mail.objects.get(recipient=cast.theo)
    [link] = re.findall(r"http\S+/accounts/password/reset/key/\S+", mail.text)
    assert f'href="{link}"' in mail.html
    assert "Choose a new password" in mail.html
