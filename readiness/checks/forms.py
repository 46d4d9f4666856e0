"""The form that sets a check up, made of its type's configuration."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from readiness.accounts.policy import Conflict
from readiness.checks import inheriting, planning
from readiness.checks.actions import WrongConfig
from readiness.checks.config_fields import INSIDE, asked_for, config_of, shown
from readiness.checks.connections import Connections, connected
from readiness.checks.models import Check
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
