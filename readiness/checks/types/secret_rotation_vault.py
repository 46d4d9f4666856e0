"""A secret in Vault has been rotated, and lately.

Passes when the secret has a second version or a later one, its current version is as recent as wanted, and is neither deleted
nor destroyed. Only its metadata is read, never its value; the engine is KV version 2.
https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-metadata
"""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from readiness.assessments.outcome import Outcome, failed, unknown
from readiness.checks.types._apis import read
from readiness.checks.types._rotation import judged
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response, Steps

VAULT = "Vault"


def _mount_and_path(value: str) -> str:
    parts = value.strip("/").split("/")
    if len(parts) < 2 or any(part in {"", ".", ".."} or re.search(r"[\x00-\x1f\x7f]", part) for part in parts):
        raise ValueError("write mount and path with a slash between, such as secret/checkout/database")
    return "/".join(parts)


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Vault address",
        description="The address in front of /v1.",
        examples=["https://vault.internal.example.com:8200"],
    )
    secret: Annotated[str, Field(max_length=500), AfterValidator(_mount_and_path)] = Field(
        title="Secret",
        description="The engine's mount, then the secret's path in it.",
        examples=["secret/checkout/database"],
    )
    mount: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="",
        title="Mount",
        description="Only where the mount has slashes of its own: what of the above it is.",
        examples=["teams/shop/kv"],
    )
    namespace: Annotated[str, Field(max_length=200, pattern=r"^[\w./-]*$")] = Field(
        default="",
        title="Namespace",
        description="Sent as X-Vault-Namespace; empty where there is none.",
        examples=["platform/prod"],
    )
    rotation_days: int = Field(
        default=90,
        ge=1,
        le=1000,
        title="Rotated within (days)",
        description="An older version fails.",
        examples=[90],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read metadata; the secret is named, not written.",
        examples=["X-Vault-Token: ${CHECK_SECRET_VAULT}"],
    )


class Version(BaseModel):
    created_time: AwareDatetime
    deletion_time: str = ""
    destroyed: bool = False


class Metadata(BaseModel):
    current_version: int
    versions: dict[str, Version]


class Answer(BaseModel):
    data: Metadata


def run(config: Config) -> Steps[Outcome]:
    try:
        [answer] = yield [_request(config)]
        _require_secret(config, answer)
        metadata = read(Answer, answer, VAULT).data
    except UnreadableError as problem:
        return unknown(str(problem))
    current = metadata.versions.get(str(metadata.current_version))
    if current is None:
        return unknown(f"Vault does not say when version {metadata.current_version} was made.")
    if current.destroyed or current.deletion_time:
        return failed(f"The current version of {shortened(config.secret, 100)} is deleted.")
    is_second = metadata.current_version >= 2
    return judged(
        config.secret,
        rotated_at=current.created_time if is_second else None,
        has_previous=is_second,
        rotation_days=config.rotation_days,
        now=datetime.now(UTC),
        seen={"current_version": metadata.current_version, "versions": len(metadata.versions)},
    )


def _request(config: Config) -> Request:
    mount, path = _place(config)
    url = f"{config.base_url.rstrip('/')}/v1/{quote(mount)}/metadata/{quote(path)}"
    headers = {"Accept": "application/json"}
    if config.namespace:
        headers["X-Vault-Namespace"] = config.namespace
    return Request(url, headers=headers | (revealed(config.credential, url) if config.credential else {}))


def _place(config: Config) -> tuple[str, str]:
    mount = config.mount.strip("/")
    if mount and config.secret.startswith(f"{mount}/"):
        return mount, config.secret.removeprefix(f"{mount}/")
    first, _, rest = config.secret.partition("/")
    return first, rest


def _require_secret(config: Config, answer: Response) -> None:
    if not answer.fault and answer.status == 404:
        name = shortened(config.secret, 100)
        raise UnreadableError(f"Vault has no metadata of {name}: is the path right, and the engine KV version 2?")
