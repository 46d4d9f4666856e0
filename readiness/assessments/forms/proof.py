"""What people claim: attestations, and that an item does not apply."""

from typing import Any

from django import forms
from django.utils.html import format_html

from readiness.assessments.actions.files import LARGEST
from readiness.assessments.forms.fields import PersonField, RefusableForm, day_input, offer
from readiness.assessments.people import People
from readiness.assessments.rules import ATTESTATION_NOTE_MINIMUM, EXCUSE_MINIMUM
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.rules import How

KINDS = {"document": "a document", "drill": "a drill that was run", "plan": "a dated plan"}


def attestable(item: PackItem, *, tier: int, traits: list[str]) -> list[PackCriterion]:
    """Criteria of this service's item that people can prove, those that ask for it first."""
    criteria = item.criteria_for(tier=tier, traits=traits)
    return sorted(criteria, key=lambda criterion: not any(way.how is How.ATTESTATION for way in criterion.ways))


def kinds_of(criterion: PackCriterion) -> list[str]:
    return [way.kind for way in criterion.ways if way.how is How.ATTESTATION]


def _choice(criterion: PackCriterion, kind: str) -> tuple[str, str]:
    words = format_html('<span>{} <span class="row-note">By {}.</span></span>', criterion.text, KINDS[kind])
    return f"{criterion.key}:{kind}", words


class AttestForm(RefusableForm):
    """`proves` is "criterion:kind": nobody offers a document where a drill is asked for. The rest is rule *attestation*."""

    proves = forms.ChoiceField(label="What it proves", widget=forms.RadioSelect)
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
        self,
        *args: Any,
        people: People,
        witnesses: People,
        criteria: list[PackCriterion],
        wanted: str = "",
        **options: Any,
    ) -> None:
        """`wanted`: the key of the criterion that the person came for; it is chosen already, where it can be proved so."""
        super().__init__(*args, **options)
        offer(self, "performed_by", people)
        offer(self, "witness", witnesses)
        choices = [_choice(criterion, kind) for criterion in criteria for kind in kinds_of(criterion)]
        kept = [_choice(criterion, "document") for criterion in criteria if not kinds_of(criterion)]
        self.fields["proves"].choices = choices or kept  # type: ignore[attr-defined]
        offered = [value for value, _ in choices or kept]
        if self.initial.get("proves") not in offered:
            self.initial["proves"] = next((one for one in offered if one.startswith(f"{wanted}:")), offered[0])

    @property
    def arguments(self) -> dict[str, Any]:
        """What `attest` takes."""
        said = dict(self.cleaned_data)
        criterion, _, kind = said.pop("proves").partition(":")
        return {**said, "criterion_key": criterion, "kind": kind}

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
