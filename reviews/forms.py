"""The shape of what people type. Whether it may be so is asked of `rules`; the sentences are the same as the actions'."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from readiness.accounts.models import Grant, User, UserQuerySet
from readiness.assessments.queries import fact_of, house_day
from readiness.assessments.rules import EXCUSE_MINIMUM, Decision
from readiness.catalog.models import Service
from reviews import rules
from reviews.actions.scheduling import LONGEST, SHORTEST
from reviews.models import AgendaItem, Participant, Review, go_live_of
from reviews.rules import ParticipantRole, VoteChoice, Word
from reviews.typed_line import TypedLine, gap_version, read_typed, suggested

LENGTHS = [(20, "20 minutes"), (30, "30 minutes"), (45, "45 minutes"), (60, "An hour"), (90, "An hour and a half")]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: str) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    def label_from_instance(self, obj: Any) -> str:
        person = cast("User", obj)
        return f"{person.get_full_name()} ({person.email})"


class TimeForm(forms.Form):
    """When and where; for a new review and for one that moves."""

    day = forms.DateField(widget=DayInput(), label="Day")
    at = forms.TimeField(widget=TimeInput(), label="Starts at")
    minutes = forms.TypedChoiceField(coerce=int, choices=LENGTHS, label="Takes", initial=30)
    place = forms.CharField(max_length=300, required=False, label="Where", help_text="A room, or the link to the call.")
    timing_reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=1000,
        label="Why on another day",
        help_text="Everybody invited reads it.",
    )

    def __init__(
        self, *args: Any, service: Service, now: datetime, estimate: rules.Estimate | None = None, **kwargs: Any
    ) -> None:
        self.service, self.now, self.estimate = service, now, estimate
        kwargs["initial"] = self._suggestion() | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["at"].help_text = f"{self._clock()}."
        self.fields["minutes"].help_text = self._how_long()
        chosen = self.initial.get("minutes")
        if chosen and chosen not in dict(LENGTHS) and SHORTEST <= chosen <= LONGEST:
            choices = sorted([*LENGTHS, (chosen, f"{chosen} minutes")])
            cast("forms.TypedChoiceField", self.fields["minutes"]).choices = choices

    def _suggestion(self) -> dict[str, Any]:
        today = timezone.localtime(self.now).date()
        return {"day": rules.suggested_day(go_live_of(self.service), today), "at": "10:00", "minutes": self._will_do()}

    def _will_do(self) -> int:
        return rules.length_for(self.estimate.minutes, dict(LENGTHS)) if self.estimate else 30

    def _how_long(self) -> str:
        """As in "About 24 minutes, from the last 5 reviews: 30 minutes will do."."""
        if self.estimate is None:
            return ""
        about = f"About {self.estimate.minutes} minutes, {self.estimate.source}"
        lengths = dict(LENGTHS)
        if self.estimate.minutes > max(lengths):
            return f"{about}: more than one meeting; close some of it first."
        planned = self.initial.get("minutes")
        enough = planned if isinstance(planned, int) and planned >= self.estimate.minutes else self._will_do()
        return f"{about}: {lengths.get(enough, f'{enough} minutes').lower()} will do."

    def _clock(self) -> str:
        """The zone in which the time is meant: "Europe/Rome, now 10:26"."""
        return f"{timezone.get_current_timezone_name()}, now {timezone.localtime(self.now):%H:%M}"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        day, at = values.get("day"), values.get("at")
        if day and at:
            values["starts_at"] = timezone.make_aware(datetime.combine(day, at))  # in the zone of whoever schedules
            if values["starts_at"] <= self.now:
                self.add_error("day", f"Choose a time in the future. The times are in {self._clock()}.")
            else:
                self._ask_for_reason(values)
        return values

    def _ask_for_reason(self, values: dict[str, Any]) -> None:
        problem = rules.timing_problem(values["day"], go_live_of(self.service), values.get("timing_reason", ""))
        if problem:
            self.add_error("timing_reason", problem)


class ScheduleForm(TimeForm):
    outside = PersonChoice(
        queryset=User.objects.none(),
        required=False,
        label="Outside engineer",
        help_text="Fresh eyes from another team. They see this service until a week after the review.",
        empty_label="Nobody",
    )
    also = PersonChoice(queryset=User.objects.none(), required=False, label="Anybody else", empty_label="Nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("outside", "also"):
            cast("forms.ModelChoiceField[User]", self.fields[name]).queryset = User.objects.active()

    @property
    def invited(self) -> list[tuple[User, ParticipantRole]]:
        named = [
            (self.cleaned_data["outside"], ParticipantRole.OUTSIDE),
            (self.cleaned_data["also"], ParticipantRole.MEMBER),
        ]
        return [(person, role) for person, role in named if person]


class InviteForm(forms.Form):
    person = PersonChoice(queryset=User.objects.none(), label="Person", empty_label="Choose…")
    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in ParticipantRole if role is not ParticipantRole.LEAD], label="As"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ModelChoiceField[User]", self.fields["person"]).queryset = User.objects.active()


class ReasonForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, label="Why")


class NotesForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    notes = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}), required=False, max_length=20_000, label="Notes of the meeting"
    )


def who_may_own(review: Review) -> UserQuerySet:
    """People who work on the service or take part in its review."""
    service = review.service
    named = {service.tech_lead_id, service.on_call_id, service.platform_owner_id} - {None}
    members = Grant.objects.filter(Q(team=service.team_id) | Q(service_id=service.pk)).values("user_id")
    taking_part = Participant.objects.filter(review=review.pk).values("person_id")
    people: UserQuerySet = User.objects.active().filter(Q(pk__in=named) | Q(pk__in=members) | Q(pk__in=taking_part))
    return people


class OwnerChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs only
    is_asked_for = True  # nobody looks a person up for a word that names none; what was chosen stays in the form

    def to_python(self, value: Any) -> Any:
        return super().to_python(value) if self.is_asked_for else None

    def label_from_instance(self, obj: Any) -> str:
        return str(cast("User", obj).get_full_name())


def with_fresh(form: forms.Form, **values: object) -> None:
    """After a lost race the form carries the versions that are shown beside it: sent again, it is a choice."""
    typed = cast("QueryDict", form.data).copy()
    for name, value in values.items():
        typed[form.add_prefix(name)] = str(value)
    form.data = typed


class VerdictForm(forms.Form):
    """The room's word in one line. Owner, date and plan belong to a gap; the note to every word. `line` says it all in words
    instead, and fills the other fields.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    gap_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    word = forms.ChoiceField(choices=[(word.value, word.label) for word in Word], widget=forms.RadioSelect)
    owner = OwnerChoice(queryset=User.objects.none(), required=False, empty_label="Owner")
    due_on = forms.DateField(widget=DayInput(), required=False, label="Due")
    plan = forms.CharField(required=False, max_length=2000, widget=forms.TextInput)
    note = forms.CharField(required=False, max_length=2000, widget=forms.TextInput)
    line = forms.CharField(required=False, max_length=4000)

    def __init__(
        self, data: QueryDict | None = None, *args: Any, point: AgendaItem, now: datetime, **kwargs: Any
    ) -> None:
        self.point, self.now = point, now
        people = who_may_own(point.review)
        self.typed = self._typed(data, people)
        kwargs.setdefault("initial", self._said_so_far())
        kwargs.setdefault("auto_id", f"%s-{point.pk}")
        super().__init__(self._filled(data), *args, **kwargs)
        owner = cast("OwnerChoice", self.fields["owner"])
        owner.queryset, owner.is_asked_for = people, self.data.get("word") == Word.GAP

    def _typed(self, data: QueryDict | None, people: UserQuerySet) -> TypedLine | None:
        text = data.get("line", "") if data else ""
        return read_typed(text, list(people), self.point, self.now) if text.strip() else None

    def _filled(self, data: QueryDict | None) -> QueryDict | None:
        if data is None or self.typed is None:
            return data
        filled = data.copy()
        for name, value in self.typed.values.items():
            filled[name] = value
        return filled

    def _said_so_far(self) -> dict[str, Any]:
        """What was said, or else how the gap stands, or else what is likely: a planned gap takes one key to confirm."""
        point, likely = self.point, suggested(self.point, self.now)
        return {
            "version": point.version,
            "gap_version": gap_version(point),
            "word": point.word,
            "owner": likely.owner_id,
            "due_on": likely.due_on,
            "plan": likely.plan,
            "note": point.note,
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values.pop("line", None)
        if self.typed and self.typed.problem:
            self.errors.pop("word", None)
            self.add_error("line", self.typed.problem)
            return values
        match values.get("word"):
            case Word.GAP:
                self._ask_who_and_when(values)
            case Word.NOT_APPLICABLE if len(values.get("note", "").strip()) < EXCUSE_MINIMUM:
                self.add_error("note", f"Say in at least {EXCUSE_MINIMUM} characters why it does not apply.")
        return values

    def _ask_who_and_when(self, values: dict[str, Any]) -> None:
        if not self.point.item.is_open and not self.point.item.excused_by_id:
            return  # the action says why there is no gap to plan
        lacks = rules.lacks(
            fact_of(self.point.item),
            has_owner=values.get("owner") is not None,
            due_on=values.get("due_on"),
            has_plan=bool(values.get("plan", "").strip()),
            go_live_on=go_live_of(self.point.review.service),
            today=house_day(self.now),
        )
        for lack in lacks:
            if lack.field not in self.errors:
                self.add_error(lack.field, lack.sentence)

    @property
    def sentences(self) -> list[str]:
        """Everything that stands against it, each once."""
        return list(dict.fromkeys(str(error) for errors in self.errors.values() for error in errors))


class DecisionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.TypedChoiceField(
        coerce=Decision, choices=[(d.value, d.label) for d in Decision], widget=forms.RadioSelect, label="Decision"
    )
    stricter_reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=2000, label="Why stricter than computed"
    )

    is_sure = forms.BooleanField(
        error_messages={"required": "Tick that it is frozen and mailed: it can't be taken back."}
    )

    def __init__(self, *args: Any, computed: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.computed = computed
        allowed = [d for d in Decision if d.strictness >= computed.strictness]
        cast("forms.TypedChoiceField", self.fields["decision"]).choices = [(d.value, d.label) for d in allowed]
        self.fields["decision"].initial = computed.value

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if chosen := values.get("decision"):
            problem = rules.looser_problem(chosen, self.computed, values.get("stricter_reason", ""))
            if problem:
                self.add_error("stricter_reason", problem)
        return values


class SignOffForm(forms.Form):
    role = forms.ChoiceField(choices=[(role.value, role.label) for role in ParticipantRole], label="As")
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    comment = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000, label="Comment"
    )


class RaiseForm(forms.Form):
    why = forms.CharField(required=False, max_length=300)


class QuestionForm(forms.Form):
    question = forms.CharField(max_length=300)


class VoteForm(forms.Form):
    choice = forms.ChoiceField(choices=[(choice.value, choice.label) for choice in VoteChoice])
    why = forms.CharField(required=False, max_length=300)


class ParkForm(forms.Form):
    text = forms.CharField(max_length=500)
