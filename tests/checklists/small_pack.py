"""The smallest pack there is, to be broken in every way, and what the reader says to that."""

import pytest

from readiness.checklists.pack_errors import PackErrors
from readiness.checklists.pack_reader import read_pack

PACK = """\
key: small
name: Small
summary: A small pack.
items:
  - key: obs-x
    category: observability
    gate: hard
    minimum_strength: observed
    valid_days: 30
    title: X
    requirement: X is so.
    why: Because.
    guidance: |
      Do it.

      Then *show* it.
    criteria:
      - key: shown
        text: It was seen.
        ways:
          - query: prom_query
            params: {max: 0.9}
"""


def errors_of(text: str | bytes) -> list[str]:
    with pytest.raises(PackErrors) as refusal:
        read_pack(text)
    return [str(error) for error in refusal.value.errors]


def changed(old: str, new: str) -> str:
    assert PACK.count(old) == 1, old
    return PACK.replace(old, new)
