"""What a person may say about a service, for registering and for editing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.policy import Conflict
from readiness.accounts.rules import Action
from readiness.assessments.queries import house_day
from readiness.catalog import rules
from readiness.catalog.actions import PEOPLE, WrongFields
from readiness.catalog.models import Lifecycle, Service, Tier
from readiness.catalog.rules import ENDPOINT_GROUPS, ENDPOINTS, EndpointKind, Trait
from readiness.checks.connections import connected
from readiness.checks.sources import KINDS, Connection
from readiness.portfolio.forms.endpoints import useless

TIER_WORDS = {
    Tier.CRITICAL: "Customers or money suffer at once when it is down.",
    Tier.HIGH: "An important function is lost; people notice within the hour.",
    Tier.MEDIUM: "Work goes on with some trouble for a day.",
    Tier.LOW: "Nobody outside the team would notice for days.",
}
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
FARTHEST_GO_LIVE = timedelta(days=5 * 366)
SOURCES_OF_GROUP = {
    "Monitoring": ("prometheus", "alertmanager", "loki", "traces"),
    "On call": ("pager",),
    "Delivery and release": ("code_host", "aws_secrets", "vault"),
}
PLAIN = (
    *("name", "team", "description", "tier", "lifecycle", *PEOPLE, "go_live_on", "traits", "repository"),
    "is_badge_public",
)


def teams_to_register_in(user: User | AnonymousUser) -> Iterable[Team]:
    if not isinstance(user, User):
        return Team.objects.none()
    if policy.is_everywhere(user, Action.CREATE_SERVICE):
        return Team.objects.all()
    return Team.objects.filter(pk__in=policy.teams_where(user, Action.CREATE_SERVICE))


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=User.objects.active(), required=False, empty_label="Nobody yet", **options)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.email}"


class ServiceForm(forms.Form):
    """`service_fields` and `needs` are what the actions take. `go_live_stood` is the day that stands there now."""

    name = forms.CharField(max_length=160, help_text="What people call it.")
    team = forms.ModelChoiceField(queryset=Team.objects.none(), empty_label="Choose a team")
    description = forms.CharField(
        widget=forms.Textarea, required=False, help_text="What it does and for whom, in two sentences. Markdown."
    )
    tier = forms.TypedChoiceField(
        coerce=int,
        choices=[(tier.value, format_html("<strong>{}</strong> {}", tier.label, TIER_WORDS[tier])) for tier in Tier],
        initial=Tier.MEDIUM.value,
        widget=forms.RadioSelect,
        help_text="What happens when it is down. The tier decides which items are hard gates.",
    )
    lifecycle = forms.ChoiceField(choices=Lifecycle.choices, initial=Lifecycle.PROTOTYPE.value)
    tech_lead = PersonField(help_text="Owns the checklist of this service and leads its review.")
    on_call = PersonField(help_text="Is woken when it breaks.", label="On-call")
    platform_owner = PersonField(help_text="Owns the layer below: clusters, networks, databases.")
    go_live_on = forms.DateField(
        required=False, widget=DATE, label="Go-live", help_text="The review belongs two to three weeks before."
    )
    traits = forms.MultipleChoiceField(
        required=False,
        choices=[(trait.value, format_html("<strong>{}</strong> {}", trait.label, trait.help)) for trait in Trait],
        widget=forms.CheckboxSelectMultiple,
        help_text="They decide which items count for this service.",
    )
    dependencies = forms.CharField(
        required=False,
        widget=forms.Textarea,
        help_text="What it needs to work, one a line: the short name of a service, or what a thing from elsewhere is called.",
    )
    repository = forms.CharField(max_length=400, required=False, help_text="https://github.com/example/checkout")

    is_badge_public = forms.BooleanField(
        required=False,
        label="The badge is public",
        help_text="Whoever knows its address, signed in or not, then sees “go”, “conditional go” or “no-go”, and nothing else.",
    )

    def __init__(
        self,
        *args: Any,
        user: User | AnonymousUser,
        teams: Iterable[Team],
        go_live_stood: date | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.go_live_stood = go_live_stood
        self.fields["team"].queryset = teams  # type: ignore[attr-defined]  # a ModelChoiceField
        for endpoint in ENDPOINTS.values():
            is_list = endpoint.kind is EndpointKind.ADDRESSES
            self.fields[endpoint.name] = forms.CharField(
                required=False,
                label=endpoint.label,
                help_text=endpoint.help,
                max_length=rules.LONGEST_ADDRESS * (rules.MOST_ADDRESSES if is_list else 1),
                widget=forms.Textarea() if is_list else forms.TextInput(attrs={"placeholder": endpoint.example}),
            )

    @property
    def endpoint_groups(self) -> list["EndpointGroup"]:
        sources = connected()
        return [
            EndpointGroup(title, [self[name] for name in names], _inherited(title, sources), is_first=not place)
            for place, (title, names) in enumerate(ENDPOINT_GROUPS.items())
        ]

    def clean(self) -> dict[str, Any]:
        """The same rules as the action's, here so that every wrong field is named at once."""
        cleaned = super().clean() or self.cleaned_data
        plain = {name: cleaned[name] for name in ("repository",) if name in cleaned}
        for field, sentence in rules.service_problems({**plain, "endpoints": self._endpoints()}).items():
            self.add_error(field, sentence)
        for field, sentence in useless(self._endpoints()):
            self.add_error(field, sentence)
        return cleaned

    def clean_go_live_on(self) -> date | None:
        """A day that was typed lies ahead; one that passed by stays as it is."""
        day: date | None = self.cleaned_data["go_live_on"]
        today = house_day(timezone.now())
        if day is None or day == self.go_live_stood:
            return day
        if day < today:
            raise forms.ValidationError("This day has passed; name today or a day to come, or leave it empty.")
        if day > today + FARTHEST_GO_LIVE:
            raise forms.ValidationError("This is more than five years ahead; is the year right?")
        return day

    def _endpoints(self) -> dict[str, rules.EndpointValue]:
        said = {name: self.cleaned_data.get(name, "") for name in ENDPOINTS}
        return {
            name: _lines(value) if ENDPOINTS[name].kind is EndpointKind.ADDRESSES else value
            for name, value in said.items()
            if value
        }

    @property
    def needs(self) -> list[str]:
        """The dependencies, one a line."""
        return _lines(self.cleaned_data["dependencies"])

    @property
    def service_fields(self) -> dict[str, Any]:
        values = {name: self.cleaned_data[name] for name in PLAIN if name in self.cleaned_data}
        return {**values, "endpoints": self._endpoints()}

    def take_refusal(self, refusal: policy.Refused) -> None:
        """Shows what an action refused where it belongs."""
        if not isinstance(refusal, WrongFields):
            self.add_error(None, refusal.sentence)
            return
        for field, sentence in refusal.problems.items():
            self.add_error(field if field in self.fields else None, sentence)


@dataclass(frozen=True, slots=True)
class EndpointGroup:
    """Fields that belong together, folded away while nothing stands in them. `inherited`: what the organisation says."""

    title: str
    fields: Sequence[forms.BoundField]
    inherited: Sequence[str]
    is_first: bool

    @property
    def filled(self) -> int:
        return sum(bool(field.value()) for field in self.fields)

    @property
    def is_open(self) -> bool:
        return self.is_first or any(field.value() or field.errors for field in self.fields)


def _inherited(title: str, sources: Mapping[str, Connection]) -> list[str]:
    """`Prometheus at https://…`, for the sources that a group of fields is about."""
    about = [sources[kind] for kind in SOURCES_OF_GROUP.get(title, ()) if kind in sources]
    return [f"{KINDS[one.kind].called(one.flavour)} at {one.address}" for one in about]


class RegisterForm(ServiceForm):
    slug = forms.CharField(
        max_length=rules.LONGEST_SLUG,
        required=False,
        label="Short name",
        help_text="Small letters, digits, hyphens; stands in addresses and never changes. Left empty, it is made from the name.",
    )
    new_team = forms.CharField(
        max_length=120,
        required=False,
        label="… or a new team",
        help_text="You will lead it unless you are an administrator.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["team"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["slug"] = cleaned.get("slug") or rules.slug_of(cleaned.get("name", ""))
        if "name" in cleaned and (problem := rules.slug_problem(cleaned["slug"])):
            self.add_error("slug", problem)
        if "team" in cleaned and bool(cleaned["team"]) == bool(cleaned.get("new_team")):
            both = cleaned["team"] is not None
            self.add_error(
                "team", "Choose a team or name a new one, not both." if both else "A service belongs to a team."
            )
        return cleaned

    @property
    def arguments(self) -> dict[str, Any]:
        """What `registration.register` takes."""
        own = {name: self.cleaned_data[name] for name in ("slug", "new_team")}
        return {**self.service_fields, **own, "dependencies": self.needs}


class EditForm(ServiceForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    differences: Sequence["Difference"] = ()

    @classmethod
    def of(cls, service: Service, *, user: User | AnonymousUser) -> "EditForm":
        return cls(initial=said_of(service), user=user, teams=teams_for(service, user))

    def after(self, conflict: Conflict) -> "EditForm":
        """What was typed, to be saved over what stands there now: somebody else wrote first, and `differences` shows it."""
        current = conflict.current
        typed = cast("QueryDict", self.data).copy()
        typed["version"] = str(getattr(current, "version", ""))
        form = EditForm(
            typed,
            user=self.user,
            teams=self.fields["team"].queryset,  # type: ignore[attr-defined]  # a ModelChoiceField
            go_live_stood=getattr(current, "go_live_on", None),
        )
        form.add_error(None, conflict.sentence)
        form.differences = _differences(form, current) if isinstance(current, Service) else []
        return form


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    now: str
    typed: str


def _differences(form: EditForm, current: Service) -> list[Difference]:
    """Fields in which what was typed differs from what stands there now, in words."""
    stands, typed = said_of(current), form.cleaned_data
    rows = [
        (name, _in_words(name, stands[name]), _in_words(name, typed.get(name))) for name in stands if name != "version"
    ]
    return [Difference(str(form[name].label), was, wrote) for name, was, wrote in rows if was != wrote]


def _in_words(name: str, value: Any) -> str:
    if name == "tier":
        return Tier(value).label if value else ""
    if name == "traits":
        return ", ".join(Trait(trait).label for trait in value or ())
    if name == "lifecycle":
        return Lifecycle(value).label if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).replace("\r\n", "\n")


def teams_for(service: Service, user: User | AnonymousUser) -> Iterable[Team]:
    """Its own, and those it could be moved to."""
    return Team.objects.filter(pk__in=[service.team_id, *(team.pk for team in teams_to_register_in(user))])


def said_of(service: Service) -> dict[str, Any]:
    """What stands there now, as the form says it."""
    needs = service.dependencies.select_related("needed")
    return {
        **{name: getattr(service, name) for name in PLAIN},
        **{name: "\n".join(service.addresses(name)) for name in ENDPOINTS},
        "dependencies": "\n".join(dependency.label for dependency in needs),
        "version": service.version,
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
