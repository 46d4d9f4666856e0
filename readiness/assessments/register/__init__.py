"""The register of gaps: what the address asks for, as rows, figures, a board and CSV. Each page costs the same for any number."""

from readiness.assessments.register.board import Column, board
from readiness.assessments.register.filters import ALL, ME, NOBODY, Filters
from readiness.assessments.register.rows import (
    COLUMNS,
    Figures,
    figures,
    gaps_to_export,
    matching,
    owners_of_gaps,
    page_of_gaps,
    teams_with_gaps,
)

__all__ = [
    "ALL",
    "COLUMNS",
    "ME",
    "NOBODY",
    "Column",
    "Figures",
    "Filters",
    "board",
    "figures",
    "gaps_to_export",
    "matching",
    "owners_of_gaps",
    "page_of_gaps",
    "teams_with_gaps",
]
