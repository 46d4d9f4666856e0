"""All that the page of a service's pipeline shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from readiness.accounts import policy
from readiness.accounts.models import Token, User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Assessment, Item
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.checklists.rules import How
from readiness.checks.connections import connected
from readiness.portfolio.pipelines.producers import producer_of
from readiness.portfolio.pipelines.snippets import Pipeline, Step

EXAMPLE = "https://{slug}.staging.example.com"


@dataclass(frozen=True, slots=True)
class Report:
    """What is pushed in one step, and the items it is proof for."""

    step: Step
    items: Sequence[Item]

    @property
    def is_lacking(self) -> bool:
        return any(item.is_open for item in self.items)


@dataclass(frozen=True, slots=True)
class Snippet:
    key: str
    title: str
    note: str
    text: str


@dataclass(frozen=True, slots=True)
class PipelinePage:
    """`examples`: variables whose value is made up, because the service does not declare it."""

    service: Service
    is_measured: bool
    reports: Sequence[Report]
    snippets: Sequence[Snippet]
    examples: Sequence[str]
    badge_url: str
    badge_markdown: str
    has_token: bool
    mint: Ruling
    edit: Ruling

    @property
    def lacking(self) -> int:
        return sum(report.is_lacking for report in self.reports)


def read_pipeline_page(service: Service, user: User, now: datetime) -> PipelinePage:
    """The caller has asked whether `user` may see the service."""
    rows = Assessment.objects.select_related("service", "version").defer("version__body")
    assessment = rows.filter(service=service).first()
    reports = reports_of(assessment) if assessment else []
    variables = variables_of(service)
    pipeline = Pipeline(
        _address(service), {name: value for name, (value, _) in variables.items()}, [r.step for r in reports]
    )
    badge = f"{settings.BASE_URL}{reverse('api:get_badge', args=[service.slug])}"
    return PipelinePage(
        service=service,
        is_measured=assessment is not None,
        reports=reports,
        snippets=_snippets(pipeline),
        examples=[name for name in pipeline.used if not variables[name][1]],
        badge_url=badge,
        badge_markdown=f"[![Readiness]({badge})]({settings.BASE_URL}{service.get_absolute_url()})",
        has_token=Token.objects.of_service(service.pk).live(now).exists(),
        mint=policy.may(user, Action.MINT_TOKEN, service.target),
        edit=policy.may(user, Action.EDIT_SERVICE, service.target),
    )


def _address(service: Service) -> str:
    return f"{settings.BASE_URL}/api/v1/services/{service.slug}"


def _snippets(pipeline: Pipeline) -> list[Snippet]:
    return [
        Snippet("github", "GitHub Actions", "Keep the token as the repository's secret READINESS_TOKEN.", pipeline.for_github()),
        Snippet("gitlab", "GitLab CI", "Keep the token as the project's masked variable READINESS_TOKEN.", pipeline.for_gitlab()),
        Snippet("shell", "Shell and curl", "Any other pipeline: the token is in READINESS_TOKEN.", pipeline.for_shell()),
    ]  # fmt: skip


def variables_of(service: Service) -> dict[str, tuple[str, bool]]:
    """Name → (value, whether the service declares it; else it is an example)."""
    example, organisation = EXAMPLE.format(slug=service.slug), connected()
    prometheus, traces = organisation.get("prometheus"), organisation.get("traces")
    declared = {
        "TARGET_URL": service.endpoint("staging_url") or service.endpoint("base_url"),
        "OPENAPI_URL": service.endpoint("openapi_url"),
        "PROMETHEUS": service.endpoint("prometheus_url") or (prometheus.address if prometheus else ""),
        "METRICS": service.endpoint("metrics_selector"),
        "TRACES": traces.address if traces and traces.flavour == "jaeger" else "",
        "TRACE_SERVICE": service.endpoint("trace_service"),
        "REPOSITORY": service.repository,
    }
    made_up = {
        "TARGET_URL": example,
        "OPENAPI_URL": f"{example}/openapi.json",
        "PROMETHEUS": "https://prometheus.example.com",
        "METRICS": f'{{job="{service.slug}"}}',
        "TRACE_SERVICE": service.name_in_traces,
        "TRACES": "https://jaeger.example.com",
        "REPOSITORY": f"github.com/example/{service.slug}",
    }
    return {name: (value or made_up[name], bool(value)) for name, value in declared.items()}


def reports_of(assessment: Assessment) -> list[Report]:
    """In the order of the formats' table; first those that are for every item that takes them."""
    wanted: dict[tuple[str, str], dict[str, Item]] = {}
    items = assessment.items.filter(retired_at=None).exclude(status=ItemStatus.NOT_APPLICABLE.value)
    for item in items:
        for key in _taken_by(assessment, item):
            wanted.setdefault(key, {})[item.key] = item
    order = list(FORMATS)
    return [_report(key, wanted[key].values()) for key in sorted(wanted, key=lambda key: (order.index(key[0]), key[1]))]


def _taken_by(assessment: Assessment, item: Item) -> set[tuple[str, str]]:
    """(kind, item's key where such a report says nothing unless it is sent for that item; else empty)."""
    service = assessment.service
    criteria = assessment.version.pack.item(item.key).criteria_for(tier=service.tier, traits=service.traits)
    ways = [way for criterion in criteria for way in criterion.ways if way.how is How.ARTIFACT and way.kind in FORMATS]
    return {(way.kind, item.key if FORMATS[way.kind].is_general and not way.params else "") for way in ways}


def _report(key: tuple[str, str], items: Iterable[Item]) -> Report:
    kind, item_key = key
    found = sorted(items, key=lambda item: item.position)
    producer = producer_of(kind, item_key)
    title = FORMATS[kind].title
    title = title if title.lower() == producer.tool.lower() else f"{title} by {producer.tool}"
    return Report(Step(title, kind, item_key, producer, [item.key for item in found]), found)
