"""What is ticked on the day of a launch. Small, because whoever fills it in looks at something else."""

from django import forms

LONGEST_REASON = 500


class LineForm(forms.Form):
    """Names a line of the plan."""

    key = forms.RegexField(r"^[0-9a-f]{16}$", error_messages={"required": "Say which line was told."})


class ReasonForm(forms.Form):
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)


class StepForm(ReasonForm):
    step = forms.IntegerField(min_value=1, max_value=1000, error_messages={"required": "Say which step begins."})


class FinishForm(ReasonForm):
    is_confirmed = forms.BooleanField(required=False)
