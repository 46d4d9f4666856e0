"""What a person says about a CI token."""

from datetime import timedelta
from typing import Any

from django import forms

from readiness.accounts.actions.tokens import WrongToken

LIFETIMES = ((30, "30 days"), (90, "90 days"), (180, "half a year"), (365, "a year"))


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        label="Where it will live",
        error_messages={"max_length": "A name has %(limit_value)d letters at most; this one has %(show_value)d."},
    )
    days = forms.TypedChoiceField(choices=LIFETIMES, coerce=int, initial=90, label="It lasts")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].widget.attrs.pop("maxlength", None)  # a browser would cut a longer name without a word

    @property
    def arguments(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "lasts": timedelta(days=self.cleaned_data["days"])}

    def take_refusal(self, refusal: WrongToken) -> None:
        for field, sentence in refusal.problems.items():
            self.add_error(field, sentence)
