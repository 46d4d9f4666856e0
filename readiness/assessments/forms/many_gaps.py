"""What is said of many gaps at once: whose they are, until when, or a comment."""

from enum import StrEnum
from typing import Any

from django import forms
from django.utils import timezone

from readiness.assessments.actions import Until
from readiness.assessments.forms.fields import PersonField, day_input, offer
from readiness.assessments.people import People

WEEKS = (("", "or later by…"), ("1", "1 week"), ("2", "2 weeks"), ("4", "4 weeks"), ("8", "8 weeks"))


class What(StrEnum):
    REASSIGN = "reassign"
    EXTEND = "extend"
    COMMENT = "comment"


class ManyForm(forms.Form):
    """Only what belongs to `what` has to be there."""

    what = forms.ChoiceField(choices=[(what.value, what.value) for what in What])
    owner = PersonField(required=False, empty_label="Choose…")
    due_on = forms.DateField(required=False, label="Until", widget=day_input())
    weeks = forms.TypedChoiceField(required=False, choices=WEEKS, coerce=int, empty_value=None)
    reason = forms.CharField(required=False, max_length=2_000)
    text = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea)

    def __init__(self, *args: Any, people: People, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "owner", people)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        what = said.get("what")
        if what == What.REASSIGN and not said.get("owner") and not self.errors:
            raise forms.ValidationError("Choose who is to own them.")
        if what == What.EXTEND and not self.errors:
            self._check_day(said)
        return said

    def _check_day(self, said: dict[str, Any]) -> None:
        if bool(said.get("due_on")) == bool(said.get("weeks")):
            raise forms.ValidationError("Say until when: a day for all of them, or by how many weeks each.")
        if said["due_on"] and said["due_on"] < timezone.localdate():
            raise forms.ValidationError("That day has passed; choose today or later.")

    @property
    def until(self) -> Until:
        return Until(self.cleaned_data["due_on"], self.cleaned_data["weeks"] or 0)
