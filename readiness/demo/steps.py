"""The vocabulary of the demo's stories: plain values, each one thing that somebody or something did.

`day` counts from the day of loading (0); `at` is a time of day in the zone of whoever acts ("09:40 theo": in Theo's), "+3" for
three minutes after the step before it, or "-12" for twelve minutes before loading. `by` is a short name from
`story/people.py`; empty is a machine. Other days in a step (a due date, a launch) count from the day of loading as well.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field

from readiness.accounts.rules import Role
from readiness.assessments.outcome import Figure
from readiness.assessments.rules import Decision
from readiness.catalog.rules import EndpointValue
from readiness.demo.reports import Report
from reviews.rules import ParticipantRole, Word


@dataclass(frozen=True, slots=True)
class Step:
    day: int
    at: str
    by: str


# The company


@dataclass(frozen=True, slots=True)
class Founded(Step):
    """The first administrator sets the installation up; the shipped checklist is published."""


@dataclass(frozen=True, slots=True)
class TeamFounded(Step):
    _: KW_ONLY
    slug: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class PersonAdded(Step):
    """With their roles: (role, team); an empty team is the whole organisation."""

    _: KW_ONLY
    key: str
    name: str
    email: str
    roles: tuple[tuple[Role, str], ...]


@dataclass(frozen=True, slots=True)
class ProfileFilled(Step):
    _: KW_ONLY
    name: str
    title: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class CampaignStarted(Step):
    """By its owner, for all services of these teams."""

    _: KW_ONLY
    name: str
    why: str
    item: str
    teams: tuple[str, ...]
    due: int


# The service


@dataclass(frozen=True, slots=True)
class Registered(Step):
    """`has_live_checks`: its checks stay switched on; those of invented services would call hosts that don't exist."""

    _: KW_ONLY
    name: str
    team: str
    description: str
    tier: int
    traits: tuple[str, ...]
    tech_lead: str = ""
    on_call: str = ""
    platform: str = ""
    go_live: int | None = None
    lifecycle: str = "prototype"
    repository: str = ""
    endpoints: Mapping[str, EndpointValue] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    has_live_checks: bool = False


@dataclass(frozen=True, slots=True)
class Changed(Step):
    """Those fields that are given."""

    _: KW_ONLY
    tech_lead: str = ""
    on_call: str = ""
    platform: str = ""
    go_live: int | None = None
    lifecycle: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Launched(Step):
    pass


@dataclass(frozen=True, slots=True)
class Configured(Step):
    """Somebody tells a check what it can't know."""

    _: KW_ONLY
    check: str
    settings: Mapping[str, object]


# Proof


@dataclass(frozen=True, slots=True)
class Proved(Step):
    """Machines saw each criterion of these items that a machine can prove, as `proofs.SAYINGS` words it. An item may be
    narrowed to one criterion: "obs-alerting/routing". `leaving`: criteria left out. `lasting`: for how many days, where it
    stands for many runs; by default as long as the checklist says.
    """

    _: KW_ONLY
    items: tuple[str, ...]
    leaving: tuple[str, ...] = ()
    lasting: int | None = None


@dataclass(frozen=True, slots=True)
class Seen(Step):
    """One thing that a machine saw, in words of its own: a failure, or a source that could not be read. `figures` are those that
    differ from what is measured when all is well.
    """

    _: KW_ONLY
    criterion: str
    reason: str
    is_unknown: bool = False
    figures: Mapping[str, Figure] = field(default_factory=dict)
    findings: tuple[tuple[str, str, str], ...] = ()  # (rule, message, where)


@dataclass(frozen=True, slots=True)
class Pushed(Step):
    """A pipeline pushed a report as its tool writes it (`reports.py`), and the product read it. `tool`: its name and version.
    `item`: for this one alone.
    """

    _: KW_ONLY
    report: Report
    file: str
    tool: tuple[str, str]
    commit: str
    target: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class MetricOwned(Step):
    """The record behind the metric of the core function: whose it is, and what is normal."""

    _: KW_ONLY
    owner: str
    normal: str


@dataclass(frozen=True, slots=True)
class Attested(Step):
    """`performed`: on which day, by default that of the step. `performed_by`: by default who writes it down."""

    _: KW_ONLY
    criterion: str
    kind: str
    link: str
    note: str
    witness: str
    performed: int | None = None
    performed_by: str = ""


@dataclass(frozen=True, slots=True)
class Witnessed(Step):
    """The last attestation of the criterion that waits for this witness."""

    _: KW_ONLY
    criterion: str


@dataclass(frozen=True, slots=True)
class Excused(Step):
    _: KW_ONLY
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExcuseConfirmed(Step):
    _: KW_ONLY
    item: str


@dataclass(frozen=True, slots=True)
class LaunchPlanned(Step):
    """`audiences` (who, when, channel) · `ramp` (percent, minutes, metric) · `thresholds` (metric, limit, action)."""

    _: KW_ONLY
    audiences: tuple[tuple[str, str, str], ...]
    ramp: tuple[tuple[int, int, str], ...]
    thresholds: tuple[tuple[str, str, str], ...]
    decider: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OnCallConfirmed(Step):
    pass


@dataclass(frozen=True, slots=True)
class Told(Step):
    """`who`: a line of the launch plan."""

    _: KW_ONLY
    who: str


@dataclass(frozen=True, slots=True)
class LaunchStarted(Step):
    pass


@dataclass(frozen=True, slots=True)
class LaunchStepped(Step):
    pass


@dataclass(frozen=True, slots=True)
class Measured(Step):
    """What was read of a launch in its last half hour: (query, least, most)."""

    _: KW_ONLY
    courses: tuple[tuple[str, float, float], ...]


# Gaps and waivers


@dataclass(frozen=True, slots=True)
class GapOpened(Step):
    _: KW_ONLY
    item: str
    because: str


@dataclass(frozen=True, slots=True)
class GapPlanned(Step):
    _: KW_ONLY
    item: str
    owner: str
    due: int
    plan: str


@dataclass(frozen=True, slots=True)
class WorkStarted(Step):
    _: KW_ONLY
    item: str


@dataclass(frozen=True, slots=True)
class ClosingProposed(Step):
    _: KW_ONLY
    item: str
    note: str


@dataclass(frozen=True, slots=True)
class ClosingVerified(Step):
    _: KW_ONLY
    item: str


@dataclass(frozen=True, slots=True)
class SentBack(Step):
    _: KW_ONLY
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class WaiverRequested(Step):
    _: KW_ONLY
    item: str
    reason: str
    mitigation: str
    ends: int


@dataclass(frozen=True, slots=True)
class WaiverDecided(Step):
    _: KW_ONLY
    item: str
    is_approved: bool
    note: str


@dataclass(frozen=True, slots=True)
class WaiverRevoked(Step):
    _: KW_ONLY
    item: str
    note: str


# The review


@dataclass(frozen=True, slots=True)
class Scheduled(Step):
    """`starts`: (day, time of day where `by` lives); "-25" is 25 minutes before loading."""

    _: KW_ONLY
    starts: tuple[int, str]
    minutes: int = 30
    place: str = ""
    timing_reason: str = ""
    guests: tuple[tuple[str, ParticipantRole], ...] = ()


@dataclass(frozen=True, slots=True)
class Cancelled(Step):
    _: KW_ONLY
    reason: str


@dataclass(frozen=True, slots=True)
class Joined(Step):
    pass


@dataclass(frozen=True, slots=True)
class Begun(Step):
    pass


@dataclass(frozen=True, slots=True)
class Said(Step):
    """The room's word on an item of the agenda; the facilitator brings the room there first."""

    _: KW_ONLY
    item: str
    word: Word
    note: str = ""
    owner: str = ""
    due: int | None = None
    plan: str = ""


@dataclass(frozen=True, slots=True)
class PassedAcknowledged(Step):
    pass


@dataclass(frozen=True, slots=True)
class Noted(Step):
    _: KW_ONLY
    notes: str


@dataclass(frozen=True, slots=True)
class Paused(Step):
    pass


@dataclass(frozen=True, slots=True)
class Decided(Step):
    _: KW_ONLY
    decision: Decision
    stricter_reason: str = ""


@dataclass(frozen=True, slots=True)
class SignedOff(Step):
    _: KW_ONLY
    role: ParticipantRole
    comment: str = ""


@dataclass(frozen=True, slots=True)
class OutputAcknowledged(Step):
    pass


@dataclass(frozen=True, slots=True)
class IncidentWritten(Step):
    """`began`: (day, time of day where `by` lives); `items` should have prevented it, `missing` is what no item asks for."""

    _: KW_ONLY
    began: tuple[int, str]
    title: str
    what_happened: str
    items: tuple[str, ...] = ()
    missing: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One service, or (with an empty slug) the company, from its first day to today.

    `facts` fill the words of machines: peak, alerts, routes …
    """

    slug: str
    facts: Mapping[str, object]
    steps: tuple[Step, ...]
