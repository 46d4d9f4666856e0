"""How the import commands say what they did."""

from collections.abc import Callable

from readiness.catalog.importers import Report
from readiness.catalog.importers.entries import Kind

PLURALS = {Kind.TEAM: "teams", Kind.PERSON: "people", Kind.SERVICE: "services", Kind.FILE: "files"}


def write_report(report: Report, write: Callable[[str], None], *, is_dry_run: bool) -> None:
    """One line an entry, grouped by what became of it; then the sums."""
    would = "would be " if is_dry_run or not report.is_kept else ""
    for line in report.created:
        write(f"created    {line.kind:8} {line.name}")
    for line in report.updated:
        write(f"updated    {line.kind:8} {line.name}: {line.what}")
    for line in report.unchanged:
        write(f"unchanged  {line.kind:8} {line.name}")
    for note in report.notes:
        write(f"note       {note.kind:8} {note.name} ({note.place}): {note.reason}")
    for remark in report.remarks:
        write(f"note       {remark}")
    for skipped in report.skipped:
        name = f"{skipped.name} " if skipped.name else ""
        write(f"skipped    {skipped.kind:8} {name}({skipped.place}): {skipped.reason}")
    write("")
    for kind, counts in report.summary():
        said = ", ".join(
            f"{count} {would if outcome != 'unchanged' else ''}{outcome}" for outcome, count in counts.items()
        )
        write(f"{PLURALS[kind]}: {sum(counts.values())} ({said})")
