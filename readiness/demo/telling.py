"""Short forms for what stories say often. Each answers steps; a story is made by adding them up."""

from collections.abc import Iterable

from readiness.demo.steps import Attested, Joined, OutputAcknowledged, Proved, Said, SignedOff, Step, Witnessed
from reviews.rules import ParticipantRole, Word

BY_MACHINE = ""
LONGEST_STRETCH = 30
WEEKLY = (
    "obs-golden-signals",
    "obs-alerting/paging-rules",
    "obs-alerting/routing",
    "sec-secrets/history-scan",
    "ops-on-call/coverage",
    "ops-on-call/escalation",
)
"""What proof of a week needs again and again, whatever the service is."""
WEEKLY_HTTP = (*WEEKLY, "sec-access-control", "rel-error-boundary")


def told(*parts: Step | Iterable[Step]) -> tuple[Step, ...]:
    """Steps and lists of steps, one after the other."""
    steps: list[Step] = []
    for part in parts:
        steps.extend([part] if isinstance(part, Step) else part)
    return tuple(steps)


def again(first: int, last: int, every: int, items: tuple[str, ...], at: str = "05:40") -> tuple[Step, ...]:
    """Machines look again, every so many days."""
    return tuple(Proved(day, at, BY_MACHINE, items=items) for day in range(first, last + 1, every))


def through(first: int, until: int, items: tuple[str, ...], at: str = "05:40") -> tuple[Step, ...]:
    """Machines looked each hour, and all was well: one word for a month of runs, or loading would take minutes."""
    days = range(first, until, LONGEST_STRETCH)
    return tuple(
        Proved(day, at, BY_MACHINE, items=items, lasting=min(LONGEST_STRETCH, until - day) + 1) for day in days
    )


def attested(
    day: int,
    at: str,
    by: str,
    criterion: str,
    kind: str,
    *,
    link: str,
    note: str,
    witness: str,
    performed: int | None = None,
    confirmed: str = "+95",
) -> tuple[Step, ...]:
    """An attestation and, unless `confirmed` is empty, its witness some minutes later."""
    word = Attested(
        day, at, by, criterion=criterion, kind=kind, link=link, note=note, witness=witness, performed=performed
    )
    return (word, Witnessed(day, confirmed, witness, criterion=criterion)) if confirmed else (word,)


def joined(day: int, first: str, *people: str) -> tuple[Step, ...]:
    """The first at a time of day, the others a minute after each other."""
    return tuple(Joined(day, first if place == 0 else "+1", person) for place, person in enumerate(people))


def gap(  # noqa: PLR0917 - a line of the minutes, read from left to right
    day: int, by: str, item: str, owner: str, due: int, plan: str, note: str = "", after: int = 3
) -> Step:
    """The room's word: open, with owner, date and plan."""
    return Said(day, f"+{after}", by, item=item, word=Word.GAP, note=note, owner=owner, due=due, plan=plan)


def signed(day: int, *people: tuple[str, ParticipantRole, str]) -> tuple[Step, ...]:
    """(who, as what, comment), each a while after the other."""
    return tuple(SignedOff(day, "+11", by, role=role, comment=comment) for by, role, comment in people)


def acknowledged(day: int, first: str, *people: str) -> tuple[Step, ...]:
    return tuple(OutputAcknowledged(day, first if place == 0 else "+17", person) for place, person in enumerate(people))


RUNTIME = (
    "obs-structured-logging",
    "obs-log-levels",
    "obs-business-metrics",
    "obs-tracing",
    "obs-runbooks",
    "rel-health-probes",
)
SECURITY = ("sec-secrets", "sec-secret-rotation", "sec-input-validation", "sec-access-control")
FAILURE = ("rel-dependency-failure", "rel-timeouts", "rel-retries", "rel-circuit-breakers", "rel-graceful-shutdown")
LOAD = ("perf-load-test", "perf-query-audit")
MONTHLY = (*RUNTIME, "sec-input-validation", *LOAD)
"""What proof of thirty days needs again."""
