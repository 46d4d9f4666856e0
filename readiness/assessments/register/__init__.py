"""The register of gaps: what the address asks for, as rows, figures and CSV. A page costs the same however many there are."""

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
    "Figures",
    "Filters",
    "figures",
    "gaps_to_export",
    "matching",
    "owners_of_gaps",
    "page_of_gaps",
    "teams_with_gaps",
]
