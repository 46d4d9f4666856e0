"""The packs that come with the program, in the order in which an installation publishes them. Pure; no Django.

The first is the one that new services are measured against. A later one may extend an earlier one.
"""

from functools import cache
from pathlib import Path

from readiness.checklists.pack import Pack
from readiness.checklists.pack_reader import read_pack

KEYS = ("go-live", "extended")


def path_of(key: str) -> Path:
    return Path(__file__).parent / "packs" / f"{key}.yaml"


@cache
def read_shipped(key: str) -> Pack | None:
    """As it is where nobody has published anything else; None for a key that no pack here has."""
    return read_pack(path_of(key).read_bytes(), bases=read_shipped) if key in KEYS else None
