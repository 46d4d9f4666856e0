"""The page of the day: what is planned, what was done of it by whom, how the figures stand, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.assessments.actions.launches import (
    finish_problem,
    launch_target,
    missing_in,
    plan_of,
    start_problem,
)
from readiness.assessments.launch import GO_ON, ROLL_BACK, Audience, Step, line_key
from readiness.assessments.launch_figures import SHOWN_FOR, Figure, Readings, figures_of, readings_of, watched
from readiness.assessments.models import (
    Assessment,
    Item,
    Launch,
    LaunchPlan,
    LaunchTick,
    OnCallConfirmation,
    ReviewedPlan,
    TickKind,
)
from readiness.assessments.plan_changes import PlanChange, changes_between
from readiness.assessments.rules import Decision, launching
from readiness.assessments.rules.launching import Problem, Verdict
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate
from readiness.face.drawing import sparkline

DRAWN = timedelta(minutes=1)
"""A point of the line is a minute: the last value in it."""


@dataclass(frozen=True, slots=True)
class ToldLine:
    audience: Audience
    key: str
    tick: LaunchTick | None
    can_untell: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """`state`: done, current, next or later."""

    number: int
    step: Step
    tick: LaunchTick | None
    state: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A threshold on the page: its figure, and a line of the last half hour."""

    figure: Figure
    line: SafeString
    calls_for: str

    @property
    def verdict(self) -> Verdict:
        return self.figure.judged.verdict


@dataclass(frozen=True)
class LaunchDay:
    """Of one service for one reader. `launch` None: nothing was done yet."""

    service: Service
    reader: User
    now: datetime
    plan: LaunchPlan | None
    launch: Launch | None
    assessment: Assessment | None
    reviewed: ReviewedPlan | None
    ticks: Sequence[LaunchTick] = ()
    readings: Readings = field(default_factory=dict)

    # What it goes by

    @cached_property
    def goes_by(self) -> dict[str, Any]:
        """The plan as it is, or as it was when the launch started."""
        if self.launch and not self.launch.is_preparing:
            return {**self.launch.spoken, "decider": self.launch.decider}
        if self.plan:
            return {**self.plan.spoken, "decider": self.plan.decider}
        return {"audiences": [], "ramp": [], "thresholds": [], "decider": None}

    @property
    def decider(self) -> User | None:
        return self.goes_by["decider"]  # type: ignore[no-any-return]

    @property
    def minutes(self) -> int:
        return sum(step["hold_minutes"] for step in self.goes_by["ramp"])

    @cached_property
    def is_empty(self) -> bool:
        plan = self.plan
        return plan is None or not any((plan.audiences, plan.ramp, plan.thresholds, plan.decider_id, plan.note))

    @cached_property
    def missing(self) -> list[str]:
        return missing_in(self.plan)

    @property
    def is_running(self) -> bool:
        return self.launch is not None and self.launch.is_running

    @property
    def is_open(self) -> bool:
        """Something may still happen: the page goes on asking."""
        return self.launch is None or self.launch.is_preparing or self.launch.is_running

    # What it rests on

    @property
    def decision(self) -> str:
        if self.launch and not self.launch.is_preparing:
            return self.launch.decision
        return self.assessment.last_decision if self.assessment else ""

    @property
    def is_conditional(self) -> bool:
        return self.decision == Decision.CONDITIONAL

    @cached_property
    def conditions(self) -> list[Item]:
        """The hard gates that were let through under a waiver: what a conditional go rests on."""
        if not self.is_conditional or self.assessment is None:
            return []
        rows = Item.objects.open().filter(assessment=self.assessment, gate=Gate.HARD, retired_at=None)
        return list(rows.only("title", "key", "waived_until", "status").order_by("position"))

    @cached_property
    def changes(self) -> list[PlanChange]:
        """What is different from the plan that the review saw."""
        return changes_between(self.reviewed.said, self.plan.spoken) if self.reviewed and self.plan else []

    @cached_property
    def changes_since_start(self) -> list[PlanChange]:
        if not self.is_running or not self.launch or not self.plan or self.plan.version == self.launch.plan_version:
            return []
        begun = {**self.launch.spoken, "decider": str(self.launch.decider), "note": self.plan.note}
        return changes_between(begun, self.plan.spoken)

    # Who may

    @cached_property
    def may_act(self) -> Ruling:
        decider = self.decider
        target = launch_target(self.service, decider.pk if decider else None)
        return policy.may(self.reader, Action.CARRY_OUT_LAUNCH, target)

    @cached_property
    def may_edit(self) -> bool:
        return bool(policy.may(self.reader, Action.EDIT_SERVICE, self.service.target))

    @cached_property
    def start_problem(self) -> Problem | None:
        return start_problem(self.service, self.plan, self.assessment.last_decision if self.assessment else "")

    @property
    def other_day_problem(self) -> str:
        today: date = self.now.astimezone(self.reader.zone).date()
        return launching.other_day_problem(today, self.service.go_live_on)

    @cached_property
    def finish_problem(self) -> str:
        return finish_problem(self.launch, self.reader) if self.launch else ""

    # What was done

    @cached_property
    def told(self) -> list[ToldLine]:
        ticked = {tick.key: tick for tick in self.ticks if tick.kind == TickKind.TOLD}
        return [self._told(line, ticked.get(line_key(line))) for line in self.goes_by["audiences"]]

    def _told(self, line: Audience, tick: LaunchTick | None) -> ToldLine:
        is_fresh = tick is not None and self.now - tick.at <= launching.UNTELL_WITHIN
        return ToldLine(line, line_key(line), tick, is_fresh)

    @property
    def told_count(self) -> int:
        return sum(line.tick is not None for line in self.told)

    @cached_property
    def steps(self) -> list[StepLine]:
        ticked = {tick.key: tick for tick in self.ticks if tick.kind == TickKind.STEP}
        reached = self.launch.step if self.launch else 0
        return [
            StepLine(number, step, ticked.get(str(number)), self._state(number, reached))
            for number, step in enumerate(self.goes_by["ramp"], start=1)
        ]

    def _state(self, number: int, reached: int) -> str:
        if number > reached:
            return "next" if number == reached + 1 and self.is_running else "later"
        return "current" if number == reached and self.is_running else "done"

    @property
    def current(self) -> StepLine | None:
        return next((line for line in self.steps if line.state == "current"), None)

    @property
    def next(self) -> StepLine | None:
        return next((line for line in self.steps if line.state == "next"), None)

    @property
    def last_reached(self) -> StepLine | None:
        """Where traffic was when it ended."""
        return next((line for line in reversed(self.steps) if line.tick), None)

    @cached_property
    def held_until(self) -> datetime | None:
        line = self.current
        return line.tick.at + timedelta(minutes=line.step["hold_minutes"]) if line and line.tick else None

    @property
    def is_held(self) -> bool:
        return self.held_until is not None and self.now >= self.held_until

    @property
    def share_held(self) -> float:
        """Of the time for which this step is held; 0 to 1."""
        line = self.current
        if not line or not line.tick:
            return 0.0
        whole = timedelta(minutes=line.step["hold_minutes"])
        return min(1.0, (self.now - line.tick.at) / whole) if whole else 1.0

    # How the figures stand

    @cached_property
    def figures(self) -> list[Figure]:
        at = self.launch.ended_at if self.launch and self.launch.ended_at else self.now
        return figures_of(self.goes_by["thresholds"], self.readings, at)

    @cached_property
    def roll_back(self) -> list[Shown]:
        return [self._shown(one) for one in self.figures if one.line["action"] == ROLL_BACK]

    @cached_property
    def go_on(self) -> list[Shown]:
        return [self._shown(one) for one in self.figures if one.line["action"] == GO_ON]

    def _shown(self, figure: Figure) -> Shown:
        calls_for = ""
        if figure.line["action"] == ROLL_BACK and figure.judged.verdict is Verdict.BEYOND:
            calls_for = f"Roll back: {self.decider} decides."
        return Shown(figure, self._line(figure), calls_for)

    def _line(self, figure: Figure) -> SafeString:
        if not figure.readings:
            return SafeString("")
        end = figure.readings[-1].at
        minutes = int(SHOWN_FOR / DRAWN)
        values: list[float | None] = [None] * (minutes + 1)
        for reading in figure.readings:
            place = minutes - int((end - reading.at) / DRAWN)
            if 0 <= place <= minutes:
                values[place] = reading.value
        first = next((place for place, value in enumerate(values) if value is not None), 0)
        said = f"{figure.metric.name} in the last {minutes} minutes"
        return sparkline(values[min(first, minutes - 5) :], said, figure.limit.number if figure.limit else None)

    @property
    def beyond(self) -> list[Shown]:
        return [one for one in self.roll_back if one.verdict is Verdict.BEYOND] if self.is_running else []

    @property
    def is_measured(self) -> bool:
        return any(one.is_measured for one in self.figures)

    @cached_property
    def going_on_problems(self) -> list[str]:
        line, until = self.current, self.held_until
        if line is None or until is None:
            return []
        return launching.going_on_problems(
            percent=line.step["percent"], held_until=until, now=self.now, watched=watched(self.figures)
        )

    @property
    def speaks_against(self) -> list[str]:
        """The same without the clock, which is shown beside it."""
        return self.going_on_problems if self.is_held else self.going_on_problems[1:]

    @property
    def beat(self) -> str:
        """Of what people do, and of what changes which buttons there are. Another one: the board is to be drawn anew."""
        launch, plan = self.launch, self.plan
        undoable = sum(line.can_untell for line in self.told)
        parts = (
            launch.pk if launch else 0, launch.version if launch else 0, plan.version if plan else 0, int(self.is_held),
            len(self.speaks_against), undoable, self.decision,
        )  # fmt: skip
        return "-".join(map(str, parts))


def launch_day(service: Service, reader: User, now: datetime) -> LaunchDay:
    """Six statements, and one for the readings where some are measured."""
    rows = Launch.objects.with_people().filter(service=service).order_by("-attempt")
    launch = rows.first()
    ticks = launch.ticks.filter(undone_at=None).select_related("by") if launch else []
    readings = readings_of(launch, now) if launch and not launch.is_preparing else {}
    return LaunchDay(
        service=service,
        reader=reader,
        now=now,
        plan=plan_of(service),
        launch=launch,
        assessment=Assessment.objects.filter(service=service).first(),
        reviewed=ReviewedPlan.objects.filter(service=service).first(),
        ticks=list(ticks),
        readings=readings,
    )


def confirmation_of(service: Service) -> OnCallConfirmation | None:
    return OnCallConfirmation.objects.filter(service=service, person=service.on_call).first()
