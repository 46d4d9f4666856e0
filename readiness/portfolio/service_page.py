"""All that the page of one service shows, read in a number of statements that does not grow with its items, proof or history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.assessments.models import Assessment, Gap, Item, Launch, LaunchPlan, Waiver
from readiness.assessments.queries import facts_of, gap_of, house_day
from readiness.assessments.rules import ItemStatus, NextStep, ReviewDue, Verdict, decide, what_is_next
from readiness.catalog.models import Dependency, Service
from readiness.checklists.models import Status, Version
from readiness.checklists.pack import Pack
from readiness.checklists.rules import Gate
from readiness.checks.models import Check
from readiness.checks.rows import spare
from readiness.history.models import Entry
from readiness.portfolio.campaigns.scope import campaigns_of
from readiness.portfolio.check_words import lacking
from readiness.portfolio.models import Campaign
from reviews.drift import DriftPage, read_drift
from reviews.models import Incident, Packet, Review

RECENT_ENTRIES = 8
INCIDENTS_SHOWN = 4
STEPS_SHOWN = 5
RULINGS = {
    "edit": Action.EDIT_SERVICE,
    "schedule": Action.SCHEDULE_REVIEW,
    "configure": Action.CONFIGURE_CHECK,
    "read_history": Action.READ_HISTORY,
    "mint": Action.MINT_TOKEN,
    "comment": Action.COMMENT,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One item with what is known about it. `shown`: the status as a reader thinks of it, a waiver in force included."""

    item: Item
    gap: Gap | None
    waiver: Waiver | None
    checks: tuple[Check, ...]
    is_waived: bool
    is_new: bool

    @property
    def shown(self) -> str:
        return "waived" if self.is_waived and self.item.is_open else self.item.status

    @property
    def is_blocking(self) -> bool:
        return self.item.is_hard and self.item.is_open and not self.is_waived and not self.is_new

    @property
    def open_gap(self) -> Gap | None:
        return None if self.gap is None or self.gap.is_closed else self.gap

    @property
    def check_to_set_up(self) -> Check | None:
        return next((check for check in self.checks if check.needs), None)


@dataclass(frozen=True, slots=True)
class ChapterStanding:
    """The items under one heading of the checklist. `anchor`: its name in the page's address; `categories`: those whose first
    items are here, for links that know only of categories.
    """

    heading: str
    anchor: str
    categories: tuple[str, ...]
    rows: tuple[Row, ...]
    left_out: tuple[Row, ...]

    @property
    def counts(self) -> dict[str, int]:
        """For {% standing_bar %}."""
        shown = [row.shown for row in self.rows]
        failing = [row for row in self.rows if row.shown == ItemStatus.NOT_MET]
        return {
            "met": shown.count(ItemStatus.MET),
            "waived": shown.count("waived"),
            "gaps": sum(not row.item.is_hard for row in failing),
            "hard": sum(row.item.is_hard for row in failing),
            "stale": shown.count(ItemStatus.STALE),
            "unknown": shown.count(ItemStatus.UNKNOWN),
        }

    @property
    def met(self) -> int:
        return sum(row.item.is_met for row in self.rows)

    @property
    def blocking(self) -> int:
        return sum(row.is_blocking for row in self.rows)

    @property
    def open(self) -> int:
        return sum(row.item.is_open for row in self.rows)


@dataclass(slots=True)
class ServicePage:
    service: Service
    assessment: Assessment | None
    verdict: Verdict
    chapters: list[ChapterStanding]
    steps: list[Row]
    gaps: list[Gap]
    checks: list[Check]
    launch_plan: LaunchPlan | None
    launch: Launch | None
    """The last attempt."""
    reviews: list[Review]
    needs: list[tuple[Dependency, bool]]
    dependents: list[Service]
    history: list[Entry]
    newer: Version | None
    rulings: Mapping[str, Ruling]
    incidents: list[Incident]
    campaigns: list[Campaign]
    """The last few."""
    drift: DriftPage | None = None
    """Since the last decision that this person may see."""
    today: date = field(default_factory=timezone.localdate)

    @property
    def rows(self) -> list[Row]:
        return [row for standing in self.chapters for row in standing.rows]

    @property
    def blocking(self) -> int:
        return sum(row.is_blocking for row in self.rows)

    @property
    def steps_shown(self) -> list[Row]:
        return self.steps[:STEPS_SHOWN]

    @property
    def steps_more(self) -> list[Row]:
        return self.steps[STEPS_SHOWN:]

    @property
    def live_review(self) -> Review | None:
        return next((review for review in self.reviews if not review.is_over), None)

    @property
    def last_decided(self) -> Review | None:
        decided = [(review.decided_at, review) for review in self.reviews if review.is_decided and review.decided_at]
        return max(decided, key=lambda pair: pair[0])[1] if decided else None

    @property
    def next_review(self) -> ReviewDue | None:
        """The assessment comes with its service."""
        return self.assessment.next_review if self.assessment else None

    @property
    def is_review_due(self) -> bool:
        """Within thirty days, or overdue."""
        return self.next_review is not None and self.next_review.is_soon(self.today)

    @property
    def failed_gate(self) -> Incident | None:
        """The last incident on a hard gate that had passed, while no review is planned or was held since."""
        last = next((incident for incident in self.incidents if incident.calls_for_review), None)
        if last is None or self.live_review:
            return None
        return last if self.last_decided is None or self.last_decided.pk == last.review_id else None

    @property
    def past_reviews(self) -> list[Review]:
        return [review for review in self.reviews if review.is_over]

    @property
    def overdue_gaps(self) -> int:
        return sum(gap.is_overdue(self.today) for gap in self.gaps)

    @property
    def troubled_checks(self) -> list[Check]:
        """What somebody should look at: in quarantine, failing, then those that can't tell again and again."""
        return sorted((check for check in self.checks if _trouble(check)), key=_trouble)

    @property
    def lacks(self) -> list[tuple[str, list[Check]]]:
        """What checks still need to be told, and which wait for it; what sets most of them free first."""
        waiting: dict[str, list[Check]] = {}
        spared = spare(self.checks)
        for check in self.checks:
            for name in lacking(check) if check.is_enabled and check.pk not in spared else ():
                waiting.setdefault(name, []).append(check)
        return sorted(waiting.items(), key=lambda pair: (-len(pair[1]), pair[0]))

    @property
    def checks_running(self) -> int:
        return sum(not check.blocked_because for check in self.checks)

    @property
    def days_to_go_live(self) -> int | None:
        planned = self.service.go_live_on
        return None if planned is None or self.service.is_launched else (planned - self.today).days


def read_service_page(service: Service, user: User, now: datetime) -> ServicePage:
    """`service` with its people. The caller has asked whether `user` may see it."""
    rows_of = Assessment.objects.filter(service=service).select_related("version__checklist").defer("version__body")
    assessment = rows_of.first()
    if assessment:
        assessment.service = service
    rulings = {name: policy.may(user, action, service.target) for name, action in RULINGS.items()}
    today = house_day(now)
    checks = list(
        Check.objects.in_force().filter(service=service).select_related("item").order_by("item__position", "pk")
    )
    rows = _rows(assessment, checks, today) if assessment else []
    gaps = [row.open_gap for row in rows if row.open_gap and row.item.status != ItemStatus.NOT_APPLICABLE]
    page = ServicePage(
        service=service,
        assessment=assessment,
        verdict=decide(facts_of(row.item for row in rows), today=today),
        chapters=_chapters(rows, assessment.version.pack) if assessment else [],
        steps=_steps(rows),
        gaps=sorted(gaps, key=lambda gap: (gap.due_on is None, gap.due_on or date.max, gap.pk)),
        checks=checks,
        launch_plan=LaunchPlan.objects.filter(service=service).select_related("decider").first(),
        launch=Launch.objects.filter(service=service).order_by("-attempt").first(),
        reviews=list(Review.objects.visible_to(user).filter(service=service).select_related("lead")[:10]),
        needs=_needs(service, user),
        dependents=list(
            Service.objects.visible_to(user)
            .in_force()
            .filter(dependencies__needed=service)
            .select_related("team")
            .distinct()
        ),
        history=_history(service) if rulings["read_history"] else [],
        newer=_newer(assessment),
        rulings=rulings,
        campaigns=campaigns_of(service, {row.item.key for row in rows if row.item.status != ItemStatus.NOT_APPLICABLE}),
        incidents=list(Incident.objects.filter(service=service).for_list()[:INCIDENTS_SHOWN]),
    )
    page.drift = _drift(page, now)
    return page


def _drift(page: ServicePage, now: datetime) -> DriftPage | None:
    packet = Packet.objects.filter(review=page.last_decided).first() if page.last_decided else None
    return read_drift(packet, page.assessment, now, checks=page.checks) if packet and page.assessment else None


def _newer(assessment: Assessment | None) -> Version | None:
    """The newest published version of the same checklist, when it is newer than the pinned one (rule *pinned*)."""
    if assessment is None:
        return None
    pinned = assessment.version
    published = Version.objects.filter(checklist=pinned.checklist_id, status=Status.PUBLISHED, number__gt=pinned.number)
    return published.select_related("checklist").defer("body").order_by("-number").first()


def _rows(assessment: Assessment, checks: Iterable[Check], today: date) -> list[Row]:
    items = assessment.items.filter(retired_at=None).select_related("gap__owner")
    waivers = Waiver.objects.filter(service_id=assessment.service_id).by_item()
    of_item: dict[int, list[Check]] = {}
    for check in checks:
        of_item.setdefault(check.item_id, []).append(check)
    return [
        Row(
            item=item,
            gap=gap_of(item),
            waiver=waivers.get(item.pk),
            checks=tuple(of_item.get(item.pk, ())),
            is_waived=item.waived_until is not None and today < item.waived_until,
            is_new=item.new_until is not None and today < item.new_until,
        )
        for item in items
    ]


def _chapters(rows: Sequence[Row], pack: Pack) -> list[ChapterStanding]:
    heading_of = {item.key: item.heading for item in pack.items}
    standings: list[ChapterStanding] = []
    reached: set[str] = set()
    for heading, anchor in pack.headings.items():
        own = [row for row in rows if heading_of[row.item.key] == heading]
        here = {row.item.category for row in own}
        anchors = tuple(sorted(here - reached - {anchor}))
        reached |= here
        left_out = tuple(row for row in own if row.item.status == ItemStatus.NOT_APPLICABLE)
        counted = tuple(row for row in own if row not in left_out)
        standings.append(ChapterStanding(heading, anchor, anchors, counted, left_out))
    return standings


def _steps(rows: Sequence[Row]) -> list[Row]:
    """*What is next*: the cheapest unmet hard gate first. What is waived has time."""
    by_key = {row.item.key: row for row in rows if row.item.is_open and row.item.next_step and not row.is_waived}
    steps = [
        NextStep(row.item.key, Gate(row.item.gate), row.item.title, row.item.next_step, row.item.next_step_cost)
        for row in by_key.values()
    ]
    return [by_key[step.item_key] for step in what_is_next(steps)]


def _needs(service: Service, user: User) -> list[tuple[Dependency, bool]]:
    """Each dependency, and whether this person may open it; one they may not see is only a name."""
    seen = set(Service.objects.visible_to(user).filter(dependents__service=service).values_list("pk", flat=True))
    return [(row, row.needed_id in seen) for row in service.dependencies.select_related("needed")]


def _history(service: Service) -> list[Entry]:
    entries = list(Entry.objects.of_service(service.pk).newest_first()[:RECENT_ENTRIES])
    for entry in entries:
        entry.object_label = entry.object_label.removesuffix(f" · {service}")  # the page says whose
    return entries


def _trouble(check: Check) -> int:
    """0: none; else the smaller, the sooner somebody should look."""
    if not check.is_enabled:
        return 0
    if check.quarantined_at is not None:
        return 1
    if check.last_result == "fail":
        return 2
    return 3 if check.is_doubtful else 0
