"""What is typed about a receiver; judged by the action."""

from typing import Any

from django import forms
from django.http import QueryDict

from readiness.accounts.models import Team
from readiness.assessments.forms.fields import RefusableForm
from readiness.outgoing.actions.receivers import Said
from readiness.outgoing.models import Receiver, ReceiverKind
from readiness.outgoing.rules import Event

USUAL = [Event.REOPENED, Event.OVERDUE, Event.DECIDED]
ABOUT_ADDRESS = {
    ReceiverKind.WEBHOOK: "Called with POST and JSON. Your networks have to be allowed, as for checks.",
    ReceiverKind.CHAT: "The incoming webhook of the channel, as Slack or Mattermost shows it. It is kept like a password.",
}
EXAMPLES = {
    ReceiverKind.WEBHOOK: "https://automation.example.com/readiness",
    ReceiverKind.CHAT: "https://hooks.slack.com/services/T000/B000/XXXX",
}


class ReceiverForm(RefusableForm):
    name = forms.CharField(max_length=80)
    address = forms.CharField(max_length=2000, required=False)
    events = forms.MultipleChoiceField(
        choices=[(one.value, one.label) for one in Event], required=False, widget=forms.CheckboxSelectMultiple
    )
    team = forms.ModelChoiceField(
        Team.objects.all(),
        required=False,
        empty_label="Every team",
        label="Only of",
        help_text="Of services of one team, or of all.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, kind: ReceiverKind, typed: QueryDict | None = None, stands: Receiver | None = None) -> None:
        super().__init__(typed, initial=_stands(stands))
        address = self.fields["address"]
        address.help_text = ABOUT_ADDRESS[kind]
        hints: dict[str, Any] = {"placeholder": EXAMPLES[kind], "class": "mono", "spellcheck": "false"}
        address.widget = forms.TextInput(attrs=hints)
        if kind is ReceiverKind.CHAT:
            address.widget = forms.PasswordInput(attrs=hints | {"autocomplete": "off"})
        if stands and stands.is_chat:
            address.help_text = "Leave it empty to keep the stored one."

    @property
    def said(self) -> Said:
        typed = self.cleaned_data
        return Said(typed["name"], typed["address"], typed["events"], typed["team"])


def _stands(stands: Receiver | None) -> dict[str, Any]:
    if stands is None:
        return {"events": [one.value for one in USUAL], "version": 0}
    said = {"name": stands.name, "events": stands.events, "team": stands.team_id, "version": stands.version}
    return said | ({} if stands.is_chat else {"address": stands.address})
