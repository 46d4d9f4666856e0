"""What a check lacks, in the few words a page has room for."""

from readiness.checks.models import Check


def lacking(check: Check) -> list[str]:
    """The names of what it needs to be told: a need is a sentence that begins with the name and a colon."""
    return [need.partition(":")[0] for need in check.needs]
