from typing import Any

from django import forms

from readiness.assessments.forms.fields import PersonField, RefusableForm, offer
from readiness.assessments.people import People


class MetricOwnerForm(RefusableForm):
    metric = forms.CharField(
        max_length=200,
        label="The metric",
        help_text="What counts the thing the service exists to do: orders placed, messages sent.",
    )
    owner = PersonField(label="Who owns it", empty_label="Choose a person")
    normal = forms.CharField(
        widget=forms.Textarea,
        label="What is normal",
        help_text="A range, and when it is lower: 40 to 60 a minute by day, 5 at night.",
    )

    def __init__(self, *args: Any, people: People, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "owner", people)
