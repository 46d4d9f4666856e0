"""Copies what the models have lived through to the other services, within the database: one statement for each kind of row.

Three temporary tables say what is whose likeness: service by service, item by item, gap by gap. Every kind of row is copied with
all its columns but those named here, so that a new column is copied too. Owners are others: somebody of the likeness's own team.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Model

from readiness.assessments.models import Assessment, Evidence, Gap, Item, Waiver
from readiness.catalog.models import Service
from readiness.demo.seeding.company import Company
from readiness.history.models import Entry
from readiness.portfolio.models import DailyFact
from reviews.models import Review

TABLES = ("seed_service", "seed_member", "seed_item", "seed_gap")
SOMEBODY = "SELECT p.person FROM seed_member p WHERE p.team = s.team AND p.nth = (t.id + s.nth) % s.people"
OWNER = f"CASE WHEN t.owner_id IS NULL THEN NULL ELSE ({SOMEBODY}) END"


def begin(models: Sequence[Service], others: Sequence[Service], company: Company) -> None:
    """Likeness n is that of model n modulo their number."""
    _run(
        "CREATE TEMPORARY TABLE seed_service (service bigint PRIMARY KEY, model bigint, team bigint, nth bigint, people bigint)"
    )
    _run("CREATE TEMPORARY TABLE seed_member (team bigint, nth bigint, person bigint)")
    rows = [
        (other.pk, models[at % len(models)].pk, other.team_id, at, len(company.people[0]))
        for at, other in enumerate(others)
    ]
    _insert("seed_service", rows)
    people = zip(company.teams, company.people, strict=True)
    _insert("seed_member", [(team.pk, nth, one.pk) for team, members in people for nth, one in enumerate(members)])
    _run("CREATE INDEX seed_service_model ON seed_service (model)")
    _analyse("seed_service", "seed_member")


def end() -> None:
    for table in TABLES:
        _run(f"DROP TABLE IF EXISTS {table}")


def copy_standing() -> None:
    """Assessments, items, gaps, waivers, proof, reviews."""
    _copy(Assessment, "JOIN seed_service s ON s.model = t.service_id", service_id="s.service")
    of_assessment = (
        "JOIN assessments_assessment old ON old.id = t.assessment_id JOIN seed_service s ON s.model = old.service_id"
        " JOIN assessments_assessment new ON new.service_id = s.service"
    )
    _copy(Item, of_assessment, assessment_id="new.id")
    _map(
        "seed_item",
        "SELECT t.id AS old, i.id AS new, s.service, s.team, s.nth, s.people FROM assessments_item t"
        f" {of_assessment} JOIN assessments_item i ON i.assessment_id = new.id AND i.key = t.key",
    )
    of_item = "JOIN seed_item s ON s.old = t.item_id"
    _copy(Gap, of_item, item_id="s.new", service_id="s.service", owner_id=OWNER)
    _map(
        "seed_gap",
        "SELECT t.id AS old, g.id AS new, s.service FROM assessments_gap t"
        f" {of_item} JOIN assessments_gap g ON g.item_id = s.new",
    )
    _copy(Waiver, of_item, item_id="s.new", service_id="s.service")
    key = "'seed-' || CAST(new.id AS varchar) || '-' || CAST(t.id AS varchar)"
    _copy(Evidence, of_assessment, assessment_id="new.id", idempotency_key=key)
    of_review = (
        "JOIN seed_service s ON s.model = t.service_id JOIN assessments_assessment new ON new.service_id = s.service"
    )
    _copy(Review, of_review, service_id="s.service", assessment_id="new.id")


def copy_history() -> None:
    """In the order of time, as it was written."""
    parts = (
        ("service", "JOIN seed_service s ON s.model = t.service_id", "s.service"),
        ("item", "JOIN seed_item s ON CAST(s.old AS varchar) = t.object_id", "s.new"),
        ("gap", "JOIN seed_gap s ON CAST(s.old AS varchar) = t.object_id", "s.new"),
    )
    columns = _columns(Entry, but={"id", "written_at"})
    selects = []
    for kind, join, about in parts:
        own = {
            "object_id": f"CAST({about} AS varchar)",
            "service_id": "s.service",
            "team_id": "c.team_id",
            "object_label": "REPLACE(t.object_label, o.name, c.name)",
        }
        values = ", ".join(f"{own.get(name, f't.{name}')} AS {name}" for name in columns)
        selects.append(
            f"SELECT {values}, t.id AS told FROM history_entry t {join} JOIN catalog_service c ON c.id = s.service"
            f" JOIN catalog_service o ON o.id = t.service_id WHERE t.object_type = '{kind}'"
        )
    copied = " UNION ALL ".join(selects)
    # What was said at the same moment stays in its order too.
    at = columns.index("at") + 1
    into = ", ".join(columns)
    _run(
        f"INSERT INTO history_entry ({into}) SELECT {into} FROM ({copied} ORDER BY {at}, {len(columns) + 1}) AS copied"
    )


def copy_facts() -> None:
    """In the order of services and days, as the index is."""
    _copy(DailyFact, "JOIN seed_service s ON s.model = t.service_id", order="s.service, t.day", service_id="s.service")


def _copy(model: type[Model], join: str, *, order: str = "", **own: str) -> None:
    """`own`: column → what stands in it instead of the model's."""
    table, columns = model._meta.db_table, _columns(model, but={"id"})
    values = ", ".join(own.get(name, f"t.{name}") for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    _run(f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t {join} ORDER BY {order or 's.service, t.id'}")
    _analyse(table)


def _map(table: str, select: str) -> None:
    _run(f"CREATE TEMPORARY TABLE {table} AS {select}")
    _run(f"CREATE INDEX {table}_old ON {table} (old)")
    _analyse(table)


def _columns(model: type[Model], *, but: set[str]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields if field.column and field.column not in but]


def _insert(table: str, rows: Sequence[tuple[int, ...]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(rows[0]))})", rows)


def _analyse(*tables: str) -> None:
    """The planner would think of the few rows of a moment ago."""
    for table in tables:
        _run(f"ANALYZE {table}")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
