from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import time_machine
from django import forms
from django.template import engines
from django.utils import timezone

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def render(template: str, context: Mapping[str, object] | None = None) -> str:
    return " ".join(engines["django"].from_string(template).render(dict(context or {})).split())


def test_a_badge_has_icon_word_and_tone() -> None:
    html = render('{% status_badge "not_met" gate="hard" %}')
    assert 'class="badge tone-bad"' in html
    assert "icons.svg#circle-x" in html
    assert "Not met" in html


def test_a_badge_may_say_another_word() -> None:
    assert "Verified" in render('{% status_badge "met" word="Verified" %}')


def test_an_icon_alone_is_named_for_screen_readers() -> None:
    assert 'aria-label="Stale"' in render('{% status_icon "stale" %}')
    assert 'aria-hidden="true"' in render('{% icon "flag" %}')


def test_what_people_wrote_is_escaped() -> None:
    someone = SimpleNamespace(name="<b>Mallory</b>", __str__=lambda: "")
    html = render(
        '{% person user %}{% heat_cell "met" text word "/x" %}', {"user": someone, "text": "<i>", "word": '"'}
    )
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;Mallory" in html
    assert 'title="&quot;"' in html


@pytest.mark.parametrize(
    ("name", "initials"),
    [("Noor Haddad", "NH"), ("ines okafor-lindqvist", "IL"), ("Cher", "C"), ("noor.haddad@example.com", "NH")],
)
def test_initials_are_first_and_last(name: str, initials: str) -> None:
    user = SimpleNamespace(get_full_name=lambda: name, name=name)
    assert f">{initials}</span>" in render("{% person user %}", {"user": user})


def test_nobody_is_said_in_words() -> None:
    assert "No owner" in render("{% person None %}")
    assert "Unassigned" in render('{% person None empty="Unassigned" %}')


@time_machine.travel(NOW, tick=False)
def test_overdue_is_red_has_an_icon_and_says_so_unless_done() -> None:
    late = {"day": date(2026, 3, 7)}
    assert "due--overdue" in render("{% due day %}", late)
    assert "3 days overdue" in render("{% due day %}", late)
    assert render("{% due day done=True %}", late).endswith("3 days ago</time>")


@time_machine.travel(NOW, tick=False)
def test_the_exact_time_is_in_the_readers_zone() -> None:
    with timezone.override("Asia/Tokyo"):
        html = render("{% when moment %}", {"moment": datetime(2026, 3, 10, 9, 30, tzinfo=UTC)})
    assert 'title="Tue 10 Mar 2026, 18:30 JST"' in html
    assert "2 h ago" in html
    assert 'datetime="2026-03-10T09:30:00+00:00"' in html


@time_machine.travel(datetime(2026, 3, 10, 23, 30, tzinfo=UTC), tick=False)
def test_due_counts_the_readers_days() -> None:
    with timezone.override("Asia/Tokyo"):
        assert "1 day overdue" in render("{% due day %}", {"day": date(2026, 3, 10)})
    assert "today" in render("{% due day %}", {"day": date(2026, 3, 10)})


@pytest.mark.parametrize("tag", ["when", "day", "due"])
def test_no_date_is_said_in_words(tag: str) -> None:
    assert render(f'{{% {tag} None empty="nothing yet" %}}').endswith("nothing yet</span>")


def test_the_standing_bar_is_read_out_and_fills_its_width() -> None:
    html = render("{% standing_bar met=3 hard=1 %}")
    assert 'aria-label="3 met, 1 hard gates open"' in html
    assert 'class="fill-good" x="0.00" width="74.40"' in html
    assert 'class="fill-bad" x="75.00" width="24.40"' in html
    assert "no items yet" in render("{% standing_bar %}")


class PlanForm(forms.Form):
    owner = forms.CharField(help_text="Who does it.")
    note = forms.CharField(required=False, widget=forms.Textarea)


def test_a_field_ties_label_help_and_error_to_its_input() -> None:
    html = render("{% field form.owner %}", {"form": PlanForm({})})
    assert '<label class="form-label" for="id_owner">' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_owner_helptext id_owner_error"' in html
    assert 'id="id_owner_error"' in html
    assert "This field is required." in html


def test_an_optional_field_says_so_and_takes_attributes() -> None:
    html = render('{% field form.note rows=7 data_kind="plan" %}', {"form": PlanForm()})
    assert "optional" in html
    assert 'rows="7"' in html
    assert 'data-kind="plan"' in html
    assert "optional" not in render("{% field form.note optional=False %}", {"form": PlanForm()})
