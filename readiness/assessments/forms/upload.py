"""A report that a person uploads."""

from collections.abc import Iterable
from typing import Any

from django import forms

from readiness.assessments.actions import Envelope
from readiness.assessments.formats.contract import MAX_BYTES
from readiness.assessments.forms.fields import RefusableForm
from readiness.assessments.reports import WantedReport

EVERY_ITEM = "Every item that asks for it"
BY_CONTENT = "Told by its content"
TOO_LARGE = (
    f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB; no more is read of any report. Nothing of it was kept."
)


class UploadForm(RefusableForm):
    """Fields are named as `upload_artifact` refuses them."""

    file = forms.FileField(
        label="The report",
        help_text="Up to 10 MiB, as the tool wrote it: JSON, XML, CSV, YAML or lines of a log.",
        allow_empty_file=True,  # the action says what is wrong with it
    )
    item = forms.ChoiceField(label="What it is proof for", required=False)
    kind = forms.ChoiceField(label="Kind", required=False, help_text="Only an empty report needs it said.")
    commit_sha = forms.CharField(
        label="Commit", required=False, max_length=64, help_text="The commit that was tested, 7 digits or more."
    )
    finished_at = forms.DateTimeField(
        label="When it ran",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="Needed where the report does not say it itself. The proof's age runs from here.",
    )
    target_url = forms.CharField(
        label="What was called",
        required=False,
        max_length=2000,
        help_text="Its address. A host that is not this service's own is refused.",
    )
    environment = forms.CharField(required=False, max_length=100, help_text="Where it ran: staging, production.")

    def __init__(self, *args: Any, wanted: Iterable[WantedReport], is_too_large: bool = False, **options: Any) -> None:
        """`is_too_large`: there was a file, and it was passed over."""
        super().__init__(*args, **options)
        if is_too_large:
            self.fields["file"].error_messages["required"] = TOO_LARGE
        items = {item.key: item for one in wanted for item in one.items}
        by_position = sorted(items.values(), key=lambda item: item.position)
        choices = [("", EVERY_ITEM), *((item.key, item.title) for item in by_position)]
        self.fields["item"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        kinds = [("", BY_CONTENT), *((one.kind, one.title) for one in wanted)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]

    @property
    def is_commit_optional(self) -> bool:
        """Not where a release commit is declared, which it then begins with."""
        return not self.initial.get("commit_sha")

    @property
    def arguments(self) -> dict[str, Any]:
        """What `upload_artifact` takes."""
        said = dict(self.cleaned_data)
        about = {name: said.pop(name) for name in ("commit_sha", "finished_at", "target_url", "environment")}
        return {"file": said["file"], "kind": said["kind"], "item_key": said["item"], "envelope": Envelope(**about)}
