"""What people write about people and teams."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from readiness.accounts import policy, reach, time_zones
from readiness.accounts.models import Team, User
from readiness.accounts.rules import Action, Role

GIVEN_BY_HAND: list[Role] = [role for role in Role if role is not Role.EXTERNAL]
"""Outside reviewers are invited where their review is scheduled."""


class FirstRunForm(forms.Form):
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 10 characters; a few words that belong to nobody else are best.",
    )
    password_again = forms.CharField(
        label="Password, again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        password = given.get("password", "")
        if password and given.get("password_again") not in {None, password}:
            self.add_error("password_again", "This differs from the password above.")
        try:
            validate_password(password, User(name=given.get("name", ""), email=given.get("email", "")))
        except ValidationError as error:
            if password:
                self.add_error("password", error)
        return given


class ProfileForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    title = forms.CharField(max_length=120, required=False, help_text="What you do, for those who don’t know you yet.")
    time_zone = forms.ChoiceField(
        choices=time_zones.choices, help_text="Dates on every page, and the hour of your daily mail, go by it."
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = person.time_zone
        if not any(own == value or own in dict(zones or ()) for value, zones in _groups()):
            # An older name of a zone, from an import: it stays what it is until another is chosen.
            self.fields["time_zone"].choices = [(own, own), *time_zones.choices()]  # type: ignore[attr-defined]


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    return [(value, inner if isinstance(inner, list) else []) for value, inner in time_zones.choices()]


class _RoleForm(forms.Form):
    """A role and where it counts, as far as `by` may give it."""

    role = forms.ChoiceField()
    team = forms.ModelChoiceField(
        Team.objects.none(), label="Where", required=False, empty_label="The whole organisation"
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_administrator = any(grant.role == Role.ADMIN for grant in by.live_grants())
        roles: list[Role] = [role for role in GIVEN_BY_HAND if role is not Role.ADMIN or is_administrator]
        self.fields["role"].choices = self.role_choices(by, roles)  # type: ignore[attr-defined]
        teams = self.fields["team"]
        assert isinstance(teams, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        teams.queryset = reach.managed_teams(by)
        if not policy.is_everywhere(by, Action.MANAGE_PEOPLE):
            teams.required, teams.empty_label = True, None

    def role_choices(self, by: User, roles: list[Role]) -> list[tuple[str, str]]:  # noqa: ARG002 - the invitation asks
        return [(role.value, role.label) for role in reversed(roles)]

    def clean_role(self) -> Role | None:
        value = self.cleaned_data["role"]
        return Role(value) if value else None


class GrantForm(_RoleForm):
    pass


class InvitationForm(_RoleForm):
    name = forms.CharField(max_length=120)
    email = forms.EmailField(max_length=254)
    field_order = ("name", "email", "role", "team")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        self.fields["role"].required = not policy.is_everywhere(by, Action.MANAGE_PEOPLE)

    def role_choices(self, by: User, roles: list[Role]) -> list[tuple[str, str]]:
        choices = super().role_choices(by, roles)
        if policy.is_everywhere(by, Action.MANAGE_PEOPLE):
            choices.append(("", "No role: sees what names them"))
        return choices


class PeopleFilter(forms.Form):
    """All optional; a value that is none is as if it were not there."""

    q = forms.CharField(required=False, max_length=100)
    role = forms.ChoiceField(required=False, choices=[("", "Any role"), *((role.value, role.label) for role in Role)])
    state = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Active and invited"),
            ("invited", "Invited"),
            ("unreachable", "Mail comes back"),
            ("inactive", "Deactivated"),
            ("all", "Everybody"),
        ],
    )


class TeamForm(forms.Form):
    name = forms.CharField(max_length=120)
    description = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What this team looks after.",
    )


class TeamEditForm(TeamForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class AccountStateForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=500, required=False)


class NewViewForm(forms.Form):
    """The filters of a list as they stand in its address, under a name."""

    name = forms.CharField(max_length=60, error_messages={"required": "Give it a name by which you will know it."})
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)
    replaces = forms.BooleanField(required=False, label="Replace the view that has this name")


class ViewForm(forms.Form):
    name = forms.CharField(max_length=60, error_messages={"required": "Give it a name by which you will know it."})
    is_first = forms.BooleanField(required=False, label="Open the list with this view")
    version = forms.IntegerField(widget=forms.HiddenInput)


class AddressForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    email = forms.EmailField(max_length=254, label="New address")
