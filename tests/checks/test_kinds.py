"""What a checklist may ask for and what this version can read: said in one place, true in the tables."""

from readiness.assessments.formats import FORMATS
from readiness.checklists.kinds import KINDS, NOT_READ_YET
from readiness.checklists.rules import How
from readiness.checks.types import TYPES


def test_what_is_not_read_yet_is_exactly_what_no_table_has() -> None:
    asked = {kind for how in How if how.is_machine for kind in KINDS[how]}
    assert asked - TYPES.keys() - FORMATS.keys() == NOT_READ_YET
