"""What people, and imports on their behalf, change about services. `by` is a person, or the machine that a command is."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.policy import Conflict, Refused, Target
from readiness.accounts.rules import Action
from readiness.catalog import rules
from readiness.catalog.models import Dependency, Lifecycle, Service, ServiceQuerySet
from readiness.history.actions import Actor, Subject, record

RULE = "valid-service"
LONGEST_NAME = 160


class ServiceFields(TypedDict, total=False):
    """What may be said about a service beside its short name, name and team."""

    description: str
    tech_lead: User | None
    on_call: User | None
    platform_owner: User | None
    tier: int
    traits: list[str]
    lifecycle: str
    go_live_on: date | None
    repository: str
    endpoints: dict[str, rules.EndpointValue]
    is_badge_public: bool


PEOPLE = ("tech_lead", "on_call", "platform_owner")
CHANGEABLE = ("name", "team", *ServiceFields.__annotations__)


class WrongFields(Refused):
    """422 with the place: `problems` is field → sentence; a problem of an endpoint stands under the endpoint's name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(RULE, " ".join(problems.values()))
        self.problems = dict(problems)


@transaction.atomic
def create_service(
    *,
    by: User | Actor,
    now: datetime,
    slug: str,
    name: str,
    team: Team,
    dependencies: Iterable[str] = (),
    source: str = "hand",
    external_ref: str | None = None,
    **fields: Unpack[ServiceFields],
) -> Service:
    """Registers a service. `dependencies`: short names or names of services, or what a thing outside the catalog is called.

    Raises WrongFields, and the refusals of `policy.require`.
    """
    _require(by, Action.CREATE_SERVICE, Target(team_id=team.pk))
    values: dict[str, Any] = {"name": name.strip(), "team": team, **_tidy(fields)}
    wanted = _wanted_dependencies(by, slug, values["name"], dependencies)
    _refuse_problems({"slug": slug, **values})
    service = Service(slug=slug, source=source, external_ref=external_ref, created_at=now, updated_at=now, **values)
    try:
        with transaction.atomic():
            service.save(force_insert=True)
    except IntegrityError as error:
        raise WrongFields(
            {"slug": f"There is a service called “{slug}” already; choose another short name."}
        ) from error
    _write_dependencies(service, wanted)
    _link_those_waiting_for(by, service)
    after = {"slug": slug, **_said(values), "dependencies": list(wanted), "source": source}
    record("service.created", subject_of(service), by=by, at=now, after=after)
    return service


@transaction.atomic
def edit_service(
    *,
    by: User | Actor,
    now: datetime,
    service: Service,
    version: int,
    changes: Mapping[str, Any],
    dependencies: Iterable[str] | None = None,
) -> Service:
    """Writes what differs, if `version` is still the current one; the short name never changes.

    Raises WrongFields, Conflict (`current` is what stands there now), and the refusals of `policy.require`: for another team also
    the right to register a service there.
    """
    _require(by, Action.EDIT_SERVICE, service.target)
    tidy = _tidy(changes)
    changed = {field: value for field, value in tidy.items() if getattr(service, field) != value}
    if "team" in changed:
        _require(by, Action.CREATE_SERVICE, Target(team_id=changed["team"].pk))
    name = changed.get("name", service.name)
    had = _labels(service)
    wanted = None if dependencies is None else _wanted_dependencies(by, service.slug, name, dependencies)
    is_rewired = wanted is not None and sorted(had) != sorted(wanted)
    _refuse_problems(changed)
    if not changed and not is_rewired:
        return _unchanged(service, version)
    before = {field: getattr(service, field) for field in changed}
    fresh = _swap(service, version, {**changed, "updated_at": now})
    if wanted is not None and is_rewired:
        _write_dependencies(fresh, wanted)
        before, changed = {**before, "dependencies": had}, {**changed, "dependencies": _labels(fresh)}
    record("service.edited", subject_of(fresh), by=by, at=now, before=_said(before), after=_said(changed))
    return fresh


@transaction.atomic
def mark_launched(*, by: User | Actor, now: datetime, service: Service, version: int, launched_on: date) -> Service:
    """Says that the service went live on that day. Raises Refused for a day to come, Conflict."""
    _require(by, Action.EDIT_SERVICE, service.target)
    if launched_on > now.date():
        raise Refused(RULE, "A launch is marked when it has happened; choose today or an earlier day.")
    before = {"launched_on": service.launched_on, "lifecycle": service.lifecycle}
    after = {"launched_on": launched_on, "lifecycle": Lifecycle.PRODUCTION.value}
    fresh = _swap(service, version, {**after, "updated_at": now})
    record("service.launched", subject_of(fresh), by=by, at=now, before=before, after=after)
    return fresh


@transaction.atomic
def link_to_source(*, by: User | Actor, now: datetime, service: Service, external_ref: str) -> None:
    """Says that a service registered by hand is this entry of an imported catalog: later imports find it by that."""
    _require(by, Action.EDIT_SERVICE, service.target)
    linked = Service.objects.filter(pk=service.pk, external_ref=None).update(external_ref=external_ref, updated_at=now)
    if not linked:
        raise Conflict(f"{service.name} is linked to another entry already.", current=service)
    record("service.linked", subject_of(service), by=by, at=now, after={"external_ref": external_ref})


def subject_of(service: Service) -> Subject:
    return Subject("service", service.pk, service.name, service.pk, service.team_id)


def _require(by: User | Actor, action: Action, target: Target) -> None:
    """A command on the server is trusted with everything; a person is asked for."""
    if isinstance(by, User):
        policy.require(by, action, target)


def _unchanged(service: Service, version: int) -> Service:
    """Nothing to write; yet whoever looked at an older version is told."""
    fresh = Service.objects.with_people().get(pk=service.pk)
    if fresh.version != version:
        raise Conflict(_conflict_sentence(fresh), current=fresh)
    return fresh


def _swap(service: Service, version: int, values: Mapping[str, Any]) -> Service:
    """Compare-and-swap on the version."""
    written = Service.objects.filter(pk=service.pk, version=version).update(version=F("version") + 1, **values)
    fresh = Service.objects.with_people().get(pk=service.pk)
    if not written:
        raise Conflict(_conflict_sentence(fresh), current=fresh)
    return fresh


def _conflict_sentence(fresh: Service) -> str:
    return f"Somebody changed {fresh.name} while you were writing. Look at what stands there now, then save again."


def _tidy(values: Mapping[str, Any]) -> dict[str, Any]:
    """Text without blanks around it, traits in order, no empty endpoints. An unknown field is a programmer's error."""
    if unknown := set(values) - set(CHANGEABLE):
        raise TypeError(f"A service has no {', '.join(sorted(unknown))}.")
    tidy = {field: value.strip() if isinstance(value, str) else value for field, value in values.items()}
    if "traits" in tidy and not rules.service_problems({"traits": tidy["traits"]}):
        tidy["traits"] = rules.in_order(tidy["traits"])
    if "endpoints" in values:
        tidy["endpoints"] = {name: value for name, value in values["endpoints"].items() if value}
    return tidy


def _refuse_problems(values: Mapping[str, Any]) -> None:
    problems = rules.service_problems(values)
    if values.get("lifecycle", Lifecycle.PROTOTYPE) not in Lifecycle.values:
        problems["lifecycle"] = f"A lifecycle is one of: {', '.join(Lifecycle.values)}."
    for field in PEOPLE:
        person = values.get(field)
        if person is not None and not person.is_active:
            problems[field] = f"{person} has left; choose somebody else."
    if problems:
        raise WrongFields(problems)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the history: people and teams by name."""
    return {field: str(value) if isinstance(value, User | Team) else value for field, value in values.items()}


# Dependencies


type Wanted = dict[str, Service | None]
"""Label → the service it names, where the catalog knows one."""


def _wanted_dependencies(by: User | Actor, slug: str, name: str, words: Iterable[str]) -> Wanted:
    """A word that names a service which `by` may see becomes a link to it; any other stays a name."""
    wanted: Wanted = {}
    known = _services_for(by)
    for word in dict.fromkeys(word.strip() for word in words if word.strip()):
        if word.lower() in {slug.lower(), name.lower()}:
            raise WrongFields({"dependencies": "A service does not depend on itself."})
        if len(word) > LONGEST_NAME:
            raise WrongFields({"dependencies": f"“{word[:40]}…” is too long for a name."})
        needed = known.named(word).first()
        wanted[needed.slug if needed else word] = needed
    return wanted


def _labels(service: Service) -> list[str]:
    return [dependency.label for dependency in service.dependencies.select_related("needed")]


def _write_dependencies(service: Service, wanted: Wanted) -> None:
    """Rows that stay are left alone: their link may lead to a service that this person can't see."""
    staying = set()
    for row in service.dependencies.select_related("needed"):
        if row.label in wanted:
            staying.add(row.label)
        else:
            row.delete()
    rows = [
        Dependency(service=service, needed=needed, name=needed.name if needed else label)
        for label, needed in wanted.items()
        if label not in staying
    ]
    Dependency.objects.bulk_create(rows, ignore_conflicts=True)  # the same name twice is one dependency


def _link_those_waiting_for(by: User | Actor, service: Service) -> None:
    """Dependencies that were written down as a name before this service was registered."""
    waiting = Dependency.objects.filter(needed=None, service__in=_services_for(by)).exclude(service=service)
    waiting.filter(Q(name__iexact=service.slug) | Q(name__iexact=service.name)).update(needed=service)


def _services_for(by: User | Actor) -> ServiceQuerySet:
    return Service.objects.visible_to(by) if isinstance(by, User) else Service.objects.all()
