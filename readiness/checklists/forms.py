"""What an administrator hands in: the text of a pack or a lens, and the word that publishes it."""

from http import HTTPStatus
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from readiness.accounts.policy import Conflict, Refused
from readiness.checklists.models import Version
from readiness.checklists.pack_errors import PackError, PackErrors
from readiness.checklists.pack_source import MAX_BYTES


class _RefusableForm(forms.Form):
    is_conflict = False

    @property
    def status(self) -> HTTPStatus:
        if self.is_conflict:
            return HTTPStatus.CONFLICT
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.is_bound and self.errors else HTTPStatus.OK

    def take_refusal(self, refusal: Refused) -> None:
        self.is_conflict = isinstance(refusal, Conflict)
        self.add_error(None, refusal.sentence)


class PackForm(_RefusableForm):
    """A file or typed text; a file wins. Whatever is wrong, what was handed in stays in the text box."""

    file = forms.FileField(
        required=False,
        label="A file: a pack (YAML), or a custom lens of AWS Well-Architected (JSON)",
        widget=forms.ClearableFileInput(attrs={"accept": ".yaml,.yml,.json"}),
    )
    text = forms.CharField(
        required=False,
        label="Or its text",
        strip=False,
        widget=forms.Textarea(attrs={"class": "mono", "spellcheck": "false"}),
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    pack_errors: list[PackError] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        file: UploadedFile[bytes] | None = cleaned.get("file")
        # One byte more than allowed is enough for the reader to refuse it.
        cleaned["pack"] = file.read(MAX_BYTES + 1) if file else cleaned.get("text", "")
        if not self.errors and not cleaned["pack"].strip():
            raise forms.ValidationError("Choose a file, or write the checklist into the box.")
        return cleaned

    @property
    def revision_seen(self) -> int:
        return self.cleaned_data.get("revision") or 0

    def take_errors(self, refusal: PackErrors) -> None:
        """Every error has its line; they are listed beside the text."""
        self.pack_errors = refusal.errors
        count = len(refusal.errors)
        self._keep()
        self.add_error(
            None, f"{count} thing{' is' if count == 1 else 's are'} wrong with this file. Nothing was stored."
        )

    def take_refusal(self, refusal: Refused) -> None:
        """Where somebody else's draft stands there, sending the form again, having read that, writes over it."""
        super().take_refusal(refusal)
        there = refusal.current if isinstance(refusal, Conflict) else None
        is_draft = isinstance(there, Version) and there.is_draft
        self._keep({"revision": str(there.revision) if isinstance(there, Version) and is_draft else "0"})
        if self.is_conflict:
            again = "replaces that draft" if is_draft else "makes a new draft of it"
            self.add_error(None, f"What you sent is kept below; saving it again {again}.")

    def _keep(self, others: dict[str, str] | None = None) -> None:
        pack: str | bytes = self.cleaned_data["pack"]
        text = pack if isinstance(pack, str) else pack.decode("utf-8-sig", errors="replace")
        kept = {"text": text, "revision": self.data.get("revision", "")}
        self.data = {**kept, **(others or {})}


class PublishForm(_RefusableForm):
    note = forms.CharField(
        required=False,
        max_length=2000,
        label="What changed, and why",
        widget=forms.Textarea,
        help_text="People read this when they decide to upgrade. Markdown.",
    )
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def ask_about(self, draft: Version) -> None:
        """Whoever sends this form now has seen this draft."""
        self.initial = {"revision": draft.revision}
        if self.is_bound:
            self.data = {"note": self.data.get("note", ""), "revision": draft.revision}
