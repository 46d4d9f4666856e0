"""Where the work on a gap is tracked."""

from typing import Any

from django import forms

from readiness.assessments.forms.fields import RefusableForm
from readiness.assessments.models import Gap


class TicketForm(RefusableForm):
    """`shown` is the address that stood there when the form was made, for compare-and-swap. The rules judge the new one."""

    url = forms.CharField(
        label="Address of the ticket",
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "https://", "inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": "Paste the address of the ticket."},
    )
    shown = forms.CharField(required=False, max_length=500, widget=forms.HiddenInput)

    def _see_newer(self, current: object) -> None:
        newer: Any = self.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        newer["shown"] = getattr(current, "ticket_url", "")
        self.data = newer

    @classmethod
    def of(cls, gap: Gap) -> "TicketForm":
        return cls(initial={"url": gap.ticket_url, "shown": gap.ticket_url}, auto_id="ticket_%s")


class RemoveTicketForm(forms.Form):
    shown = forms.CharField(max_length=500)
