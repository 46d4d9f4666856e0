"""What a person says about a CI token."""

from datetime import timedelta
from typing import Any

from django import forms

from readiness.accounts.actions.tokens import WrongToken

LIFETIMES = ((30, "30 days"), (90, "90 days"), (180, "half a year"), (365, "a year"))


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, label="Where it will live")
    days = forms.TypedChoiceField(choices=LIFETIMES, coerce=int, initial=90, label="It lasts")

    @property
    def arguments(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "lasts": timedelta(days=self.cleaned_data["days"])}

    def take_refusal(self, refusal: WrongToken) -> None:
        for field, sentence in refusal.problems.items():
            self.add_error(field, sentence)
