"""The time zones a person can choose from, by continent."""

from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
type Choices = list[tuple[str, str | list[tuple[str, str]]]]


@cache
def choices() -> Choices:
    """For a select: UTC, then a group for each continent. Old names that only point to new ones ("GB") are left out."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in CONTINENTS and "/" in name)
    groups = groupby(names, key=lambda name: name.partition("/")[0])
    return [("UTC", "UTC"), *((continent, [(name, _place(name)) for name in zones]) for continent, zones in groups)]


@cache
def is_known(name: str) -> bool:
    return name in available_timezones()


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ")
