from typing import Any

from django import forms

from readiness.accounts.models import User
from readiness.accounts.reach import seen_teams
from readiness.assessments.forms.fields import PersonField, RefusableForm, day_input, offer


class AwayForm(RefusableForm):
    away_from = forms.DateField(required=False, label="First day", widget=day_input())
    away_until = forms.DateField(required=False, label="Last day", widget=day_input())
    deputy = PersonField(
        required=False,
        label="Who gets your digest",
        empty_label="Choose a person",
        help_text="It stands in their own mail, under your name, at their hour. They must see the services that it speaks of.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = seen_teams(person).values_list("pk", flat=True)
        offer(self, "deputy", User.objects.active().in_teams(teams).exclude(pk=person.pk).order_by("name", "email"))


class ComeBackForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
