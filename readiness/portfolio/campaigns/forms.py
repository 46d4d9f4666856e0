"""What is said of a campaign. The action judges it; the form offers what this person may choose."""

from typing import Any

from django import forms
from django.http import QueryDict

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.reach import managed_people
from readiness.accounts.rules import Action
from readiness.assessments.forms.fields import PersonField, RefusableForm, day_input
from readiness.catalog.models import Tier
from readiness.catalog.rules import Trait
from readiness.portfolio.campaigns.actions import LONGEST_NAME, Said
from readiness.portfolio.campaigns.picking import What, pickable
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.models import Campaign

ANY = "None chosen: all of them."


class SaidForm(RefusableForm):
    name = forms.CharField(
        max_length=LONGEST_NAME, help_text="What is to be true in the end: “Every service exports p99”."
    )
    why = forms.CharField(
        required=False, widget=forms.Textarea, help_text="What people ask first when they are asked for work. Markdown."
    )
    due_on = forms.DateField(label="Until", widget=day_input())
    owner = PersonField(
        empty_label="Choose somebody", help_text="Answers for the whole; each service has its own people."
    )
    teams = forms.ModelMultipleChoiceField(Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
    tiers = forms.TypedMultipleChoiceField(
        coerce=int, choices=Tier.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=ANY
    )
    traits = forms.MultipleChoiceField(
        choices=[(trait.value, trait.label) for trait in Trait],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Services that are one of these. None chosen: all of them.",
    )

    def __init__(self, typed: QueryDict | None, *, by: User, **options: Any) -> None:
        super().__init__(typed, **options)
        is_everywhere = policy.is_everywhere(by, Action.RUN_CAMPAIGN)
        mine = Team.objects.all() if is_everywhere else Team.objects.filter(pk__in=_teams(by))
        teams: Any = self.fields["teams"]
        teams.queryset, teams.required = mine, not is_everywhere
        teams.help_text = ANY if is_everywhere else "Those that you manage."
        teams.error_messages["required"] = "Choose at least one of your teams."
        teams.error_messages["invalid_choice"] = "Choose among the teams that you may run a campaign in."
        people: Any = self.fields["owner"]
        people.queryset = (
            (managed_people(by).active() | User.objects.filter(pk=by.pk)).distinct().order_by("name", "email")
        )

    @property
    def said(self) -> Said:
        typed = self.cleaned_data
        scope = Scope(
            tuple(sorted(team.pk for team in typed["teams"])),
            tuple(sorted(typed["tiers"])),
            tuple(sorted(typed["traits"])),
        )
        return Said(typed["name"], typed["why"], scope, typed["due_on"], typed["owner"])


def _teams(by: User) -> set[int]:
    return policy.teams_where(by, Action.RUN_CAMPAIGN)


class StartForm(SaidForm):
    what = forms.ChoiceField(
        label="What is to be met",
        error_messages={"required": "Choose an item.", "invalid_choice": "Choose from the list."},
    )

    def __init__(self, typed: QueryDict | None, *, by: User, what: str = "") -> None:
        super().__init__(typed, by=by, initial={"owner": by.pk, "what": what})
        choices: Any = self.fields["what"]
        choices.choices = [("", "Choose an item or one check of it"), *_grouped(pickable())]

    @property
    def keys(self) -> tuple[str, str]:
        item, _, criterion = self.cleaned_data["what"].partition("/")
        return item, criterion


def _grouped(choices: list[What]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Under each item's title: all of it, and each of its checks."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in choices:
        groups.setdefault(one.item_title, []).append((one.value, one.words))
    return list(groups.items())


class EditForm(SaidForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def of(cls, campaign: Campaign, *, by: User) -> "EditForm":
        stands = {name: getattr(campaign, name) for name in ("name", "why", "due_on", "version")}
        return cls(None, by=by, initial=stands | {"owner": campaign.owner_id} | campaign.scope)


class EndForm(RefusableForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea,
        label="How it went",
        help_text="For whoever reads it later. Optional.",
    )
