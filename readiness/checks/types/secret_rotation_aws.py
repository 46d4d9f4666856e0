"""A secret in AWS Secrets Manager has been rotated, and lately.

Passes when its last rotation, or else the creation of its current version, is as recent as wanted, and a previous version is
there. Only what the secret is said to be is read, never its value: secretsmanager:DescribeSecret is enough, and with
ListSecretVersionIds a rotation by hand is seen too.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError, model_validator

from readiness.assessments.outcome import Outcome, failed, unknown
from readiness.checks.types._apis import read, require_ok
from readiness.checks.types._rotation import judged
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response, Steps

AWS = "AWS"
HOST = re.compile(r"secretsmanager(?:-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d)\.")
CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
LATEST = 4_102_444_800  # the year 2100


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Address of Secrets Manager",
        description="The region's own, or an endpoint inside your network.",
        examples=["https://secretsmanager.eu-west-1.amazonaws.com"],
    )
    region: Annotated[str, Field(pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")] = Field(
        default="",
        title="Region",
        description="Needed where the address does not name it.",
        examples=["eu-west-1"],
    )
    secret: Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[\w/+=.@!:-]+$")] = Field(
        title="Secret",
        description="Its name or ARN.",
        examples=["checkout/database"],
    )
    rotation_days: int = Field(
        default=90,
        ge=1,
        le=1000,
        title="Rotated within (days)",
        description="An older rotation fails.",
        examples=[90],
    )

    @model_validator(mode="after")
    def _some_region(self) -> "Config":
        if not self.where:
            raise ValueError("the region is missing, and the address does not name it")
        return self

    @property
    def where(self) -> str:
        found = HOST.match(urlsplit(self.base_url).hostname or "")
        return self.region or (found[1] if found else "")


class Described(BaseModel):
    """Times are Unix seconds."""

    LastRotatedDate: float | None = None
    DeletedDate: float | None = None
    RotationEnabled: bool | None = None
    VersionIdsToStages: dict[str, list[str]] = {}


class Version(BaseModel):
    VersionStages: list[str] = []
    CreatedDate: float | None = None


class Versions(BaseModel):
    Versions: list[Version] = []


class Refusal(BaseModel):
    type: str = Field(default="", alias="__type")


def run(config: Config) -> Steps[Outcome]:
    described, listed = yield [_call(config, "DescribeSecret"), _call(config, "ListSecretVersionIds")]
    try:
        _require_answer(config, described)
        secret = read(Described, described, AWS)
    except UnreadableError as problem:
        return unknown(str(problem))
    if secret.DeletedDate:
        return failed(f"{shortened(config.secret, 100)} is about to be deleted.")
    stages = [stage for some in secret.VersionIdsToStages.values() for stage in some]
    times = [_moment(secret.LastRotatedDate), _created(listed) if PREVIOUS in stages else None]
    return judged(
        config.secret,
        rotated_at=max((one for one in times if one), default=None),
        has_previous=PREVIOUS in stages,
        rotation_days=config.rotation_days,
        now=datetime.now(UTC),
        seen={"versions": len(secret.VersionIdsToStages), "rotates_by_itself": bool(secret.RotationEnabled)},
    )


def _call(config: Config, action: str) -> Request:
    """Signed by whoever adds key id and key to it."""
    headers = {
        "X-Amz-Target": f"secretsmanager.{action}",
        "Content-Type": "application/x-amz-json-1.1",
        "Accept": "application/json",
    }
    body = json.dumps({"SecretId": config.secret}).encode()
    signed = f"aws:amz:{config.where}:secretsmanager"
    return Request(config.base_url.rstrip("/") + "/", "POST", headers, body, follow_redirects=False, aws_sigv4=signed)


def _require_answer(config: Config, answer: Response) -> None:
    """Raises UnreadableError; AWS says why in the body of a 400."""
    kind = _refusal(answer)
    if not answer.fault and "ResourceNotFound" in kind:
        raise UnreadableError(f"AWS knows no secret {shortened(config.secret, 100)} in {config.where}.")
    if not answer.fault and "AccessDenied" in kind:
        raise UnreadableError("AWS refused: the key lacks secretsmanager:DescribeSecret for this secret.")
    if not answer.fault and kind:
        raise UnreadableError(f"AWS refused: {shortened(kind, 60)}. Is there a key, and is it right?")
    require_ok(answer, AWS)


def _refusal(answer: Response) -> str:
    if answer.status == 200:
        return ""
    try:
        return Refusal.model_validate_json(answer.body).type.rpartition("#")[2]
    except (ValidationError, RecursionError):
        return ""


def _created(listed: Response) -> datetime | None:
    """When the current version came to be; None where it may not be asked."""
    try:
        versions = read(Versions, listed, AWS).Versions
    except UnreadableError:
        return None
    times = [_moment(one.CreatedDate) for one in versions if CURRENT in one.VersionStages]
    return max((one for one in times if one), default=None)


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < LATEST else None
