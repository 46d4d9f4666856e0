"""Markdown from people: it reads well, and it can do nothing."""

import re

import pytest
from django.template import Context, Template
from hypothesis import given, strategies as st

from readiness.face.markdown import rendered

ALLOWED = re.compile(
    r"</?(?:p|br|hr|strong|em|s|code|pre|blockquote|a|ul|ol|li|h[3-6]|table|thead|tbody|tr|th|td)"
    r'(?: (?:href|title|rel|start)="[^"<>]*")*>'
)


def inside(text: str) -> str:
    html = str(rendered(text))
    assert html.startswith('<div class="prose" hx-ignore>\n')
    assert html.endswith("</div>")
    return html.removeprefix('<div class="prose" hx-ignore>\n').removesuffix("</div>")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**What counts.** A query.", "<p><strong>What counts.</strong> A query.</p>"),
        ("- one\n- `two`", "<ul>\n<li>one</li>\n<li><code>two</code></li>\n</ul>"),
        ("# Title", "<h3>Title</h3>"),
        ("##### Small", "<h6>Small</h6>"),
        ("3. third", '<ol start="3">\n<li>third</li>\n</ol>'),
        ("```sh\nls <x>\n```", "<pre><code>ls &lt;x&gt;\n</code></pre>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        (
            "[wiki](https://wiki.example/a)",
            '<p><a href="https://wiki.example/a" rel="noopener noreferrer nofollow">wiki</a></p>',
        ),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert inside(text).strip() == html


def test_tables_are_known() -> None:
    assert "<td>1</td>" in inside("| a | b |\n|---|--:|\n| 1 | 2 |")


@pytest.mark.parametrize("text", ["", "  \n "])
def test_nothing_said_is_nothing_shown(text: str) -> None:
    assert rendered(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<div hx-get='/x' hx-trigger='load'>a</div>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:msgbox)",
        "![pixel](https://tracker.example/p.gif)",
        '[x](https://a.example "\\" onmouseover=alert(1) ")',
        "</div><form action=/x><button>Save</button></form>",
        "<style>*{display:none}</style>",
        '``` " onclick=alert(1)\ncode\n```',
        "<a href='https://a.example' onclick='x()'>a</a>",
    ],
)
def test_what_could_act_is_text_or_gone(text: str) -> None:
    html = inside(text)
    assert ALLOWED.sub("", html).count("<") == 0
    assert not re.search(r'href="(?!https?:|mailto:)', html)


@given(st.text(alphabet="<>&\"'`[]()!#*_-=:/\\ \nahrefxonscriptdivjavasc", max_size=200))
def test_whatever_is_written_nothing_but_reading_matter_comes_out(text: str) -> None:
    if html := str(rendered(text)):
        assert (
            ALLOWED.sub("", html.removeprefix('<div class="prose" hx-ignore>').removesuffix("</div>")).count("<") == 0
        )


def test_the_filter_is_built_in() -> None:
    assert "<em>so</em>" in Template("{{ text|markdown }}").render(Context({"text": "*so*"}))
