"""A sheet of gaps: uploaded once, looked at, then stored as it was looked at.

Between the two steps what would change travels in the page, compressed and signed: nothing is kept on the server, and nobody can
exchange it.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.core.files.uploadedfile import UploadedFile

from readiness.accounts.models import User
from readiness.assessments.actions import GapPlan

MAX_BYTES = 2 * 1024 * 1024
VALID_SECONDS = 3600


class SheetForm(forms.Form):
    file = forms.FileField(label="CSV file", error_messages={"required": "Choose a file."})

    @property
    def name(self) -> str:
        return str(getattr(self.files.get("file"), "name", ""))

    def clean_file(self) -> str:
        """Its text."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError("This is more than 2 MiB; bring it in parts.")
        try:
            return str(file.read(), "utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(
                f"This is not UTF-8 text (byte {error.start + 1} of it is not); save it as CSV UTF-8."
            ) from error


class StoreForm(forms.Form):
    """The plans as they were looked at. Invalid after an hour, or for another person."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.salt = f"gaps by {user.pk}"

    @classmethod
    def of(cls, plans: Iterable[GapPlan], *, user: User) -> "StoreForm":
        form = cls(user=user)
        form.initial["seen"] = signing.dumps([_packed(plan) for plan in plans], salt=form.salt, compress=True)
        return form

    def clean_seen(self) -> list[GapPlan]:
        try:
            rows = signing.loads(self.cleaned_data["seen"], salt=self.salt, max_age=VALID_SECONDS)
        except signing.BadSignature as error:
            raise forms.ValidationError("What you looked at has expired; choose the file again.") from error
        owners = User.objects.in_bulk({row[2] for row in rows if row[2]})
        return [_unpacked(row, owners) for row in rows]


def _packed(plan: GapPlan) -> list[Any]:
    day = plan.due_on.isoformat() if plan.due_on else None
    return [plan.gap_id, plan.version, plan.owner.pk if plan.owner else None, day, plan.plan, plan.reason]


def _unpacked(row: list[Any], owners: dict[int, User]) -> GapPlan:
    gap_id, version, owner_id, day, plan, reason = row
    owner = owners[owner_id] if owner_id else None
    return GapPlan(gap_id, version, owner, date.fromisoformat(day) if day else None, plan, reason)
