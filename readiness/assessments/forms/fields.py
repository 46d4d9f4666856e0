"""What several forms here share: a person to choose, a day, and a refusal shown where it belongs."""

from typing import Any

from django import forms

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.assessments.actions import WrongFields
from readiness.assessments.people import People


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    """`people` are those to choose from; who is chosen already stays choosable."""

    def __init__(self, *, empty_label: str = "Nobody yet", **options: Any) -> None:
        super().__init__(queryset=User.objects.none(), empty_label=empty_label, **options)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj)


def offer(form: forms.Form, field: str, people: People) -> None:
    form.fields[field].queryset = people  # type: ignore[attr-defined]  # a PersonField


def day_input(**attrs: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attrs}, format="%Y-%m-%d")


class RefusableForm(forms.Form):
    """Carries what an action refused, at the field where that is known."""

    refusal: Refused | None = None

    def take_refusal(self, refusal: Refused) -> None:
        self.refusal = refusal
        if isinstance(refusal, Conflict):
            self._see_newer(refusal.current)
        if isinstance(refusal, WrongFields):
            for name, sentence in refusal.problems.items():
                self.add_error(name if name in self.fields else None, sentence)
        else:
            self.add_error(None, refusal.sentence)

    def _see_newer(self, current: object) -> None:
        """What was typed stays. Whoever sends it again has been shown the other's words, and means it."""
        if "version" in self.fields and hasattr(current, "version"):
            newer: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
            newer["version"] = str(current.version)
            self.data = newer
