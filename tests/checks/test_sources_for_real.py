"""From the organisation's sources to proof: the address is inherited, the credential goes along, what was read is kept."""

from datetime import UTC, datetime, timedelta

import boto3

from readiness.catalog.models import Service
from readiness.checks import actions, runner
from readiness.checks.models import Check
from tests.assessments.small import item_yaml
from tests.cast import NOW, Cast, published
from tests.checks.cases import HEAD, LOCAL, check_of, measured, queued
from tests.checks.connecting import connected
from tests.servers.aws import KEY as AWS_KEY, secrets_manager
from tests.servers.code_host import COMMIT, Ran, code_host
from tests.servers.pagerduty import KEY, oncall, pagerduty

SOURCES = HEAD + "".join(
    [
        item_yaml("cover", {"whole": "{query: oncall_pagerduty}"}),
        item_yaml("scan", {"green": "{query: ci_runs}"}),
        item_yaml("secret", {"rotated": "{query: secret_rotation_aws}"}),
    ]
)


def ran(cast: Cast, type_: str) -> Check:
    queued(check_of(cast, type_), at=datetime.now(UTC))
    runner.run_batch(worker="w", egress=LOCAL)
    return check_of(cast, type_)


def set_up(cast: Cast, endpoints: dict[str, str], repository: str = "") -> None:
    measured(cast, version=published(SOURCES))
    Service.objects.filter(pk=cast.checkout.pk).update(
        endpoints=endpoints, repository=repository, go_live_on=datetime.now(UTC).date() + timedelta(days=7)
    )
    cast.checkout.refresh_from_db()
    actions.plan(service=cast.checkout, by=cast.theo, now=NOW)


def test_the_pager_is_asked_with_the_stored_key(cast: Cast) -> None:
    with pagerduty() as account:
        account.takes_anybody = False
        account.oncalls = [
            oncall("Pia", None, None),
            oncall("Theo", "2020-01-01T00:00:00Z", None),
            oncall("Mia", None, None, level=2),
        ]
        connected(cast, "pager", address=account.url, way="pager", secret=KEY)
        set_up(cast, {"pager_service": "PIJ90N7"})
        check = ran(cast, "oncall_pagerduty")
    assert check.last_result == "pass", check.last_reason
    assert check.last_reason.startswith("2 people cover every minute until ")


def test_the_code_host_is_asked_with_the_stored_token(cast: Cast) -> None:
    with code_host("gitlab") as host:
        host.token, host.runs = "glpat-abc", [Ran(name="scan")]
        connected(cast, "code_host", address=host.url, flavour="gitlab", way="bearer", secret=host.token)
        set_up(cast, {"release_commit": COMMIT, "ci_workflow": "scan"}, "https://code.example.com/shop/checkout")
        check = ran(cast, "ci_runs")
    assert check.last_result == "pass", check.last_reason


def test_aws_is_asked_with_a_signature_by_the_stored_key(cast: Cast) -> None:
    key_id, _, key = AWS_KEY.partition(":")
    with secrets_manager() as server:
        client = boto3.client(
            "secretsmanager", "eu-west-1", endpoint_url=server, aws_access_key_id="a", aws_secret_access_key="b"
        )
        client.create_secret(Name="shop/db", SecretString="one")
        client.put_secret_value(SecretId="shop/db", SecretString="two")
        settings = {"region": "eu-west-1", "key_id": key_id}
        connected(cast, "aws_secrets", address=server, way="aws", secret=key, settings=settings)
        set_up(cast, {"rotated_secret": "shop/db"})
        check = ran(cast, "secret_rotation_aws")
    assert check.last_result == "pass", check.last_reason
    assert key not in str(Check.objects.values())
