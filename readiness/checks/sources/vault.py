"""Vault: its version, whether it is sealed, and when its token ends. https://developer.hashicorp.com/vault/api-docs/system/health
(its status says standby, sealed and so on) · https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-self
"""

from readiness.checks.sources.contract import (
    Connection,
    Seen,
    SourceError,
    get,
    in_words,
    parse,
    read_json,
    require_answer,
    told,
    works,
)
from readiness.egress import Response, Steps

TITLE = "a Vault"


def test(connection: Connection) -> Steps[Seen]:
    (health,) = yield [get(connection, "/v1/sys/health")]
    name = f"Vault {in_words(_version(connection, health))}"
    if not connection.has_secret:
        return works(f"{name}; no token is stored, so no secret’s dates can be read.")
    (token,) = yield [get(connection, "/v1/auth/token/lookup-self")]
    found = told(read_json(connection, token, TITLE), "data")
    ends = told(found, "expire_time")
    return works(f"{name}; the token ends {in_words(str(ends)[:10])}." if ends else f"{name}; the token has no end.")


def _version(connection: Connection, health: Response) -> object:
    require_answer(connection, health, TITLE)
    said = parse(health, TITLE)
    if told(said, "sealed"):
        raise SourceError("This Vault is sealed; unseal it first.")
    if told(said, "initialized") is False:
        raise SourceError("This Vault is not initialised yet.")
    if not told(said, "version"):
        raise SourceError("It answers, but not as a Vault does. Is the address the one in front of /v1?")
    return said["version"]
