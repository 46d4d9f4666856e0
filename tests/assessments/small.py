"""A checklist with one item of each kind, and short words for the facts that tests are about."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db.models import Model

from readiness.accounts.policy import Refused
from readiness.assessments import actions
from readiness.assessments.actions import Recorded
from readiness.assessments.models import (
    Assessment,
    Comment,
    Evidence,
    EvidenceFile,
    Gap,
    Item,
    Launch,
    LaunchPlan,
    LaunchReading,
    LaunchTick,
    OnCallConfirmation,
    Step,
    Waiver,
)
from readiness.assessments.outcome import Outcome, Result
from readiness.checklists.pack import Pack
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import How, Strength
from readiness.history.actions import Actor
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.cast import NOW, Cast, published

ITEM = """\
  - key: {key}
    category: {category}
    gate: {gate}
    applies_when: {applies}
    minimum_strength: {strength}
    valid_days: {days}
    title: {title}
    requirement: It is so.
    why: Because.
    guidance: Do it.
    criteria:
"""
CRITERION = """\
      - key: {key}
        text: It was seen.
        minimum_strength: {strength}
        ways: [{ways}]
"""


def item_yaml(
    key: str,
    ways: dict[str, str],
    *,
    gate: str = "hard",
    category: str = "operations",
    strength: str = "linked",
    days: int = 30,
    applies: str = "{}",
    title: str = "",
    **strengths: str,
) -> str:
    """`ways`: criterion key → flow YAML such as `{probe: health_pair}`; `strengths` override the minimum by criterion."""
    head = ITEM.format(
        key=key,
        category=category,
        gate=gate,
        applies=applies,
        strength=strength,
        days=days,
        title=title or key.replace("-", " ").capitalize(),
    )
    if applies == "{}":
        head = head.replace("    applies_when: {}\n", "")
    parts = [CRITERION.format(key=name, ways=way, strength=strengths.get(name, strength)) for name, way in ways.items()]
    return head + "".join(parts)


PROBED = item_yaml("probed", {"answers": "{probe: health_pair}"}, strength="observed", days=7, category="reliability")
DRILLED = item_yaml("drilled", {"done": "{attestation: drill}"}, strength="exercised", days=90)
MIXED = item_yaml(
    "mixed",
    {"rules": "{query: prom_rules}", "drill": "{attestation: drill}"},
    strength="observed",
    days=30,
    drill="exercised",
)
EITHER = item_yaml("either", {"rotated": "{query: prom_query}, {attestation: drill}"}, strength="observed", days=90)
WRITTEN = item_yaml("written", {"linked": "{attestation: document}"}, gate="tracked", days=180, category="security")
QUEUED = item_yaml(
    "queued", {"shown": "{artifact: junit}"}, strength="uploaded", applies="{all_traits: [consumes-queue]}"
)
HEAD = "key: small\nname: Small\nsummary: A small checklist.\nitems:\n"
SMALL = HEAD + PROBED + DRILLED + MIXED + EITHER + WRITTEN + QUEUED

NOTE = "We pulled the plug on the primary, watched the replica take over in 40 seconds, and wrote down what was slow."
LINK = "https://wiki.example.com/drills/12"
BOT = Actor.machine("check health_pair #1")
_numbers = count(1)


def pack(*items: str) -> Pack:
    return read_pack(HEAD + "".join(items) if items else SMALL)


def small(cast: Cast, *items: str, now: datetime = NOW) -> Assessment:
    """`checkout` measured against the small checklist (or one of just `items`)."""
    return cast.assessed(version=published(pack(*items), now=now), now=now)


def see(
    assessment: Assessment,
    item_key: str = "probed",
    result: Result | str = "pass",
    *,
    criterion: str = "answers",
    how: How | str = How.PROBE,
    kind: str = "health_pair",
    strength: Strength | str = Strength.OBSERVED,
    now: datetime = NOW,
    observed_at: datetime | None = None,
    check_id: int | None = 1,
    key: str = "",
    reason: str = "",
) -> Recorded:
    """A machine saw something."""
    outcome = Outcome(Result(result), reason or f"It was a {result}.", {"latency_ms": 12}, (), observed_at)
    return actions.record_evidence(
        assessment=assessment, item_key=item_key, criterion_key=criterion, how=How(how), kind=kind, outcome=outcome,
        strength=Strength(strength), source="check health_pair #1", by=BOT, now=now,
        idempotency_key=key or f"fact {next(_numbers)}", check_id=check_id,
    )  # fmt: skip


def attested(
    cast: Cast, item_key: str = "drilled", criterion: str = "done", *, now: datetime = NOW, is_confirmed: bool = True
) -> Evidence:
    """Theo writes down what Olga did yesterday, Pia was there (and says so)."""
    evidence = actions.attest(
        by=cast.theo, item=cast.item(item_key), criterion_key=criterion, link=LINK, performed_on=now.date() - timedelta(days=1),
        performed_by=cast.olga, witness=cast.pia, note=NOTE, now=now,
    )  # fmt: skip
    return actions.confirm_witness(by=cast.pia, evidence=evidence, now=now) if is_confirmed else evidence


WATCHED: tuple[type[Model], ...] = (
    Assessment, Item, Evidence, EvidenceFile, Gap, Step, Comment, Waiver, LaunchPlan, OnCallConfirmation, Launch, LaunchTick,
    LaunchReading, Entry, Mail,
)  # fmt: skip


@contextmanager
def refused(kind: type[Refused], match: str = "", rule: str = "") -> Iterator[None]:
    """Expects a refusal, and that nothing whatever changed because of what was tried."""
    before = _everything()
    with pytest.raises(kind, match=match or None) as refusal:
        yield
    assert _everything() == before
    assert not rule or refusal.value.rule == rule


def _everything() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in WATCHED]


def verbs(object_type: str) -> list[str]:
    return list(Entry.objects.filter(object_type=object_type).order_by("id").values_list("verb", flat=True))


def body_of(response: Any) -> bytes:
    """Of an answer that is sent piece by piece."""
    return b"".join(response.streaming_content)
