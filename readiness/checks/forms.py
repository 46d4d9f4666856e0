"""The form that sets a check up, made of its type's configuration."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from readiness.accounts.policy import Conflict
from readiness.checks import inheriting, planning
from readiness.checks.actions import WrongConfig
from readiness.checks.actions.integrations import Said, WrongConnection
from readiness.checks.config_fields import INSIDE, asked_for, config_of, shown
from readiness.checks.connections import Connections, connected
from readiness.checks.models import Check, Integration
from readiness.checks.sources import Kind, Way
from readiness.checks.types import TYPES
from readiness.checks.types.contract import problems


class ConfigForm(forms.Form):
    """`config` is what was typed, whole and JSON-ready; judged by the type itself, so that page, action and run
    agree.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, check: Check, typed: QueryDict | None = None) -> None:
        self.check, self.typed = check, typed
        self.model = TYPES[check.type].config_model
        self.config: dict[str, Any] = {}
        self.connections = connected()
        initial = shown(self.model, planning.filled(check.type, check.config)) | {"version": check.version}
        super().__init__(typed, initial=initial)
        for name, asked in asked_for(self.model).items():
            self.fields[name] = asked.field
            if initial[name] not in ("", []):
                self.fields[name].help_text = f"{asked.field.help_text} {self._origin(name)}".strip()

    @property
    def title(self) -> str:
        return TYPES[self.check.type].title

    @property
    def summary(self) -> str:
        return TYPES[self.check.type].summary

    def _origin(self, name: str) -> str:
        """Whom a value follows that no person set here."""
        origin = origin_of(self.check, name, self.connections)
        return f"Follows {origin} until you write something else." if origin and origin != planning.HERE else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.config, unread = config_of(self.model, cleaned)
        for name, sentence in unread.items():
            self.add_error(name, sentence)
        self._say(problems(TYPES[self.check.type], self.config))
        return cleaned

    def take_refusal(self, refusal: WrongConfig) -> None:
        self._say(refusal.problems)

    def take_conflict(self, conflict: Conflict) -> None:
        """Says that somebody wrote first; saving again, having seen it, is meant."""
        self.add_error(None, conflict.sentence)
        if isinstance(conflict.current, Check) and self.typed is not None:
            again = self.typed.copy()
            again["version"] = str(conflict.current.version)
            self.data = again

    def _say(self, found: Mapping[str, str]) -> None:
        for place, sentence in found.items():
            name = place.replace(".", INSIDE)
            name = name if name in self.fields else name.partition(INSIDE)[0]
            known = name if name in self.fields else None
            if known is None or known not in self.errors:
                self.add_error(known, sentence)


def origin_of(check: Check, name: str, connections: Connections | None = None) -> str:
    """See `planning.origin`; `name` as in the form. What only the organisation can have said is the organisation's."""
    field = name.partition(INSIDE)[0]
    said = planning.origin(
        check.type, field, planned=check.planned, configured=check.configured, endpoints=check.service.endpoints
    )
    is_open = field in check.planned and field not in check.configured and not said.startswith("the service's")
    inherited = inheriting.origin(check.type, field, check.planned[field], connections or {}) if is_open else ""
    return inherited or said


class IntegrationForm(forms.Form):
    """Where one kind of source is. What it is told is judged by the action; the secret is never shown again."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, kind: Kind, stands: Integration | None, typed: QueryDict | None = None) -> None:
        self.kind, self.stands, self.typed = kind, stands, typed
        super().__init__(typed, initial=_stands(kind, stands))
        if kind.flavours:
            self.fields["flavour"] = forms.ChoiceField(choices=list(kind.flavours.items()), label="Which")
        self.fields["address"] = forms.CharField(
            max_length=2000,
            required=not kind.default_addresses,
            help_text=kind.address_help,
            widget=forms.TextInput(attrs={"placeholder": kind.address_example, "class": "mono", "spellcheck": "false"}),
        )
        for one in kind.settings:
            self.fields[one.name] = forms.CharField(
                max_length=200,
                required=one.is_needed and not one.ways,
                label=one.label,
                help_text=one.help,
                widget=forms.TextInput(attrs={"placeholder": one.example, "spellcheck": "false"}),
            )
        ways = [(way.value, way.label) for way in kind.ways]
        widget = forms.Select() if len(ways) > 1 else forms.HiddenInput()
        self.fields["way"] = forms.ChoiceField(choices=ways, label="Credential", widget=widget)
        # Many lines would be cut to one by the browser; the widget shows nothing that stands here.
        self.fields["secret"] = forms.CharField(
            max_length=8000,
            required=False,
            label=kind.ways[0].secret_label if len(ways) == 1 else "Secret",
            help_text=_about_secret(stands),
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
        )

    @property
    def general(self) -> list[forms.BoundField]:
        return [self[one.name] for one in self.kind.settings if not one.ways]

    @property
    def of_ways(self) -> list[tuple[str, forms.BoundField]]:
        """Settings that belong to a way in which the secret travels: (the way, field)."""
        only = len(self.kind.ways) == 1
        return [("" if only else one.ways[0].value, self[one.name]) for one in self.kind.settings if one.ways]

    @property
    def said(self) -> Said:
        typed = self.cleaned_data
        settings = {one.name: typed.get(one.name, "") for one in self.kind.settings}
        return Said(typed["address"], typed.get("flavour", ""), settings, typed["way"], typed["secret"])

    def clean(self) -> dict[str, Any]:
        """Whoever chooses a credential means to have one: an empty one that isn't stored either is a slip."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self._has_secret(self.said.tidy(self.kind)):
            can_go_without = Way.NONE in self.kind.ways
            self.add_error("secret", "Type the secret" + (", or choose that none is sent." if can_go_without else "."))
        return cleaned

    def _has_secret(self, said: Said) -> bool:
        """None is needed, one was typed, or one is stored and stays."""
        stays = (
            self.stands
            and self.stands.has_secret
            and (self.stands.address, self.stands.way) == (said.address, said.way)
        )
        return bool(said.way == Way.NONE or said.secret or stays)

    def take_refusal(self, refusal: WrongConnection) -> None:
        for name, sentence in refusal.problems.items():
            self.add_error(name if name in self.fields else None, sentence)

    def take_conflict(self, conflict: Conflict) -> None:
        """Says that somebody wrote first; saving again, having seen it, is meant."""
        self.add_error(None, conflict.sentence)
        if self.typed is not None:
            again = self.typed.copy()
            again["version"] = str(getattr(conflict.current, "version", 0))
            self.data = again


def _stands(kind: Kind, stands: Integration | None) -> dict[str, Any]:
    if stands is None:
        return {"version": 0, "way": kind.ways[0].value, "flavour": next(iter(kind.flavours), "")}
    said = {"address": stands.address, "flavour": stands.flavour, "way": stands.way, "version": stands.version}
    return {**said, **stands.settings}


def _about_secret(stands: Integration | None) -> str:
    if stands is None or not stands.has_secret:
        return "Encrypted at rest, and never shown again."
    return (
        "Leave it empty to keep the stored one. Another address, or another kind of credential, needs it typed again."
    )
