"""The files of an import: uploaded once, looked at, then imported as they were looked at.

Between the two steps the text travels in the page, compressed and signed: nothing is kept on the server, and nobody can
exchange it.
"""

from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from readiness.accounts.models import User
from readiness.catalog.importers import Catalog, read_backstage, read_spreadsheet

MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_FILES = 20
MAX_ALL_BYTES = 5 * 1024 * 1024
VALID_SECONDS = 3600
YAML, CSV = frozenset({".yaml", ".yml"}), frozenset({".csv"})

type Texts = dict[str, str]
"""Name of a file → its text."""


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Cleans to Texts. Every bad file gets a sentence that names it."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> Texts:  # noqa: ARG002 - Django's signature
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files:
            raise forms.ValidationError("Choose at least one file.")
        if len(files) > MAX_FILES:
            raise forms.ValidationError(f"At most {MAX_FILES} files at once; this is {len(files)}.")
        if sum(file.size for file in files) > MAX_ALL_BYTES:
            raise forms.ValidationError(
                "These are more than 5 MiB together; import them in parts, or with the command."
            )
        return dict(_text(file) for file in files)


def _text(file: "UploadedFile[Any]") -> tuple[str, str]:
    name = PurePosixPath(file.name or "file").name
    if PurePosixPath(name).suffix.lower() not in YAML | CSV:
        raise forms.ValidationError(f"“{name}” is neither YAML (.yaml, .yml) nor CSV (.csv).")
    if (file.size or 0) > MAX_FILE_BYTES:
        raise forms.ValidationError(f"“{name}” is larger than 2 MiB; split it, or import it with the command.")
    try:
        return name, file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise forms.ValidationError(
            f"“{name}” is not UTF-8 text (byte {error.start + 1} of it is not); save it as UTF-8."
        ) from error


class UploadForm(forms.Form):
    files = FilesField(  # type: ignore[assignment]  # a field; BaseForm.files is the request's
        label="Files", help_text="Backstage entities as .yaml, services as .csv; up to 20 files and 5 MiB together."
    )
    is_partial = forms.BooleanField(
        required=False,
        label="Import the right rows of a spreadsheet although others are wrong",
        help_text="A Backstage catalog is always imported as far as it is right.",
    )


class ConfirmForm(forms.Form):
    """`texts` and `is_partial` as they were previewed. Invalid after an hour, or for another person."""

    upload = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.salt = f"import by {user.pk}"

    @classmethod
    def of(cls, texts: Texts, *, is_partial: bool, user: User) -> "ConfirmForm":
        form = cls(user=user)
        form.initial["upload"] = signing.dumps([texts, is_partial], salt=form.salt, compress=True)
        return form

    def clean_upload(self) -> tuple[Texts, bool]:
        try:
            texts, is_partial = signing.loads(self.cleaned_data["upload"], salt=self.salt, max_age=VALID_SECONDS)
        except signing.BadSignature as error:
            raise forms.ValidationError("This preview has expired; choose the files again.") from error
        return texts, bool(is_partial)


def catalogs_in(texts: Texts) -> list[Catalog]:
    """Backstage first, so that rows of a spreadsheet find its teams."""
    by_kind = [
        {name: text for name, text in texts.items() if PurePosixPath(name).suffix.lower() in kind}
        for kind in (YAML, CSV)
    ]
    readers = (read_backstage, read_spreadsheet)
    return [read(group) for read, group in zip(readers, by_kind, strict=True) if group]
