"""What a service can be (its traits, its tier), and what machines may be told about it. Plain values; no Django."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

TIERS = (1, 2, 3, 4)
"""1 is critical, 4 the least."""


class Trait(StrEnum):
    """What a service is; decides which checklist items count for it."""

    HTTP_API = "http-api"
    WORKER = "worker"
    BATCH = "batch"
    DATA_PIPELINE = "data-pipeline"
    FRONTEND = "frontend"
    ML = "ml"
    CALLS_SERVICES = "calls-services"
    HAS_DATABASE = "has-database"
    CONSUMES_QUEUE = "consumes-queue"
    INTERNET_FACING = "internet-facing"
    CONTAINERISED = "containerised"

    @property
    def label(self) -> str:
        return _TRAIT_WORDS[self][0]

    @property
    def help(self) -> str:
        """When to say that a service is this, in one sentence."""
        return _TRAIT_WORDS[self][1]


_TRAIT_WORDS = {
    Trait.HTTP_API: ("HTTP API", "Programs call it over HTTP: REST, GraphQL or RPC."),
    Trait.WORKER: ("Worker", "A process that runs all the time and takes work from somewhere."),
    Trait.BATCH: ("Batch job", "Runs on a schedule or on demand, and ends."),
    Trait.DATA_PIPELINE: ("Data pipeline", "Moves or transforms data that others rely on."),
    Trait.FRONTEND: ("Front end", "People open it in a browser or as an app."),
    Trait.ML: ("Machine learning", "Answers from a trained model."),
    Trait.CALLS_SERVICES: ("Calls other services", "Needs other services over the network to do its work."),
    Trait.HAS_DATABASE: ("Has a database", "Owns a database or its schema."),
    Trait.CONSUMES_QUEUE: ("Consumes a queue", "Reads messages from a queue, a topic or a stream."),
    Trait.INTERNET_FACING: ("Faces the internet", "Can be reached from outside your networks."),
    Trait.CONTAINERISED: ("Runs in containers", "Runs as a container, for example in Kubernetes."),
}


SPEAKS_TO = {"database": Trait.HAS_DATABASE, "queue": Trait.CONSUMES_QUEUE}
"""What traces may show that a service speaks to → the trait by which it says that it does."""


def spoken_to(systems: Iterable[str], traits: Collection[str]) -> list[str]:
    """Of the systems that a checklist wants to see in traces, those that the service says it has."""
    return [system for system in systems if system not in SPEAKS_TO or SPEAKS_TO[system] in traits]


def in_order(traits: Iterable[str]) -> list[str]:
    """Known traits once each, sorted: how a service stores them."""
    return sorted({Trait(trait).value for trait in traits if trait in set(Trait)})


# Where machines look


class EndpointKind(StrEnum):
    ADDRESS = "address"  # one http or https address
    ADDRESSES = "addresses"  # a list of them
    TEXT = "text"
    NUMBER = "number"  # above zero; what a load test is held against
    COMMIT = "commit"  # seven hexadecimal digits or more


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that checks may be told about a service. Stored in `Service.endpoints` under `name`."""

    name: str
    label: str
    help: str
    example: str
    kind: EndpointKind = EndpointKind.ADDRESS


ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        Endpoint(
            "base_url",
            "Base address",
            "Where the service answers. Paths of checks continue it, and its certificate is judged.",
            "https://checkout.example.com",
        ),
        Endpoint(
            "live_url",
            "Live address",
            "Answers 200 while the process itself works, whatever its dependencies do.",
            "https://checkout.internal.example.com/healthz/live",
        ),
        Endpoint(
            "ready_url",
            "Ready address",
            "Answers 200 while the service can take traffic, 503 while it can't.",
            "https://checkout.internal.example.com/healthz/ready",
        ),
        Endpoint(
            "openapi_url",
            "OpenAPI document",
            "The description of its interface; protected routes are found in it.",
            "https://checkout.example.com/openapi.json",
        ),
        Endpoint(
            "prometheus_url",
            "Prometheus address",
            "The address in front of /api/v1 of the Prometheus that scrapes this service.",
            "https://prometheus.internal.example.com",
        ),
        Endpoint(
            "alert_selector",
            "Labels of its alerting rules",
            "Which alerting rules are this service's own, by the labels set on them.",
            '{service="checkout"}',
            EndpointKind.TEXT,
        ),
        Endpoint(
            "runbook_urls",
            "Runbooks",
            "The pages that alerts link to, one address a line.",
            "https://runbooks.example.com/checkout/high-error-rate",
            EndpointKind.ADDRESSES,
        ),
        Endpoint(
            "staging_url",
            "Staging address",
            "Where an environment like production answers; what would disturb people is tried there and nowhere else.",
            "https://checkout.staging.example.com",
        ),
        Endpoint(
            "metrics_selector",
            "Labels of its metrics",
            "Which series are this service's own, by the labels on them.",
            '{job="checkout"}',
            EndpointKind.TEXT,
        ),
        Endpoint(
            "log_query",
            "Its log streams",
            "The LogQL selector of the streams that this service writes.",
            '{app="checkout"}',
            EndpointKind.TEXT,
        ),
        Endpoint(
            "trace_service",
            "Its name in traces",
            "The service.name that its spans carry.",
            "checkout",
            EndpointKind.TEXT,
        ),
        Endpoint(
            "pager_service",
            "Its service in the pager",
            "The id of the service that pages: the end of its address in PagerDuty.",
            "PIJ90N7",
            EndpointKind.TEXT,
        ),
        Endpoint(
            "oncall_calendar_url",
            "On-call calendar",
            "An iCal feed with one event for each shift, named after the person.",
            "https://calendar.example.com/on-call/checkout.ics",
        ),
        Endpoint(
            "release_commit",
            "Release commit",
            "The commit that goes live. Reports and scans of another commit are refused; empty takes any.",
            "4f2a91c",
            EndpointKind.COMMIT,
        ),
        Endpoint(
            "ci_workflow",
            "Scan job",
            "The workflow file in GitHub, or the job's name in GitLab, that runs the security scans.",
            "security.yml",
            EndpointKind.TEXT,
        ),
        Endpoint(
            "rotated_secret",
            "A secret that is rotated",
            "Its name in the secret manager: what AWS calls it, or mount and path in Vault.",
            "checkout/database",
            EndpointKind.TEXT,
        ),
        Endpoint(
            "production_rows",
            "Rows in production",
            "How many rows the large tables will hold; the query audit is held against them.",
            "orders=5000000, customers=800000",
            EndpointKind.TEXT,
        ),
        Endpoint(
            "statement_budget_ms",
            "Statement budget",
            "Milliseconds that a database statement may take on average.",
            "50",
            EndpointKind.NUMBER,
        ),
        Endpoint(
            "peak_rps",
            "Expected peak",
            "Requests per second at the expected peak; a load test has to reach it.",
            "120",
            EndpointKind.NUMBER,
        ),
        Endpoint(
            "latency_p95_ms",
            "Latency budget, p95",
            "Milliseconds in which 95 of 100 requests are answered, at the peak too.",
            "300",
            EndpointKind.NUMBER,
        ),
        Endpoint(
            "latency_p99_ms",
            "Latency budget, p99",
            "Milliseconds in which 99 of 100 requests are answered, at the peak too.",
            "800",
            EndpointKind.NUMBER,
        ),
    )
}
"""The vocabulary. `checks.actions.plan` fills configurations from these names; a form and the importers are made of them."""

ENDPOINT_GROUPS: dict[str, tuple[str, ...]] = {
    "The service itself": ("base_url", "live_url", "ready_url", "openapi_url", "staging_url"),
    "Monitoring": ("prometheus_url", "metrics_selector", "alert_selector", "log_query", "trace_service"),
    "On call": ("pager_service", "oncall_calendar_url", "runbook_urls"),
    "Delivery and release": ("release_commit", "ci_workflow", "rotated_secret"),
    "Budgets": ("peak_rps", "latency_p95_ms", "latency_p99_ms", "statement_budget_ms", "production_rows"),
}
"""The vocabulary in the order in which a form asks for it; a test asserts that each name stands in one group."""

LONGEST_ADDRESS = 2000
MOST_ADDRESSES = 50
type EndpointValue = str | list[str]


def address_problem(value: str) -> str | None:
    if len(value) > LONGEST_ADDRESS:
        return "This address is too long."
    if re.search(r"[\s\x00-\x1f\x7f\\]", value):
        return "An address has no spaces or line breaks."
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "This is not an address."
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "An address starts with http:// or https:// and names a host."
    if parts.username is not None or parts.password is not None:
        return "An address carries no user name or password; checks are given secrets by name."
    return "Port 0 can't be called." if port == 0 else None


def endpoint_problem(name: str, value: EndpointValue) -> str | None:
    """What is wrong with one value, in one sentence; None when it may be stored."""
    endpoint = ENDPOINTS.get(name)
    if endpoint is None:
        return f"“{name}” is none of the endpoints: {', '.join(ENDPOINTS)}."
    if endpoint.kind is EndpointKind.ADDRESSES:
        return _addresses_problem(value)
    if not isinstance(value, str):
        return "One value is expected here, not a list."
    if endpoint.kind is EndpointKind.TEXT:
        return "This is too long." if len(value) > LONGEST_ADDRESS else None
    if endpoint.kind is EndpointKind.NUMBER:
        return None if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", value) and float(value) > 0 else "A number above zero."
    if endpoint.kind is EndpointKind.COMMIT:
        sentence = "A commit is 7 to 64 of the digits 0 to 9 and a to f."
        return None if re.fullmatch(r"[0-9a-f]{7,64}", value.lower()) else sentence
    return address_problem(value)


def _addresses_problem(value: EndpointValue) -> str | None:
    if isinstance(value, str):
        return "A list of addresses is expected here."
    if len(value) > MOST_ADDRESSES:
        return f"At most {MOST_ADDRESSES} addresses."
    for number, address in enumerate(value, start=1):
        if problem := address_problem(address):
            return problem if len(value) == 1 else f"Address {number}: {problem[0].lower()}{problem[1:]}"
    return None


# Names and values

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LONGEST_SLUG = 100
RESERVED_SLUGS = frozenset({"new", "import"})
"""Words that stand in the same place of an address: /services/new/."""


def slug_of(name: str) -> str:
    """`Order Service v2` → `order-service-v2`; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_SLUG].strip("-")


def slug_problem(slug: str) -> str | None:
    if len(slug) > LONGEST_SLUG or not SLUG.fullmatch(slug):
        return "The short name is made of small letters, digits and single hyphens: checkout-api."
    if slug in RESERVED_SLUGS:
        return f"“{slug}” is taken by a page of this site; choose another short name."
    return None


def service_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Field → what is wrong with it, for those of a service's plain values that are given. Empty when they may be stored.

    An endpoint's problem stands under its own name.
    """
    problems = {
        "slug": slug_problem(values["slug"]) if "slug" in values else None,
        "name": None if str(values.get("name", "a name")).strip() else "A service has a name.",
        "tier": None if values.get("tier", 1) in TIERS else "A tier is 1 (critical), 2, 3 or 4.",
        "traits": _traits_problem(values.get("traits", ())),
        "repository": address_problem(values["repository"]) if values.get("repository") else None,
        **{name: endpoint_problem(name, value) for name, value in values.get("endpoints", {}).items()},
    }
    return {field: problem for field, problem in problems.items() if problem}


def _traits_problem(traits: Iterable[str]) -> str | None:
    unknown = [trait for trait in traits if trait not in set(Trait)]
    if not unknown:
        return None
    return f"“{unknown[0]}” is none of the traits: {', '.join(Trait)}."
