"""Two people wrote the same notes at once: both texts in one, line by line, so that nothing that either wrote is lost."""

from difflib import SequenceMatcher


def both(theirs: str, mine: str) -> str:
    """What both have once, and what only one has where it stood: theirs first. A line that only one of them took out stays."""
    left, right = theirs.splitlines(), mine.splitlines()
    lines: list[str] = []
    for kind, start, end, from_, to in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        lines += left[start:end] + ([] if kind == "equal" else right[from_:to])
    return "\n".join(lines)
