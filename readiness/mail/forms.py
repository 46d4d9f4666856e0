from django import forms

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
    version = forms.IntegerField(widget=forms.HiddenInput)


class SubscribeAgainForm(forms.Form):
    rhythm = forms.ChoiceField(choices=RHYTHMS[:-1], label="How often")
