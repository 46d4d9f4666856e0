"""The launch plan as rows that can be added and left empty; an empty row says nothing."""

from collections.abc import Mapping
from typing import Any

from django import forms

from readiness.accounts.models import User
from readiness.assessments import launch
from readiness.assessments.forms.fields import PersonField, RefusableForm, offer
from readiness.assessments.launch import Audience, Step, Threshold
from readiness.assessments.models import LaunchPlan
from readiness.assessments.people import People
from readiness.assessments.promql.thresholds import LONGEST_METRIC, metric_of

MOST_ROWS = 30
SPARE = {"audiences": 1, "ramp": 2}
"""Empty rows a part has when it has none yet."""
FIRST: Mapping[str, list[dict[str, Any]]] = {"thresholds": [{"action": action} for action in launch.DIRECTIONS]}
"""What stands in them: one threshold for each direction is the least a plan needs."""


class AudienceForm(forms.Form):
    who = forms.CharField(required=False, max_length=120)
    when = forms.CharField(required=False, max_length=120)
    channel = forms.CharField(required=False, max_length=120)

    def row(self) -> Audience:
        said = self.cleaned_data
        return Audience(who=said.get("who", ""), when=said.get("when", ""), channel=said.get("channel", ""))


class StepForm(forms.Form):
    percent = forms.IntegerField(required=False, min_value=1, max_value=100)
    hold_minutes = forms.IntegerField(required=False, min_value=1, max_value=60 * 24 * 30, label="Hold, minutes")
    metric = forms.CharField(required=False, max_length=160)

    def row(self) -> Step:
        said = self.cleaned_data
        return Step(
            percent=said.get("percent") or 0, hold_minutes=said.get("hold_minutes") or 0, metric=said.get("metric", "")
        )


class ThresholdForm(forms.Form):
    metric = forms.CharField(
        required=False, max_length=LONGEST_METRIC, widget=forms.Textarea, label="Metric, or a query to Prometheus"
    )
    limit = forms.CharField(required=False, max_length=120)
    action = forms.ChoiceField(required=False, choices=[(action, action.capitalize()) for action in launch.DIRECTIONS])

    def clean_metric(self) -> str:
        """In one line. What is meant as a query has to be one."""
        written = " ".join(str(self.cleaned_data["metric"]).split())
        if problem := metric_of(written).problem:
            raise forms.ValidationError(f"{problem} Write a query that Prometheus takes, or plain words.")
        return written

    def row(self) -> Threshold:
        said = self.cleaned_data
        return Threshold(
            metric=said.get("metric", ""), limit=said.get("limit", ""), action=said.get("action") or launch.ROLL_BACK
        )

    def has_changed(self) -> bool:
        """The choice alone, which always has a value, makes no row."""
        return any(name != "action" for name in self.changed_data)


ROWS: Mapping[str, type[forms.Form]] = {"audiences": AudienceForm, "ramp": StepForm, "thresholds": ThresholdForm}


class WholeForm(RefusableForm):
    decider = PersonField(required=False, label="Who decides", help_text="One person. They say go on or roll back.")
    note = forms.CharField(
        required=False,
        widget=forms.Textarea,
        label="Anything else",
        help_text="Markdown. With a time, say where it is that time.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class LaunchForm:
    """The plan's parts together. `add` names the part whose "add a row" button was pressed: then nothing is saved."""

    def __init__(self, plan: LaunchPlan | None, people: People, posted: Mapping[str, Any] | None = None) -> None:
        self.add = str(posted.get("add", "")) if posted else ""
        initial = {
            "version": plan.version if plan else 0,
            "decider": plan.decider_id if plan else None,
            "note": plan.note if plan else "",
        }
        self.whole = WholeForm(posted, initial=initial)
        offer(self.whole, "decider", people)
        self.parts = {name: self._part(name, plan, posted) for name in ROWS}

    def _part(self, name: str, plan: LaunchPlan | None, posted: Mapping[str, Any] | None) -> Any:
        rows = (list(getattr(plan, name)) if plan else []) or FIRST.get(name, [])
        factory = forms.formset_factory(
            ROWS[name], extra=0 if rows else SPARE[name], max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True
        )
        if posted is None:
            return factory(initial=rows, prefix=name)
        if self.add == name:
            posted = _with_one_more(posted, name)
        return factory(posted, prefix=name)

    def is_valid(self) -> bool:
        return all([self.whole.is_valid(), *(part.is_valid() for part in self.parts.values())])

    @property
    def arguments(self) -> dict[str, Any]:
        """What `save_launch_plan` takes, without the rows that say nothing."""
        said = self.whole.cleaned_data
        rows = {name: [form.row() for form in part if form.has_changed()] for name, part in self.parts.items()}
        decider: User | None = said["decider"]
        return {**rows, "decider": decider, "note": said["note"], "version": said["version"]}


def _with_one_more(posted: Mapping[str, Any], name: str) -> Any:
    """The form as it was sent, with an empty row at the end of one part."""
    more = posted.copy()  # type: ignore[attr-defined]  # a QueryDict
    total = more.get(f"{name}-TOTAL_FORMS", "0")
    more[f"{name}-TOTAL_FORMS"] = str(min(int(total) + 1 if total.isdecimal() else 1, MOST_ROWS))
    return more
