"""Asking for an exception, and deciding on it."""

from typing import Any

from django import forms

from readiness.assessments.forms.fields import RefusableForm, day_input
from readiness.assessments.models import Waiver
from readiness.assessments.rules import WAIVER_LONGEST


class RequestForm(RefusableForm):
    reason = forms.CharField(widget=forms.Textarea, label="Why it can't be met in time")
    mitigation = forms.CharField(
        widget=forms.Textarea,
        label="What keeps the risk small meanwhile",
        help_text="Limits, extra eyes, a switch to turn it off.",
    )
    ends_on = forms.DateField(
        label="Ends on",
        widget=day_input(),
        help_text=f"The first day on which it no longer counts, {WAIVER_LONGEST.days} days from today at most.",
    )

    @classmethod
    def as_before(cls, running: Waiver | None) -> dict[str, str]:
        """A renewal begins with the words of the one that runs."""
        return {"reason": running.reason, "mitigation": running.mitigation} if running else {}


class DecideForm(RefusableForm):
    """`decision` is the button that was pressed."""

    decision = forms.ChoiceField(choices=[("approve", "Approve"), ("refuse", "Refuse")], widget=forms.HiddenInput)
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 2}), label="Note")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["decision"].error_messages = {
            "required": "Approve or refuse.",
            "invalid_choice": "Approve or refuse.",
        }

    @property
    def is_approved(self) -> bool:
        return bool(self.cleaned_data["decision"] == "approve")


class RevokeForm(RefusableForm):
    note = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        label="Why it ends early",
        error_messages={"required": "Say why it ends early."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
