"""What a reader of the history asks for."""

from typing import Any

from django import forms

from readiness.history.sentences import KINDS, PHRASES
from readiness.portfolio.history.reading import Wanted

LARGEST_NUMBER = 2**63 - 1


def _verb_choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Each kind with everything about it, then one thing after the other."""
    choices: list[tuple[str, str | list[tuple[str, str]]]] = [("", "Anything that happened")]
    for kind, label in KINDS.items():
        verbs = [(verb, _words(phrase)) for verb, phrase in PHRASES.items() if verb.startswith(f"{kind}.")]
        if verbs:
            choices.append((label, [(f"{kind}.", f"Anything about {label.lower()}"), *verbs]))
    return choices


def _words(phrase: str) -> str:
    said = " ".join(phrase.replace("{label}", "…").split())
    return said[0].upper() + said[1:]


class HistoryFilter(forms.Form):
    service = forms.CharField(required=False, max_length=160)
    by = forms.CharField(required=False, max_length=100)
    kind = forms.ChoiceField(required=False, choices=[("", "Any kind"), *KINDS.items()])
    verb = forms.CharField(required=False, max_length=60)
    since = forms.DateField(required=False, error_messages={"invalid": "“Since” is no day; write it as 2026-03-02."})
    until = forms.DateField(required=False, error_messages={"invalid": "“Until” is no day; write it as 2026-03-02."})
    before = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_NUMBER)
    after = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_NUMBER)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", "“Until” is before “since”: no day is between them.")
        return given

    @property
    def wanted(self) -> Wanted:
        """A value that is wrong counts as not given; the page says which."""
        names = Wanted.__dataclass_fields__
        given: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if name in names and value}
        return Wanted(**given)

    @property
    def problems(self) -> list[str]:
        return [str(sentence) for name in ("since", "until", "kind") for sentence in self.errors.get(name, [])]

    @property
    def verbs(self) -> list[tuple[str, str | list[tuple[str, str]]]]:
        return _verb_choices()
