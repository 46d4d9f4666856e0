from readiness.checklists.views.drafting import discard, edit, import_pack, publish
from readiness.checklists.views.reading import checklist, checklists, compare, export, services, version

__all__ = [
    "checklist",
    "checklists",
    "compare",
    "discard",
    "edit",
    "export",
    "import_pack",
    "publish",
    "services",
    "version",
]
