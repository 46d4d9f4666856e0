"""What the style guide shows: invented, never stored."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.utils import timezone

from readiness.face import badges


@dataclass(frozen=True)
class Somebody:
    """Enough of a person for {% person %}."""

    name: str

    def __str__(self) -> str:
        return self.name


class PlanForm(forms.Form):
    owner = forms.ChoiceField(choices=[("", "Choose a person"), ("1", "Noor Haddad"), ("2", "Tomás Riera")])
    due_on = forms.DateField(label="Due on", widget=forms.DateInput(attrs={"type": "date"}))
    plan = forms.CharField(widget=forms.Textarea, help_text="What will be done, and how one sees that it worked.")
    link = forms.URLField(required=False, assume_scheme="https")
    traits = forms.MultipleChoiceField(
        choices=[("http-api", "HTTP API"), ("worker", "Worker"), ("has-database", "Has a database")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    told = forms.BooleanField(label="The owner knows about it", required=False)


def _wrong_form() -> PlanForm:
    answers = {"plan": "Soon", "due_on": "yesterday", "link": "not a link", "traits": ["worker"]}
    return PlanForm(answers, auto_id="wrong_%s")


def _services() -> Page[dict[str, Any]]:
    today = timezone.localdate()
    people = [Somebody("Noor Haddad"), Somebody("Tomás Riera"), Somebody("Ines Okafor-Lindqvist"), None]
    names = ["checkout-api", "ledger", "search-indexer", "notifications", "catalogue-images", "fraud-scoring"]
    decisions = ["go", "no_go", "conditional", "go", "no_go", "conditional"]
    cells = [
        [("met", "6/6", "met"), ("met", "7/7", "met"), ("gap", "5/6", "1 gap"), ("met", "4/4", "met")],
        [("blocked", "4/6", "2 hard gates"), ("met", "7/7", "met"), ("waived", "6/6", "waived"), ("unknown", "?", "unknown")],
        [("met", "5/5", "met"), ("gap", "6/7", "1 gap"), ("busy", "3/6", "in progress"), ("none", "–", "not applicable")],
        [("met", "6/6", "met"), ("met", "7/7", "met"), ("met", "6/6", "met"), ("met", "4/4", "met")],
        [("unknown", "?", "unknown"), ("blocked", "5/7", "1 hard gate open"), ("gap", "4/6", "2 gaps"), ("met", "4/4", "met")],
        [("gap", "5/6", "1 gap"), ("met", "7/7", "met"), ("waived", "5/6", "1 waived"), ("met", "4/4", "met")],
    ]  # fmt: skip
    rows = [
        {
            "name": name,
            "tier": 1 + at % 4,
            "owner": people[at % 4],
            "decision": decisions[at],
            "go_live": today + timedelta(days=at * 9 - 6),
            "cells": cells[at],
        }
        for at, name in enumerate(names)
    ]
    return Paginator(rows * 9, 6).page(2)


def everything() -> dict[str, Any]:
    now = timezone.now()
    return {
        "statuses": list(badges.STATUSES),
        "gates": list(badges.GATES),
        "decisions": list(badges.DECISIONS),
        "noor": Somebody("Noor Haddad"),
        "ines": Somebody("Ines Okafor-Lindqvist"),
        "moments": [now + timedelta(minutes=m) for m in (-0.1, -40, -300, -3000, 90, 2000, 9000, 60000)],
        "days": [timezone.localdate() + timedelta(days=d) for d in (-12, -1, 0, 1, 6, 40)],
        "page": _services(),
        "form": PlanForm(),
        "wrong_form": _wrong_form(),
        "sheet_form": PlanForm(auto_id="sheet_%s"),
        "palette": ["good", "warn", "bad", "calm", "waived", "busy"],
    }
