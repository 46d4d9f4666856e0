"""Every kind of source there is. A new one is a file with its test, an entry here and a test file; no migration."""

from readiness.checks.sources import alertmanager, aws_secrets, code_host, loki, pager, prometheus, traces, vault
from readiness.checks.sources.contract import (
    HEADER,
    KEY_ID,
    NAMESPACE,
    REGION,
    TENANT,
    USER,
    Connection,
    Kind,
    Seen,
    SourceError,
    Way,
)
from readiness.egress import Steps

__all__ = ["KINDS", "Connection", "Kind", "Seen", "SourceError", "Way", "probed", "title_of"]
ANY_WAY = (Way.NONE, Way.BEARER, Way.BASIC, Way.HEADER)


def _table(*kinds: Kind) -> dict[str, Kind]:
    return {kind.slug: kind for kind in kinds}


KINDS = _table(
    Kind(
        "prometheus",
        "Prometheus",
        "Metrics, alerting rules and targets. Thanos, Mimir and VictoriaMetrics speak the same language.",
        "The address in front of /api/v1.",
        "https://prometheus.internal.example.com",
        ANY_WAY,
        prometheus.test,
        (USER, HEADER, TENANT),
    ),
    Kind(
        "alertmanager",
        "Alertmanager",
        "Where alerts are routed to, and whether they arrive.",
        "The address in front of /api/v2.",
        "https://alertmanager.internal.example.com",
        ANY_WAY,
        alertmanager.test,
        (USER, HEADER, TENANT),
    ),
    Kind(
        "loki",
        "Loki",
        "Log lines: whether they are structured, and quiet enough.",
        "The address in front of /loki/api/v1.",
        "https://loki.internal.example.com",
        ANY_WAY,
        loki.test,
        (USER, HEADER, TENANT),
    ),
    Kind(
        "traces",
        "Traces",
        "Whether a request can be followed from service to service.",
        "The address in front of /api.",
        "https://jaeger.internal.example.com",
        ANY_WAY,
        traces.test,
        (USER, HEADER, TENANT),
        flavours=traces.FLAVOURS,
    ),
    Kind(
        "pager",
        "PagerDuty",
        "Who is on call, without a hole, with somebody behind them.",
        "Of its API; in the EU https://api.eu.pagerduty.com.",
        "https://api.pagerduty.com",
        (Way.PAGER,),
        pager.test,
        default_addresses={"": "https://api.pagerduty.com"},
    ),
    Kind(
        "code_host",
        "Code host",
        "Files in the repository, and what the pipelines ran.",
        "Of GitHub’s API (an Enterprise Server’s ends in /api/v3), or of GitLab itself.",
        "https://api.github.com",
        (Way.NONE, Way.BEARER),
        code_host.test,
        flavours=code_host.FLAVOURS,
        default_addresses={"github": "https://api.github.com", "gitlab": "https://gitlab.com"},
    ),
    Kind(
        "aws_secrets",
        "AWS Secrets Manager",
        "When secrets were rotated. Their values are never read: the right to describe secrets is enough.",
        "Only for an endpoint of your own; empty, it follows from the region.",
        "https://secretsmanager.eu-west-1.amazonaws.com",
        (Way.AWS,),
        aws_secrets.test,
        (REGION, KEY_ID),
        default_addresses={"": "https://secretsmanager.{region}.amazonaws.com"},
    ),
    Kind(
        "vault",
        "Vault",
        "When secrets were rotated. Their values are never read: the right to read metadata is enough.",
        "The address in front of /v1.",
        "https://vault.internal.example.com:8200",
        (Way.VAULT,),
        vault.test,
        (NAMESPACE,),
    ),
)


def title_of(slug: str) -> str:
    """What people call a kind, one that is gone too."""
    return KINDS[slug].title if slug in KINDS else slug.replace("_", " ").capitalize()


def probed(connection: Connection) -> Steps[Seen]:
    """The kind's test; what can't be read is what it saw, too."""
    try:
        return (yield from KINDS[connection.kind].test(connection))
    except SourceError as problem:
        return Seen(is_good=False, words=str(problem))
