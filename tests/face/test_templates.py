"""Rules that every template keeps, whoever wrote it: the content security policy would break what they forbid."""

import re
from pathlib import Path

import pytest

TEMPLATES = sorted(Path("templates").rglob("*.html"))
PAGES = [
    path for path in TEMPLATES if not {"reminders", "mail", "email"} & set(path.parts)
]  # those are mail: mail programs know no style sheets
ICONS = set(Path("static/icons.txt").read_text().split())
FORBIDDEN = {
    "an inline style": r"<[^>]+\sstyle\s*=|<style\b",
    "an inline script": r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>",
    "an inline handler": r"<[^>]+\son[a-z]+\s*=|\bhx-on\b",
    "an expression that needs eval": r"""hx-(?:vals|headers|confirm|config)(?::\w+)*=["']\s*js:|hx-trigger=["'][^"']*\[""",
    "Tabler's JavaScript, which is not served": r"\bdata-bs-toggle\b",
    "an address elsewhere": r"""<(?:script|link|img|iframe)[^>]+(?:src|href)=["'](?:https?:)?//""",
}


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_a_template_holds_nothing_the_policy_forbids(path: Path) -> None:
    text = path.read_text()
    assert [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize("path", PAGES, ids=str)
def test_every_icon_named_in_a_template_is_shipped(path: Path) -> None:
    named = set(re.findall(r'{%\s*icon\s+"([^"]+)"', path.read_text()))
    named |= set(re.findall(r'icon_name="([^"]+)"', path.read_text()))
    assert named - ICONS == set()
