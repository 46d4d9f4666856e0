"""How the kinds of mail are called on pages. This room knows nothing of the domain: the one that writes a kind of mail enters its
name here, when it starts.
"""

KINDS: dict[str, str] = {}
"""Kind of mail → its name."""


def name_of(kind: str) -> str:
    """One that is not written any more still has rows."""
    return KINDS.get(kind) or kind.replace("_", " ").replace("-", " ").capitalize()
