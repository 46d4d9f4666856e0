"""The shape of an incident. Whether it may be so is asked of `rules.incidents`; the sentences are the same as the action's."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.utils import timezone

from readiness.assessments.forms.fields import RefusableForm
from readiness.assessments.models import Item
from readiness.catalog.models import Service
from reviews.forms import DayInput, TimeInput
from reviews.models import Incident
from reviews.rules.incidents import Standing, incident_problems

SAID = ("title", "link", "what_happened", "named", "missing", "happened_at")


@dataclass(frozen=True, slots=True)
class Boxes:
    """Rows of (key, title, is it ticked)."""

    rows: list[tuple[str, str, bool]]

    @property
    def is_open(self) -> bool:
        return any(is_chosen for _, _, is_chosen in self.rows)


class IncidentForm(RefusableForm):
    """Day and time are the reader's; `named` offers every item of the service's checklist under its heading."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(max_length=200, label="What people call it", required=False)
    day = forms.DateField(widget=DayInput(), label="Day")
    at = forms.TimeField(widget=TimeInput(), label="Began at")
    link = forms.URLField(
        max_length=1000,
        required=False,
        assume_scheme="https",
        label="Link",
        help_text="To the post-mortem or the ticket.",
    )
    what_happened = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=10_000,
        label="What happened",
        help_text="A few sentences for whoever reviews this service next. Markdown.",
    )
    named = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, required=False, label="Items that should have prevented it"
    )
    missing = forms.CharField(
        max_length=300,
        required=False,
        label="We had no item for this",
        help_text="What the checklist would have had to ask. The next version may.",
    )

    def __init__(
        self, *args: Any, service: Service, now: datetime, incident: Incident | None = None, **kwargs: Any
    ) -> None:
        self.service, self.now, self.incident = service, now, incident
        kwargs.setdefault("initial", self._so_far())
        super().__init__(*args, **kwargs)
        self.fields["named"].choices = [  # type: ignore[attr-defined]  # a MultipleChoiceField
            (heading, [(item.key, item.title) for item in items]) for heading, items in self.headed.items()
        ]

    def _so_far(self) -> dict[str, Any]:
        incident = self.incident
        began = timezone.localtime(incident.happened_at if incident else self.now)
        moment = {"day": began.date(), "at": f"{began:%H:%M}"}
        if incident is None:
            return moment
        rows = list(incident.items.all())
        return moment | {
            "version": incident.version,
            "title": incident.title,
            "link": incident.link,
            "what_happened": incident.what_happened,
            "named": [row.key for row in rows if row.key],
            "missing": next((row.title for row in rows if row.standing == Standing.MISSING), ""),
        }

    @cached_property
    def headed(self) -> dict[str, list[Item]]:
        """What counts for the service, and what the incident names already."""
        named = {row.key for row in self.incident.items.all()} if self.incident else set()
        found: dict[str, list[Item]] = {}
        rows = Item.objects.filter(assessment__service=self.service).order_by("position")
        for item in rows:
            if item.key in named or not item.is_retired:
                found.setdefault(item.get_category_display(), []).append(item)
        return found

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not (values.get("day") and values.get("at")):
            return values
        values["happened_at"] = timezone.make_aware(datetime.combine(values["day"], values["at"]))
        words = {name: values.get(name, "") for name in ("title", "what_happened", "link", "missing")}
        problems = incident_problems(
            **words, happened_at=values["happened_at"], named=values.get("named", ()), now=self.now
        )
        for name, sentence in problems.items():
            field = "day" if name == "happened_at" else name
            if field not in self.errors:
                self.add_error(field, sentence)
        return values

    @property
    def boxes(self) -> list[tuple[str, Boxes]]:
        """What the template draws: one group of check boxes for each heading, open where something in it is ticked."""
        chosen = set(self["named"].value() or ())
        return [
            (heading, Boxes([(item.key, item.title, item.key in chosen) for item in items]))
            for heading, items in self.headed.items()
        ]

    @property
    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SAID}


class WithdrawForm(RefusableForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, label="Why")
