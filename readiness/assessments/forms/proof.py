"""What people claim: attestations, and that an item does not apply."""

from typing import Any

from django import forms

from readiness.assessments.actions.files import LARGEST
from readiness.assessments.forms.fields import PersonField, RefusableForm, day_input, offer
from readiness.assessments.people import People
from readiness.assessments.rules import ATTESTATION_NOTE_MINIMUM, EXCUSE_MINIMUM
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.rules import How

KINDS = {
    "document": "A document that shows it",
    "drill": "A drill that was run",
    "plan": "A dated plan",
}
PERFORMED = {"document": "Who made or checked it", "drill": "Who ran it", "plan": "Who wrote it"}


def attestable(item: PackItem, *, tier: int, traits: list[str]) -> list[PackCriterion]:
    """Criteria of this service's item that people can prove, those that ask for it first."""
    criteria = item.criteria_for(tier=tier, traits=traits)
    return sorted(criteria, key=lambda criterion: not any(way.how is How.ATTESTATION for way in criterion.ways))


def kinds_of(criterion: PackCriterion) -> list[str]:
    return [way.kind for way in criterion.ways if way.how is How.ATTESTATION]


class AttestForm(RefusableForm):
    """`criterion` and `kind` say what for; the rest is rule *attestation*, field by field."""

    criterion = forms.ChoiceField(label="What it proves")
    kind = forms.ChoiceField(label="What kind of proof it is", choices=list(KINDS.items()))
    link = forms.URLField(
        max_length=500,
        assume_scheme="https",
        help_text="A document, a ticket, a recording: something another person can open.",
    )
    performed_on = forms.DateField(
        label="When it was done", widget=day_input(), help_text="The proof's age runs from here."
    )
    performed_by = PersonField(label="Who did it", empty_label="Choose a person")
    witness = PersonField(
        empty_label="Choose a person", help_text="Was there, is someone else, and has to confirm it here."
    )
    note = forms.CharField(
        widget=forms.Textarea,
        label="What was done and seen",
        help_text=f"At least {ATTESTATION_NOTE_MINIMUM} characters: what happened, what was slow, what you would do again.",
    )
    file = forms.FileField(required=False, label="File", help_text="Up to 10 MiB: a report, minutes, an export.")

    def __init__(
        self, *args: Any, people: People, witnesses: People, criteria: list[PackCriterion], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        offer(self, "performed_by", people)
        offer(self, "witness", witnesses)
        self.fields["criterion"].choices = [(criterion.key, criterion.text) for criterion in criteria]  # type: ignore[attr-defined]
        asked = list(dict.fromkeys(kind for criterion in criteria for kind in kinds_of(criterion)))
        if asked:
            self.fields["kind"].choices = [(kind, KINDS[kind]) for kind in asked]  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST:
            raise forms.ValidationError("The file is larger than 10 MiB. Link to it instead.")
        return file


class ExcuseForm(RefusableForm):
    reason = forms.CharField(
        widget=forms.Textarea,
        label="Why it does not apply",
        help_text=f"At least {EXCUSE_MINIMUM} characters. It stands on the item for everybody to read.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class VersionForm(forms.Form):
    """A yes that needs no words."""

    version = forms.IntegerField(widget=forms.HiddenInput)
