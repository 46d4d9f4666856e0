"""What a person may say about gaps. `version` is the one the form was shown with, for compare-and-swap."""

from typing import Any, Self

from django import forms

from readiness.assessments.forms.fields import PersonField, RefusableForm, day_input, offer
from readiness.assessments.models import Gap
from readiness.assessments.people import People


class PlanForm(RefusableForm):
    owner = PersonField(required=False, help_text="Answers for it, and gets the reminders.")
    due_on = forms.DateField(required=False, label="Due", widget=day_input())
    plan = forms.CharField(
        required=False, widget=forms.Textarea, help_text="What will be done, in a few lines. Markdown."
    )
    reason = forms.CharField(
        required=False, max_length=2_000, label="Why later", help_text="Only when the date moves later."
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, people: People, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "owner", people)

    @classmethod
    def of(cls, gap: Gap, *, people: People) -> Self:
        values = {"owner": gap.owner_id, "due_on": gap.due_on, "plan": gap.plan, "version": gap.version}
        return cls(initial=values, people=people, auto_id=f"gap_{gap.pk}_%s")


class RowForm(PlanForm):
    """The same in a row of the register: owner and date only, the plan stays as it is."""

    plan = None  # type: ignore[assignment]  # Django's way to leave a field out


class MoveForm(forms.Form):
    """A move that needs no words."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ProposeForm(MoveForm):
    note = forms.CharField(
        required=False, widget=forms.Textarea, label="What was done", help_text="For whoever verifies it. Optional."
    )


class SendBackForm(MoveForm):
    reason = forms.CharField(
        widget=forms.Textarea, label="What is still missing", error_messages={"required": "Say what is still missing."}
    )
