"""What a machine saw, as a page shows it, wherever it does: pictures, figures in words, findings by rule, and what would make it
pass. Pure; no Django.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readiness.assessments.figures import Figure, figures_in_words
from readiness.assessments.pictures import Asked, Picture, pictures_of

ORDER = {"error": 0, "warning": 1, "info": 2}
GROUPS_SHOWN, A_GROUP_SHOWN, A_GROUP_OPEN = 5, 5, 20
TO_PASS_SAID = 6


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one rule at one level: `shown` of them, `folded` away, and `more` that are not here at all."""

    rule: str
    level: str
    count: int
    shown: Sequence[Mapping[str, str]]
    folded: Sequence[Mapping[str, str]] = ()

    @property
    def more(self) -> int:
        return self.count - len(self.shown) - len(self.folded)

    @property
    def is_single(self) -> bool:
        return self.count == 1


@dataclass(frozen=True, slots=True)
class Seen:
    """`figures`: those that no picture shows. `left_out`: groups of findings that are not shown here. `to_pass`: the limits that
    were not kept; where all were, `to_mend`: what was found.
    """

    pictures: Sequence[Picture]
    figures: Sequence[Figure]
    groups: Sequence[Group]
    left_out: int
    findings: int
    to_pass: Sequence[str]
    to_mend: Sequence[str]

    @property
    def is_cut(self) -> bool:
        return bool(self.left_out or any(group.more for group in self.groups))

    @property
    def counts(self) -> str:
        """`2 errors, 14 warnings`."""
        words = {"error": "error", "warning": "warning", "info": "note"}
        totals = {level: sum(group.count for group in self.groups if group.level == level) for level in words}
        said = [f"{totals[level]} {word}{'s' * (totals[level] != 1)}" for level, word in words.items() if totals[level]]
        return ", ".join(said)

    def __bool__(self) -> bool:
        return bool(self.pictures or self.figures or self.groups)


def seen_of(
    *,
    kind: str,
    result: str,
    reason: str = "",
    figures: Mapping[str, Any],
    findings: Iterable[Mapping[str, str]],
    asked: Asked | None = None,
    is_whole: bool = False,
) -> Seen:
    """`asked`: the settings that it was judged by. `reason`: the sentence above it, which findings need not say again.
    `is_whole`: every finding, for the page of one proof alone.
    """
    asked = asked or {}
    pictures = pictures_of(kind, figures, asked)
    drawn = {name for picture in pictures for name in (*(row.name for row in picture.rows), *picture.shown)}
    new = [finding for finding in findings if finding.get("where") or finding.get("message", "") not in reason]
    groups = _groups(new, is_whole=is_whole)
    shown = groups if is_whole else groups[:GROUPS_SHOWN]
    to_pass = _first(_broken_limits(pictures)) if result == "fail" else []
    return Seen(
        pictures=pictures,
        figures=figures_in_words({name: value for name, value in figures.items() if name not in drawn}),
        groups=shown,
        left_out=len(groups) - len(shown),
        findings=sum(group.count for group in groups),
        to_pass=to_pass,
        to_mend=_first(_to_mend(groups, reason)) if result == "fail" and not to_pass else (),
    )


def _groups(findings: Iterable[Mapping[str, str]], *, is_whole: bool) -> list[Group]:
    """Worst first, then the many before the few."""
    together: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for finding in findings:
        together.setdefault((finding.get("level", ""), finding.get("rule", "")), []).append(finding)
    most = A_GROUP_OPEN if is_whole else A_GROUP_SHOWN
    groups = [
        Group(rule, level, len(some), some[:most], some[most:] if is_whole else ())
        for (level, rule), some in together.items()
    ]
    return sorted(groups, key=lambda group: (ORDER.get(group.level, 3), -group.count))


def _broken_limits(pictures: Iterable[Picture]) -> list[str]:
    return [row.to_pass for picture in pictures for row in picture.rows if row.is_kept is False]


def _to_mend(groups: Iterable[Group], reason: str) -> list[str]:
    """What the sentence above does not say already."""
    said = [_in_short(group) for group in groups if group.level == "error"]
    return [words for words in said if words not in reason]


def _in_short(group: Group) -> str:
    if group.count == 1:
        return str(group.shown[0].get("message", group.rule))
    return f"{group.count} findings of “{group.rule}”"


def _first(said: Sequence[str]) -> list[str]:
    more = len(said) - TO_PASS_SAID
    return [*said[:TO_PASS_SAID], *([f"And {more} more, listed below."] if more > 0 else [])]
