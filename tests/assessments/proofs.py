"""Plain values for tests of the rules: no database, the clock stands at NOW."""

from datetime import UTC, datetime, timedelta
from typing import Any

from readiness.assessments.outcome import Result
from readiness.assessments.rules import Proof
from readiness.checklists.pack import PackCriterion, PackItem, Way
from readiness.checklists.rules import AppliesWhen, Category, Gate, How, Strength

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
DAYS = 30

PROBE = Way(How.PROBE, "health_pair")
QUERY = Way(How.QUERY, "prom_query")
REPORT = Way(How.ARTIFACT, "junit")
RECORD = Way(How.RECORD, "launch_ramp")
DRILL = Way(How.ATTESTATION, "drill")
DOCUMENT = Way(How.ATTESTATION, "document")
WORTH = {How.PROBE: "observed", How.QUERY: "observed", How.ARTIFACT: "uploaded", How.RECORD: "linked"}


def criterion(
    *ways: Way, key: str = "shown", minimum: str | None = None, applies: AppliesWhen | None = None
) -> PackCriterion:
    return PackCriterion(
        key,
        "It was seen.",
        ways or (PROBE,),
        applies or AppliesWhen(),
        minimum_strength=Strength(minimum) if minimum else None,
    )


def item(*criteria: PackCriterion, minimum: str = "linked", **changes: Any) -> PackItem:
    values: dict[str, Any] = {
        "key": "obs-x", "category": Category.OBSERVABILITY, "title": "X", "requirement": "X is so.", "why": "Because.",
        "guidance": "Do it.", "gate": Gate.HARD, "minimum_strength": Strength(minimum), "valid_days": DAYS,
        "criteria": criteria or (criterion(),),
    }  # fmt: skip
    return PackItem(**{**values, **changes})


def proof(result: str = "pass", way: Way = PROBE, *, hours_ago: float = 1, days: float = DAYS, **changes: Any) -> Proof:
    """Observed `hours_ago`, valid for `days` from then."""
    observed_at = NOW - timedelta(hours=hours_ago)
    worth = WORTH.get(way.how) or ("exercised" if way.kind == "drill" else "linked")
    values: dict[str, Any] = {
        "id": 1000 - round(hours_ago * 10), "criterion_key": "shown", "how": way.how, "kind": way.kind, "result": Result(result),
        "strength": Strength(changes.pop("strength", worth)), "observed_at": observed_at,
        "valid_until": observed_at + timedelta(days=days), "reason": f"{way.kind} {result}", "counts_since": observed_at,
    }  # fmt: skip
    return Proof(**{**values, **changes})
