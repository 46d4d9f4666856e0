"""The smallest lens there is, to be broken in every way, and the two real ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from readiness.checklists.lens import read_lens
from readiness.checklists.pack import Pack, PackItem
from readiness.checklists.pack_errors import PackErrors

SAMPLES = Path(__file__).parent / "samples"
OLDER, NEWER = SAMPLES / "aws-orr-lens-v1.3.4.json", SAMPLES / "aws-orr-lens-v1.3.5.json"

LENS = """\
{
  "schemaVersion": "2021-11-01",
  "name": "House rules v1.2",
  "description": "What we ask.",
  "pillars": [
    {
      "id": "data_protection",
      "name": "Data protection",
      "questions": [
        {
          "id": "Q_keys",
          "title": "Are keys kept?",
          "description": "Say how keys are kept.",
          "choices": [
            {"id": "kept", "title": "Keys are in a vault.", "improvementPlan": {"displayText": "Move them."}},
            {"id": "turned", "title": "Keys are rotated.",
             "helpfulResource": {"displayText": "On rotation", "url": "https://example.com/rotate"}}
          ],
          "riskRules": [
            {"condition": "kept && turned", "risk": "NO_RISK"},
            {"condition": "kept", "risk": "MEDIUM_RISK"},
            {"condition": "default", "risk": "HIGH_RISK"}
          ]
        }
      ]
    }
  ]
}
"""
A, B, C = ({"id": name, "title": f"{name.upper()} is so."} for name in "abc")
NONE = {"id": "q_no", "title": "None of these"}


def changed(old: str, new: str) -> str:
    assert LENS.count(old) == 1, old
    return LENS.replace(old, new)


def errors_of(text: str | bytes) -> list[str]:
    with pytest.raises(PackErrors) as refusal:
        read_lens(text)
    return [str(error) for error in refusal.value.errors]


def lens_of(*choices: dict[str, Any], rules: dict[str, str], **question: Any) -> str:
    """One question `q`. `rules`: condition → risk, without its `_RISK`."""
    listed = [{"condition": condition, "risk": f"{risk}_RISK"} for condition, risk in rules.items()]
    asked = {"id": "q", "title": "So?", "choices": choices, "riskRules": listed, **question}
    pillars = [{"id": "p", "name": "P", "questions": [asked]}]
    return json.dumps({"schemaVersion": "2021-11-01", "name": "L", "pillars": pillars})


def pack_of(*choices: dict[str, Any], rules: dict[str, str], **question: Any) -> Pack:
    return read_lens(lens_of(*choices, rules=rules, **question))


def asked(*choices: dict[str, Any], rules: dict[str, str]) -> list[str]:
    """The criteria's texts."""
    return texts(pack_of(*choices, rules=rules).items[0])


def texts(item: PackItem) -> list[str]:
    return [criterion.text for criterion in item.criteria]
