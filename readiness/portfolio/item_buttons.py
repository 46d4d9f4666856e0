"""What one may do about an item, each with the sentence that says why not: the same that the action would refuse with."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.urls import reverse

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.actions import excuses, records, waivers
from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Evidence, Gap, Item
from readiness.assessments.rules.next_step import ASK_THE_WITNESS
from readiness.checklists.pack import PackCriterion
from readiness.checklists.rules import How
from readiness.checks.models import Check
from readiness.checks.types import title_of

CHECKS_OFFERED = 2
RECORDS: Mapping[str, tuple[str, str, str]] = {
    "launch_announcement": ("assessments:launch-plan", "Write the launch plan", "rocket"),
    "launch_ramp": ("assessments:launch-plan", "Write the launch plan", "rocket"),
    "launch_thresholds": ("assessments:launch-plan", "Write the launch plan", "rocket"),
    "metric_owner": ("assessments:metric-owner", "Name the owner", "user-plus"),
}
"""Kind of record → the page on which it is kept, and what the button says."""


@dataclass(frozen=True, slots=True)
class Button:
    """A link, or with `is_post` a form with `hidden` fields. `problem`: why it can't be pressed; empty when it can."""

    label: str
    icon: str
    url: str
    problem: str = ""
    is_post: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)


class Buttons:
    """For one item and one person. `unmet`: the criteria that count and are not met."""

    def __init__(self, item: Item, user: User, unmet: Iterable[PackCriterion]) -> None:
        self._item, self._user, self._unmet = item, user, list(unmet)
        self._service = item.assessment.service
        self._place = [self._service.slug, item.key]

    def forward(self, checks: Iterable[Check]) -> list[Button]:
        """What brings it forward: what this person may do first, the cheapest first."""
        buttons = [*self._checks(checks), *self._records(), *self._reports(), *self._attestations()]
        buttons = [*self._to_witness(), *buttons]
        return sorted(buttons, key=lambda button: bool(button.problem))

    def aside(self, gap: Gap | None, *, is_waived: bool) -> list[Button]:
        """What else there is to do with it: a gap, a waiver, or that it does not apply."""
        buttons = []
        if gap is None or gap.is_closed:
            buttons.append(self._post("open-gap", "Open a gap", "flag", Action.PLAN_GAP))
        if self._item.is_hard:
            problem = waivers.request_problem(self._item)
            label = "Renew the waiver" if is_waived else "Ask for a waiver"
            buttons.append(self._link("request-waiver", label, "shield-off", Action.REQUEST_WAIVER, problem))
        if self._item.excused_at is None:
            problem = excuses.excuse_problem(self._item)
            buttons.append(
                self._link("excuse", "It does not apply", "circle-minus", Action.MARK_NOT_APPLICABLE, problem)
            )
        return buttons

    def excuse(self) -> list[Button]:
        """About somebody's word that it does not apply: agree, or take it back."""
        if self._item.excused_at is None:
            return []
        version, action = {"version": str(self._item.version)}, Action.MARK_NOT_APPLICABLE
        take_back = self._post("withdraw-excuse", "It applies after all", "arrow-back-up", action, hidden=version)
        if not self._item.is_excuse_waiting:
            return [take_back]
        problem = excuses.confirmation_problem(self._item, self._user)
        return [self._post("confirm-excuse", "I agree", "check", action, problem=problem, hidden=version), take_back]

    def _to_witness(self) -> Iterator[Button]:
        """Whom an attestation waits for sees that first. Asked only when one waits at all."""
        if self._item.next_step != ASK_THE_WITNESS:
            return
        proofs = Evidence.objects.of_item(self._item.assessment_id, self._item.key)
        for proof in proofs.filter(witness=self._user, witnessed_at=None)[:1]:
            yield Button(
                "I was there: confirm", "user-check", reverse("assessments:witness", args=[proof.pk]), is_post=True
            )

    def _checks(self, checks: Iterable[Check]) -> Iterator[Button]:
        """Those of unmet criteria, what can run first; named where there are several."""
        keys = {criterion.key for criterion in self._unmet}
        wanted = [check for check in checks if check.criterion_key in keys]
        offered = sorted(wanted, key=lambda check: bool(check.blocked_because))[:CHECKS_OFFERED]
        for check in offered:
            yield self._check(check, f"“{title_of(check.type)}”" if len(offered) > 1 else "the check")

    def _check(self, check: Check, name: str) -> Button:
        if check.needs:
            url = reverse("checks:configure", args=[check.pk])
            return Button(f"Set up {name}", "plug", url, self._why_not(Action.CONFIGURE_CHECK))
        if check.is_on_demand:
            return Button("Start a drill", "bell", check.get_absolute_url(), self._why_not(Action.RUN_CHECK))
        url, problem = reverse("checks:run", args=[check.pk]), self._why_not(Action.RUN_CHECK) or check.blocked_because
        return Button(f"Run {name} now", "player-play", url, problem, is_post=True)

    def _records(self) -> Iterator[Button]:
        kinds = [way.kind for criterion in self._unmet for way in criterion.ways if way.how is How.RECORD]
        for name, label, icon in dict.fromkeys(RECORDS[kind] for kind in kinds if kind in RECORDS):
            yield Button(label, icon, reverse(name, args=[self._service.slug]))
        if "oncall_confirmation" in kinds:
            problem = records.on_call_problem(self._service, self._user)
            url = reverse("assessments:confirm-on-call", args=[self._service.slug])
            yield Button("I know scope, runbooks and escalation", "user-check", url, problem, is_post=True)

    def _reports(self) -> Iterator[Button]:
        kinds = {way.kind for criterion in self._unmet for way in criterion.ways if way.how is How.ARTIFACT}
        if kinds & FORMATS.keys():
            url = f"{reverse('assessments:upload', args=[self._service.slug])}?item={self._item.key}"
            yield Button("Upload a report", "upload", url, self._why_not(Action.ATTACH_EVIDENCE))

    def _attestations(self) -> Iterator[Button]:
        for criterion in self._unmet:
            if any(way.how is How.ATTESTATION for way in criterion.ways):
                url = f"{reverse('assessments:attest', args=self._place)}?criterion={criterion.key}"
                yield Button("Attest", "signature", url, self._why_not(Action.ATTEST))
                return

    def _link(self, name: str, label: str, icon: str, action: Action, problem: str) -> Button:
        return Button(label, icon, reverse(f"assessments:{name}", args=self._place), self._why_not(action) or problem)

    def _post(
        self,
        name: str,
        label: str,
        icon: str,
        action: Action,
        *,
        problem: str = "",
        hidden: Mapping[str, str] | None = None,
    ) -> Button:
        url = reverse(f"assessments:{name}", args=self._place)
        return Button(label, icon, url, self._why_not(action) or problem, is_post=True, hidden=hidden or {})

    def _why_not(self, action: Action) -> str:
        return policy.may(self._user, action, self._service.target).reason
