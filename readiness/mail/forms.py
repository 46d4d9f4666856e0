from django import forms


class PreferencesForm(forms.Form):
    wants_digest = forms.BooleanField(
        required=False,
        label="Send me the daily digest",
        help_text="One mail a day at most, and none when nothing is due.",
    )
    digest_hour = forms.TypedChoiceField(
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        label="At",
        help_text="In your own time zone.",
    )
    has_quiet_weekends = forms.BooleanField(required=False, label="Not on Saturdays and Sundays")
    version = forms.IntegerField(widget=forms.HiddenInput)
