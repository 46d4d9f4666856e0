from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.actions import WrongFields
from readiness.assessments.actions.steps import MOST_STEPS
from readiness.assessments.models import Gap, Step
from readiness.history.models import Entry
from tests.assessments.small import refused, see, small, verbs
from tests.cast import NOW, Cast, login

HTMX = {"HX-Request": "true"}


@pytest.fixture
def gap(cast: Cast) -> Gap:
    small(cast, now=timezone.now())
    return actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=timezone.now())


def add(cast: Cast, gap: Gap, text: str, **changes: Any) -> Step:
    return actions.add_step(**{"by": cast.theo, "gap": gap, "text": text, "now": NOW, **changes})


def texts(gap: Gap) -> list[str]:
    steps = list(Step.objects.filter(gap=gap).order_by("position"))
    assert [step.position for step in steps] == list(range(1, len(steps) + 1))
    return [step.text for step in steps]


def test_steps_are_added_changed_ordered_ticked_and_removed_and_history_says_each(cast: Cast, gap: Gap) -> None:
    order, buy, run = (add(cast, gap, text) for text in ("Order", "  Buy\n it ", "Run"))
    assert texts(gap) == ["Order", "Buy it", "Run"]
    order = actions.edit_step(by=cast.olga, step=order, version=1, text="Order one", now=NOW)
    run = actions.move_step(by=cast.theo, step=run, version=1, places=-1, now=NOW)
    assert texts(gap) == ["Order one", "Run", "Buy it"]
    buy = actions.tick_step(by=cast.olga, step=buy, version=1, is_done=True, now=NOW)
    assert (buy.is_done, buy.done_by, buy.done_at) == (True, cast.olga, NOW)
    buy = actions.tick_step(by=cast.theo, step=buy, version=2, is_done=False, now=NOW)
    assert (buy.is_done, buy.done_by) == (False, None)
    actions.remove_step(by=cast.theo, step=order, version=2, now=NOW)
    assert texts(gap) == ["Run", "Buy it"]
    assert verbs("gap")[1:] == [
        *["gap.step_added"] * 3,
        "gap.step_edited",
        "gap.step_moved",
        "gap.step_done",
        "gap.step_undone",
        "gap.step_removed",
    ]
    assert Entry.objects.get(verb="gap.step_edited").changes == [("step", "Order", "Order one")]


def test_a_step_that_was_removed_is_put_back_where_it_stood(cast: Cast, gap: Gap) -> None:
    for text in ("A", "C"):
        add(cast, gap, text)
    add(cast, gap, "B", position=2)
    assert texts(gap) == ["A", "B", "C"]
    add(cast, gap, "Z", position=99)
    assert texts(gap) == ["A", "B", "C", "Z"]


def test_ticked_by_two_at_once_it_is_ticked_once(cast: Cast, gap: Gap) -> None:
    step = add(cast, gap, "Run")
    for person in (cast.theo, cast.olga):
        actions.tick_step(by=person, step=step, version=1, is_done=True, now=NOW)
    assert Step.objects.get().done_by == cast.theo
    assert verbs("gap").count("gap.step_done") == 1


def test_a_step_at_the_end_stays_there_and_nothing_is_written(cast: Cast, gap: Gap) -> None:
    step = add(cast, gap, "Run")
    for places in (-1, 1):
        assert actions.move_step(by=cast.theo, step=step, version=1, places=places, now=NOW).version == 1
    assert actions.edit_step(by=cast.theo, step=step, version=1, text="Run", now=NOW).version == 1
    assert verbs("gap") == ["gap.opened", "gap.step_added"]


def every(cast: Cast, step: Step, **who: Any) -> list[Any]:
    said: dict[str, Any] = {"by": cast.theo, "step": step, "version": step.version, "now": NOW} | who
    by: dict[str, Any] = {"by": said["by"], "now": NOW}
    return [
        lambda: actions.add_step(gap=step.gap, text="More", **by),
        lambda: actions.edit_step(text="Else", **said),
        lambda: actions.move_step(places=1, **said),
        lambda: actions.tick_step(is_done=True, **said),
        lambda: actions.remove_step(**said),
    ]


def test_who_may_not_plan_the_gap_changes_no_step(cast: Cast, gap: Gap) -> None:
    step = add(cast, gap, "Run")
    for person, kind in ((cast.sam, NotVisible), (cast.vera, NotAllowed), (cast.ada, NotAllowed)):
        for change in every(cast, step, by=person):
            with refused(kind):
                change()


def test_the_steps_of_a_closed_gap_stay_as_they_are(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail")
    step = add(cast, Gap.objects.get(), "Mend it")
    see(assessment)
    for change in every(cast, step):
        with refused(Refused, "This gap is closed"):
            change()


def test_a_lost_race_changes_nothing(cast: Cast, gap: Gap) -> None:
    step = add(cast, gap, "Run")
    add(cast, gap, "Rest")
    for change in every(cast, step, version=9)[1:]:
        with refused(Conflict):
            change()
    actions.remove_step(by=cast.olga, step=step, version=1, now=NOW)
    for change in every(cast, step)[1:]:
        with refused(Conflict, "Somebody else has removed this step"):
            change()


def test_words_that_say_nothing_or_too_much_are_no_step_and_there_is_an_end_to_them(cast: Cast, gap: Gap) -> None:
    for text, sentence in ((" ", "Say what is to be done"), ("x" * 301, "At most 300 characters")):
        with refused(WrongFields, sentence):
            add(cast, gap, text)
    Step.objects.bulk_create(Step(gap=gap, position=place + 1, text="Run") for place in range(MOST_STEPS))
    with refused(WrongFields, "at most 50 steps"):
        add(cast, gap, "One more")


def test_with_htmx_the_steps_alone_are_drawn_anew_and_what_happened_beside_them(
    cast: Cast, client: Client, gap: Gap
) -> None:
    login(client, cast.theo)
    text = client.post(f"/gaps/{gap.pk}/steps/", {"text": "Run it"}, headers=HTMX).text
    assert text.lstrip().startswith('<section class="card" id="steps"')
    assert "Run it" in text
    assert "autofocus" in text
    assert '<hx-partial hx-target="#gap-trail"' in text
    step = Step.objects.get()
    address = f"/gaps/{gap.pk}/steps/{step.pk}/"
    assert "1 of 1 done" in client.post(f"{address}tick/", {"version": 1, "is_done": "on"}, headers=HTMX).text
    assert "0 of 1 done" in client.post(f"{address}tick/", {"version": 2}, headers=HTMX).text
    assert 'name="version" value="3"' in client.get(address, headers=HTMX).text
    assert "Say what is to be done" in client.post(address, {"version": 3, "text": ""}, headers=HTMX).text
    assert "Run both" in client.post(address, {"version": 3, "text": "Run both"}, headers=HTMX).text
    removed = client.post(f"{address}remove/", {"version": 4}, headers=HTMX).text
    assert "Put it back" in removed
    again = client.post(f"{address}tick/", {"version": 4, "is_done": "on"}, headers=HTMX)
    assert (again.status_code, "somebody has removed it" in again.text) == (404, True)


def test_without_javascript_each_button_leads_back_to_the_page(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    here = f"/gaps/{gap.pk}/"
    for text in ("First", "Second"):
        assert client.post(f"{here}steps/", {"text": text}).headers["Location"] == here
    second = Step.objects.get(text="Second")
    client.post(f"{here}steps/{second.pk}/move/", {"version": 1, "to": "up"})
    assert texts(gap) == ["Second", "First"]
    wrong = client.post(f"{here}steps/", {"text": ""})
    assert (wrong.status_code, "Say what is to be done." in wrong.text) == (422, True)
    lost = client.post(f"{here}steps/{second.pk}/tick/", {"version": 1, "is_done": "on"})
    assert (lost.status_code, "Somebody else changed this" in lost.text) == (409, True)
    assert client.get(f"{here}steps/{second.pk}/").status_code == 200


def test_who_may_only_read_sees_the_steps_and_no_button(cast: Cast, client: Client, gap: Gap) -> None:
    add(cast, gap, "Run it")
    text = login(client, cast.vera).get(f"/gaps/{gap.pk}/").text
    assert "Run it" in text
    assert "/steps/" not in text
