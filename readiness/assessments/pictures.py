"""Which picture shows which kind of proof. A kind that is not in the table gets a line for each figure that has a limit
(`max_error_rate` is the limit of `error_rate`, `min_days` of `days`), and a plain table for the rest. Pure; no Django.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from readiness.assessments.figures import has_value, name_in_words, value_in_words

type Figures = Mapping[str, Any]
type Asked = Mapping[str, Any]

HEADROOM = 1.12
"""How much longer than its longest bar a scale is."""


# What a picture is made of


@dataclass(frozen=True, slots=True)
class Line:
    """A figure beside its limit. `limit`: the setting that holds it (by default the figure's own name). `usual`: where none says.

    `comparator`: the setting that says on which side of the limit is good. `times`: from the limit's unit to the figure's (100
    where a share limits a percentage).
    """

    figure: str
    limit: str = ""
    label: str = ""
    is_most: bool = True
    usual: float | None = None
    comparator: str = ""
    times: float = 1


@dataclass(frozen=True, slots=True)
class Lines:
    """`is_shared`: one scale for all of them, for what is measured in the same unit; else a figure without a limit has no bar.
    Not drawn where something was asked, and none of these.
    """

    title: str
    lines: tuple[Line, ...]
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """One whole in parts: (figure, tone)."""

    title: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Every figure whose name begins so, by count: `failed_500: 12`. `about`: the setting that makes them worth a picture."""

    title: str
    prefix: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures that are read one by one, large; and those whose name begins with `prefix`. `note`: what the name of a figure ends
    with that says more of the one before it, such as how old it is.
    """

    title: str
    figures: tuple[str, ...]
    prefix: str = ""
    note: str = ""


def least(figure: str, limit: str = "", label: str = "", usual: float | None = None) -> Line:
    return Line(figure, limit, label, is_most=False, usual=usual)


LATENCY = Lines("Latency", (Line("p50_ms"), Line("p95_ms"), Line("p99_ms")), is_shared=True)
COVER = (
    Lines(
        "On call", (least("covered_percent", "min_covered", "Time covered", usual=100), least("people", "min_people"))
    ),
)
FINDINGS = Parts("Findings", (("errors", "bad"), ("warnings", "warn"), ("suppressed", "calm")))

PICTURES: Mapping[str, tuple[Lines | Parts | Counts | Tiles, ...]] = {
    "loadtest": (
        LATENCY,
        Lines("Errors", (Line("error_rate", "max_error_rate", "Error rate"),)),
        Lines(
            "At the peak",
            (
                least("duration_s", "min_duration_s", "Lasted"),
                least("rps", "peak_rps", "Load reached"),
                least("peak_users", "peak_users"),
                least("requests", "min_requests"),
            ),
        ),
        Counts("Failed requests by status", "failed_", about="max_error_rate"),
    ),
    "junit": (Parts("Cases", (("passed", "good"), ("failures", "bad"), ("errors", "bad"), ("skipped", "calm"))),),
    "sarif": (FINDINGS,),
    "health_pair": (
        Lines("Answered in", (Line("live_ms", "max_live_ms", "Live"), Line("ready_ms", "-", "Ready")), is_shared=True),
    ),
    "tls_expiry": (Lines("Certificate", (least("days_left", "min_days", "Days left"),)),),
    "prom_query": (Lines("Measured", (Line("value", "threshold", "Value", comparator="comparator"),)),),
    "explain": (Lines("Slowest plan", (Line("execution_ms", "max_execution_ms", "Execution"),)),),
    "drain": (
        Parts("Requests in flight", (("answered", "good"), ("unanswered", "bad"))),
        Lines("Time to end", (Line("seconds_to_end", "grace_s", "Ended after"),)),
    ),
    "am_delivery": (Lines("Acknowledged", (Line("seconds_to_acknowledge", "allowed_s", "After"),)),),
    "prom_golden": (
        Tiles(
            "Golden signals",
            ("requests_per_second", "error_ratio", "p50_ms", "p99_ms", "cpu", "memory_bytes"),
            prefix="pool_",
            note="_age_s",
        ),
    ),
    "prom_targets": (Parts("Targets", (("up", "good"), ("down", "bad"))),),
    "resource_trend": (
        Lines(
            "Carried on for a day, of the limit",
            (
                Line("memory_growth_percent", "max_growth_share", "Memory grows by", times=100),
                Line("file_descriptors_growth_percent", "max_growth_share", "Descriptors grow by", times=100),
                Line("pool_growth_percent", "max_growth_share", "Pool grows by", times=100),
                Line("pool_peak_percent", "max_pool_share", "Pool at its peak", times=100),
            ),
            is_shared=True,
        ),
        Lines("Restarts", (Line("restarts", "max_restarts"),)),
    ),
    "oncall_ical": COVER,
    "oncall_pagerduty": COVER,
    "zap": (
        Parts(
            "Alerts by risk",
            (
                ("high_alerts", "bad"),
                ("medium_alerts", "warn"),
                ("low_alerts", "calm"),
                ("informational_alerts", "calm"),
            ),
        ),
        Lines("Allowed", (Line("high_alerts", "max_high"), Line("medium_alerts", "max_medium"))),
    ),
    "scorecard": (Lines("Score", (least("score", "min_score"),)),),
    "pgss": (Lines("Slowest statement on average", (Line("slowest_mean_ms", "budget_ms", "Mean"),)),),
}
"""Kind of proof → its pictures, in the order in which they are read."""

TRENDS: Mapping[str, str] = {
    "health_pair": "live_ms",
    "tls_expiry": "days_left",
    "prom_query": "value",
    "prom_golden": "p99_ms",
    "prom_targets": "up",
    "oncall_ical": "covered_percent",
    "oncall_pagerduty": "covered_percent",
    "resource_trend": "memory_growth_percent",
}
"""Type of check → the figure whose course over the last runs is worth a line; of another type the first one that is measured."""
TREND_UNITS = ("_ms", "_s", "_percent", "_rate", "_share", "_ratio", "_rps")


# What is drawn


@dataclass(frozen=True, slots=True)
class Row:
    """`fill` and `mark` from 0 to 1; `mark` None: no limit. `limit`: "at most 300 ms". `is_kept` None: nothing is asked of it."""

    name: str
    label: str
    value: str
    fill: float
    mark: float | None = None
    limit: str = ""
    is_kept: bool | None = None

    @property
    def tone(self) -> str:
        return "busy" if self.is_kept is None else "good" if self.is_kept else "bad"

    @property
    def to_pass(self) -> str:
        """`p99: at most 800 ms; it was 910 ms`."""
        return f"{self.label}: {self.limit}; it was {self.value}."


@dataclass(frozen=True, slots=True)
class Picture:
    """`shape`: how the page draws it (lines, parts or tiles). `shown`: names of the figures that need not be listed again."""

    shape: str
    title: str
    rows: tuple[Row, ...]
    tones: tuple[str, ...] = ()
    shown: frozenset[str] = frozenset()

    @property
    def is_broken(self) -> bool:
        return any(row.is_kept is False for row in self.rows)

    @property
    def has_limits(self) -> bool:
        return any(row.limit for row in self.rows)

    @property
    def parts(self) -> list[tuple[Row, str]]:
        return list(zip(self.rows, self.tones, strict=True))


def pictures_of(kind: str, figures: Figures, asked: Asked) -> list[Picture]:
    """Those that have something to show; the one with a limit that is not kept comes first."""
    drawn = [_drawn(spec, figures, {**asked, **_own_limits(figures)}) for spec in PICTURES.get(kind, ())]
    shown = {row.name for picture in drawn if picture for row in picture.rows}
    found = [picture for picture in (*drawn, _inferred(figures, asked, shown)) if picture]
    return sorted(found, key=lambda picture: not picture.is_broken)


def trend_of(kind: str, figures: Figures) -> str:
    """The figure whose course is worth a line; empty where none is."""
    if kind in TRENDS:
        return TRENDS[kind]
    measured = (name for name, value in figures.items() if name.endswith(TREND_UNITS) and number_in(value) is not None)
    return next(measured, "")


def limit_of_trend(kind: str, figure: str, asked: Asked) -> float | None:
    """The limit that the line of a trend is held against."""
    lines = [line for spec in PICTURES.get(kind, ()) if isinstance(spec, Lines) for line in spec.lines]
    found = next((line for line in lines if line.figure == figure), None)
    return _limit(found, asked) if found else None


def _own_limits(figures: Figures) -> dict[str, Any]:
    """Proof may bring the limit itself: a drain test its grace period, a drill the time that was allowed."""
    return {name: figures[name] for name in ("grace_s", "allowed_s") if has_value(figures.get(name))}


def _drawn(spec: Lines | Parts | Counts | Tiles, figures: Figures, asked: Asked) -> Picture | None:
    match spec:
        case Lines():
            return _lines(spec, figures, asked)
        case Parts():
            return _parts(spec, figures)
        case Counts():
            return _counts(spec, figures) if not asked or spec.about in asked else None
        case Tiles():
            return _tiles(spec, figures)


def _lines(spec: Lines, figures: Figures, asked: Asked) -> Picture | None:
    lines = [(line, value) for line in spec.lines if (value := number_in(figures.get(line.figure))) is not None]
    if not spec.is_shared:
        lines = [(line, value) for line, value in lines if _limit(line, asked) is not None]
    if not lines:
        return None
    limits = [_limit(line, asked) for line, _ in lines]
    if asked and not any(limit is not None for limit in limits):
        return None  # something else was asked
    tops = [max(value, limit or 0) * HEADROOM or 1 for (_, value), limit in zip(lines, limits, strict=True)]
    tops = [max(tops)] * len(tops) if spec.is_shared else tops
    rows = [_row(line, figures, limit, top, asked) for (line, _), limit, top in zip(lines, limits, tops, strict=True)]
    return Picture("lines", spec.title, tuple(rows))


def _row(line: Line, figures: Figures, limit: float | None, top: float, asked: Asked) -> Row:
    value = number_in(figures[line.figure]) or 0.0
    is_most = str(asked.get(line.comparator, "")).startswith("<") if line.comparator else line.is_most
    said = value_in_words(line.figure, figures[line.figure])
    label = line.label or name_in_words(line.figure)
    if limit is None:
        return Row(line.figure, label, said, max(0.0, value / top))
    words = f"at {'most' if is_most else 'least'} {value_in_words(line.figure, _plain(limit))}"
    is_kept = value <= limit if is_most else value >= limit
    return Row(line.figure, label, said, max(0.0, value / top), max(0.0, limit / top), words, is_kept)


def _limit(line: Line, asked: Asked) -> float | None:
    found = number_in(asked.get(line.limit or line.figure))
    return line.usual if found is None else round(found * line.times, 6)


def _parts(spec: Parts, figures: Figures) -> Picture | None:
    counted = [(name, tone, value) for name, tone in spec.parts if (value := number_in(figures.get(name))) is not None]
    if not any(value for _, _, value in counted):
        return None
    rows = tuple(
        Row(name, name_in_words(name), value_in_words(name, figures[name]), value) for name, _, value in counted
    )
    return Picture("parts", spec.title, rows, tuple(tone for _, tone, _ in counted))


def _counts(spec: Counts, figures: Figures) -> Picture | None:
    found = [(name, value) for name in figures if name.startswith(spec.prefix) and (value := number_in(figures[name]))]
    top = max((value for _, value in found), default=0.0)
    rows = [
        Row(
            name,
            name.removeprefix(spec.prefix).replace("_", " "),
            value_in_words("", figures[name]),
            value / top,
            is_kept=None,
        )
        for name, value in sorted(found, key=lambda one: -one[1])
    ]
    return Picture("lines", spec.title, tuple(rows)) if rows else None


def _tiles(spec: Tiles, figures: Figures) -> Picture | None:
    more = [name for name in figures if spec.prefix and name.startswith(spec.prefix)]
    names = [name for name in (*spec.figures, *more) if has_value(figures.get(name)) and not _is_note(spec, name)]
    rows = [
        Row(name, name_in_words(name), value_in_words(name, figures[name]), 0.0, limit=_note(spec, name, figures))
        for name in names
    ]
    notes = frozenset(name + spec.note for name in names)
    return Picture("tiles", spec.title, tuple(rows), shown=notes) if rows else None


def _is_note(spec: Tiles, name: str) -> bool:
    return bool(spec.note) and name.endswith(spec.note)


def _note(spec: Tiles, name: str, figures: Figures) -> str:
    """`8 s old`."""
    age = figures.get(name + spec.note) if spec.note else None
    return f"{value_in_words(spec.note, age)} old" if has_value(age) else ""


def _inferred(figures: Figures, asked: Asked, shown: set[str]) -> Picture | None:
    lines = tuple(line for line in _lines_by_name(figures, asked) if line.figure not in shown)
    return _lines(Lines("Against their limits", lines), figures, asked)


def _lines_by_name(figures: Figures, asked: Asked) -> Iterator[Line]:
    for name in figures:
        for prefix, is_most in (("max_", True), ("min_", False)):
            if number_in(asked.get(prefix + name)) is not None:
                yield Line(name, prefix + name, is_most=is_most)


def number_in(value: Any) -> float | None:
    """Also one that a form or an endpoint holds as text."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number
