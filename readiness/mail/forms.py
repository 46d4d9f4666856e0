from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from readiness.accounts.models import User
from readiness.mail.kinds import KINDS
from readiness.mail.models import MailQuerySet, MailStatus, sees_all_mail
from readiness.mail.rules import WEEKDAYS, Rhythm

RHYTHMS = [(rhythm.value, rhythm.label) for rhythm in Rhythm]


class PreferencesForm(forms.Form):
    rhythm = forms.ChoiceField(
        choices=RHYTHMS,
        label="How often",
        widget=forms.RadioSelect,
        help_text="With the last, what is escalated to you as a tech lead or manager is still told: once, and on Mondays while "
        "it stands.",
    )
    weekly_on = forms.TypedChoiceField(
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        label="On",
        help_text="The day of the week, when it comes once a week.",
    )
    digest_hour = forms.TypedChoiceField(
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        label="At",
        help_text="In your own time zone.",
    )
    wants_portfolio = forms.BooleanField(
        required=False,
        label="The weekly portfolio mail",
        help_text="On Mondays, at the same hour: what goes live in 30 days and what blocks it, what got worse, what was closed.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, is_manager: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_manager:
            del self.fields["wants_portfolio"]


class SubscribeAgainForm(forms.Form):
    rhythm = forms.ChoiceField(choices=RHYTHMS[:-1], label="How often")


HELD = "held"
STATES: dict[str, str] = {
    MailStatus.SENT: "Sent",
    MailStatus.QUEUED: "Waiting",
    HELD: "Held",
    MailStatus.BOUNCED: "Came back",
    MailStatus.GIVEN_UP: "Given up",
    MailStatus.DROPPED: "Dropped",
}


def _kinds() -> list[tuple[str, str]]:
    return [("", "Every kind"), *sorted(KINDS.items(), key=lambda pair: pair[1])]


class SentFilter(forms.Form):
    """A value that is wrong counts as not given; the page says which."""

    q = forms.CharField(required=False, max_length=200)
    kind = forms.ChoiceField(required=False, choices=_kinds)
    state = forms.ChoiceField(required=False, choices=[("", "Whatever became of it"), *STATES.items()])
    since = forms.DateField(required=False, error_messages={"invalid": "“Since” is no day; write it as 2026-03-02."})
    until = forms.DateField(required=False, error_messages={"invalid": "“Until” is no day; write it as 2026-03-02."})

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            self.add_error("until", "“Until” is before “since”: no day is between them.")
            given["since"] = None
        return given

    @property
    def problems(self) -> list[str]:
        return [str(sentence) for name in ("since", "until", "kind", "state") for sentence in self.errors.get(name, [])]

    def narrow(self, found: MailQuerySet, reader: User) -> MailQuerySet:
        given = self.cleaned_data
        if (words := given.get("q", "")) and sees_all_mail(reader):
            found = found.filter(Q(recipient__in=User.objects.named(words)) | Q(to__icontains=words))
        state = given.get("state")
        if state == HELD:
            found, state = found.held(), None
        exact = {"kind": given.get("kind"), "status": state}
        found = found.filter(**{name: value for name, value in exact.items() if value})
        if since := given.get("since"):
            found = found.filter(created_at__gte=timezone.make_aware(datetime.combine(since, time.min)))
        if until := given.get("until"):
            after = until + timedelta(days=1)
            found = found.filter(created_at__lt=timezone.make_aware(datetime.combine(after, time.min)))
        return found
