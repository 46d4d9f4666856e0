"""What people write beside a gap: steps of its plan, and comments."""

from django import forms

from readiness.assessments.actions.comments import LONGEST as LONGEST_COMMENT
from readiness.assessments.actions.steps import LONGEST as LONGEST_STEP
from readiness.assessments.forms.fields import RefusableForm


class StepForm(RefusableForm):
    """`position` is where it stood, for one that is put back."""

    text = forms.CharField(
        label="Step",
        max_length=LONGEST_STEP,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say what is to be done."},
    )
    position = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)


class EditStepForm(StepForm):
    position = None  # type: ignore[assignment]  # Django's way to leave a field out
    version = forms.IntegerField(widget=forms.HiddenInput)


class MoveStepForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    to = forms.ChoiceField(choices=[("up", "Up"), ("down", "Down")])

    @property
    def places(self) -> int:
        return -1 if self.cleaned_data["to"] == "up" else 1


class TickForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    is_done = forms.BooleanField(required=False)


class CommentForm(RefusableForm):
    text = forms.CharField(
        label="Comment",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea,
        help_text="Markdown. @name mentions somebody, who gets a mail.",
        error_messages={"required": "Write something first."},
    )


class EditCommentForm(CommentForm):
    version = forms.IntegerField(widget=forms.HiddenInput)
