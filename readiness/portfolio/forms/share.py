"""What is said of a link to be made. The action judges it."""

from typing import Any

from django import forms

from readiness.assessments.forms.fields import RefusableForm
from readiness.portfolio.sharing.actions import LASTS, LONGEST_NAME


class ShareForm(RefusableForm):
    name = forms.CharField(
        max_length=LONGEST_NAME,
        label="What is it for?",
        help_text="Stands above the figures, and in the list below.",
    )
    days = forms.TypedChoiceField(coerce=int, choices=list(LASTS.items()), label="Ends after", initial=7)
    query = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "days", "query")}


class RevokeForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
