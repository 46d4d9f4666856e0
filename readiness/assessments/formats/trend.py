"""Would it run for a day? Memory, descriptors and pools of a load test's window, carried on in a straight line.

The first fifth of the window is warm-up and left out. Growth over the projected hours is held against the resource's limit, or
against its own level where no limit is known. A line that scatters too much to say whether it rises proves nothing either way.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from readiness.assessments.formats._series import Point, Role, Series, role_of, series_of_answer
from readiness.assessments.formats.contract import Reading, Verdict, counted, moment_of
from readiness.assessments.outcome import Figure, Level, Outcome

__all__ = ["Point", "Role", "Series", "judge_series", "line_through", "role_of", "series_of_answer"]

WARM_UP_SHARE = 0.2
FEWEST_POINTS = 10
SHORTEST_S = 300.0
MAX_POOL_SHARE = 0.9
LIMITS = {
    Role.MEMORY: Role.MEMORY_LIMIT,
    Role.FILE_DESCRIPTORS: Role.FILE_DESCRIPTORS_LIMIT,
    Role.POOL: Role.POOL_LIMIT,
}
WORDS = {Role.MEMORY: "memory", Role.FILE_DESCRIPTORS: "file descriptors", Role.POOL: "a connection pool"}

# Judging


def judge_series(
    series: Sequence[Series],
    *,
    projected_hours: float = 24,
    max_growth_share: float = 0.2,
    max_restarts: int | None = 0,
    max_pool_share: float = MAX_POOL_SHARE,
    require: Sequence[str] = (Role.MEMORY, Role.FILE_DESCRIPTORS),
) -> Outcome:
    """`require`: resources without which it can't be told. Shares are between 0 and 1. Age runs from the last point."""
    verdict = Verdict()
    figures: dict[str, Figure] = {"series": len(series), "duration_s": _duration(series)}
    limits = {role: [one for one in series if one.role is limit] for role, limit in LIMITS.items()}
    for role, words in WORDS.items():
        found = [one for one in series if one.role is role and one.points]
        if not found:
            _miss(verdict, words, is_required=role.value in require)
            continue
        grown = [_grow(one, limits[role], projected_hours, max_growth_share, verdict) for one in found]
        figures[f"{role.value}_growth_percent"] = _worst(grown)
        if role is Role.POOL:
            figures["pool_peak_percent"] = _worst([_peak(one, limits[role], max_pool_share, verdict) for one in found])
    figures["restarts"] = _judge_restarts(series, max_restarts, verdict)
    for one in series:
        if one.role is None:
            verdict.note("unnamed", "What this series measures is not said; name the query, such as memory.", one.place)
    latest = max((one.points[-1][0] for one in series if one.points), default=None)
    return verdict.outcome(
        _good(figures, projected_hours),
        Reading("Prometheus", figures, moment_of(latest)),
    )


def _miss(verdict: Verdict, words: str, *, is_required: bool) -> None:
    if is_required:
        verdict.unclear.append(f"There is no series of {words}.")
    else:
        verdict.note("no-series", f"There is no series of {words}.", level=Level.INFO)


def _grow(one: Series, limits: Sequence[Series], hours: float, share: float, verdict: Verdict) -> float | None:
    """The growth over `hours` as a share of the limit, or of its own level; None where that can't be told."""
    settled = _settled(one.points)
    if len(settled) < FEWEST_POINTS or settled[-1][0] - settled[0][0] < SHORTEST_S:
        verdict.unclear.append(
            f"{one.place} is too short to be carried on: {counted(len(settled), 'point')} after the warm-up."
        )
        return None
    slope, error = line_through(settled)
    if one.role is Role.POOL and abs(slope) < 2 * error:
        slope = 0.0  # a pool goes up and down with the load, from minute to minute
    level = sum(value for _, value in settled) / len(settled)
    limit = _limit(one, limits)
    base = limit or level
    if base <= 0:
        return 0.0 if slope <= 0 else None
    seconds = hours * 3600
    growth = slope * seconds / base
    if growth >= share:
        what = "its limit" if limit else "its own level"
        sentence = (
            f"{one.name} would grow by {growth:.0%} of {what} in {hours:g} hours; less than {share:.0%} is asked for."
        )
        if (slope - 2 * error) * seconds / base >= share:
            verdict.fail("grows", sentence, one.place)
        else:
            verdict.unclear.append(f"{one.name} scatters too much to say whether it grows; record a longer window.")
    return growth


def _settled(points: Sequence[Point]) -> Sequence[Point]:
    begin, end = points[0][0], points[-1][0]
    return [point for point in points if point[0] >= begin + WARM_UP_SHARE * (end - begin)]


def line_through(points: Sequence[Point]) -> tuple[float, float]:
    """(slope per second, its standard error) of the least squares line."""
    count = len(points)
    middle, level = sum(at for at, _ in points) / count, sum(value for _, value in points) / count
    spread = sum((at - middle) ** 2 for at, _ in points)
    if not spread:
        return 0.0, 0.0
    slope = sum((at - middle) * (value - level) for at, value in points) / spread
    left = sum((value - level - slope * (at - middle)) ** 2 for at, value in points)
    return slope, math.sqrt(left / max(1, count - 2) / spread)


def _limit(one: Series, limits: Sequence[Series]) -> float | None:
    """The least limit among those whose labels agree. 0, infinity and astronomical numbers mean that there is none."""
    fitting = [
        limit.points[-1][1]
        for limit in limits
        if limit.points and all(one.labels[key] == value for key, value in limit.labels.items() if _binds(key, one))
    ]
    return min((value for value in fitting if 0 < value < 1e14), default=None)


def _binds(key: str, one: Series) -> bool:
    return key != "__name__" and key in one.labels


def _peak(one: Series, limits: Sequence[Series], most: float, verdict: Verdict) -> float | None:
    """How full it was at most, as a share. A ratio that the service exports is one already."""
    highest = max(value for _, value in one.points)
    is_share = highest <= 1 and re.search(r"ratio|share|utili[sz]ation", one.name)
    limit = _limit(one, limits) or (1.0 if is_share else None)
    if limit is None:
        verdict.unclear.append(f"The size of the pool {one.place} is not given.")
        return None
    full = highest / limit
    if full >= most:
        verdict.fail(
            "pool-full", f"{one.name} was {full:.0%} full at its peak; less than {most:.0%} is asked for.", one.place
        )
    return full


def _judge_restarts(series: Sequence[Series], most: int | None, verdict: Verdict) -> int | None:
    counters = [_rises(one.points) for one in series if one.role is Role.RESTARTS and one.points]
    starts = [_changes(one.points) for one in series if one.role is Role.STARTED and one.points]
    if not counters and not starts:
        if most is not None:
            verdict.unclear.append("Nothing shows whether it restarted; add process_start_time_seconds.")
        return None
    restarts = max(sum(counters), sum(starts) + _replaced(series))
    if most is not None and restarts > most:
        verdict.fail("restarted", f"It restarted {counted(restarts, 'time')} meanwhile; at most {most} is asked for.")
    return restarts


def _rises(points: Sequence[Point]) -> int:
    """A counter that falls back began anew: what it counts since then was counted once more."""
    return round(sum(after - before if after >= before else after for (_, before), (_, after) in pairwise(points)))


def _changes(points: Sequence[Point]) -> int:
    return sum(abs(after - before) > 1 for (_, before), (_, after) in pairwise(points))


def _replaced(series: Sequence[Series]) -> int:
    """A new pod has labels of its own, and so a series of its own: one that begins where another ended took its place. (Where
    none ended, more were started for the load.)
    """
    spans = [(one.points[0][0], one.points[-1][0]) for one in series if one.role is Role.STARTED and one.points]
    begin, end = min((first for first, _ in spans), default=0), max((last for _, last in spans), default=0)
    late = sum(first > begin + WARM_UP_SHARE / 10 * (end - begin) for first, _ in spans)
    early = sum(last < end - WARM_UP_SHARE / 10 * (end - begin) for _, last in spans)
    return min(late, early)


def _duration(series: Sequence[Series]) -> float | None:
    return round(max((one.points[-1][0] - one.points[0][0] for one in series if one.points), default=0)) or None


def _worst(shares: Sequence[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return round(max(known) * 100, 1) if known else None


def _good(figures: Mapping[str, Figure], hours: float) -> str:
    grown = [
        f"{WORDS[role].removeprefix('a ')} {figures[f'{role.value}_growth_percent']:+}%"
        for role in WORDS
        if figures.get(f"{role.value}_growth_percent") is not None
    ]
    restarts = figures.get("restarts")
    ended = "" if restarts is None else f"; {restarts or 'no'} restart{'' if restarts == 1 else 's'}"
    return f"In {hours:g} hours: {', '.join(grown) or 'nothing was measured'}{ended}."
