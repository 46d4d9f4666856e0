"""AWS Secrets Manager: whether the key is accepted. Checks need no more than the right to describe secrets, so a key that
may not list them is as good. https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
"""

from readiness.checks.sources.contract import Connection, Seen, SourceError, in_words, parse, read_json, told, works
from readiness.egress import Fault, Request, Steps

TITLE = "AWS Secrets Manager"
REFUSALS = {
    "UnrecognizedClientException": "AWS does not know this access key.",
    "InvalidSignatureException": "The secret access key does not belong to this key ID.",
    "SignatureDoesNotMatch": "The secret access key does not belong to this key ID.",
    "ExpiredTokenException": "The access key has expired.",
    "IncompleteSignature": "The request was not signed; store an access key.",
    "MissingAuthenticationToken": "The request was not signed; store an access key.",
    "MissingAuthenticationTokenException": "The request was not signed; store an access key.",
}


def test(connection: Connection) -> Steps[Seen]:
    region = connection.settings.get("region", "")
    (answer,) = yield [
        Request(
            connection.address,
            "POST",
            headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager.ListSecrets"},
            body=b'{"MaxResults": 1}',
            aws_sigv4=f"aws:amz:{region}:secretsmanager",
        )
    ]
    if answer.status in {400, 403} and answer.fault is not Fault.DENIED:
        return _refusal(told(parse(answer, TITLE), "__type"), region)
    if not isinstance(told(read_json(connection, answer, TITLE), "SecretList"), list):
        raise SourceError("It answers, but not as Secrets Manager does. Is the address right?")
    return works(f"Secrets Manager in {region}; the key is accepted and may list secrets.")


def _refusal(what: object, region: str) -> Seen:
    name = str(what).rpartition("#")[2]
    if name.startswith("AccessDenied"):
        return works(
            f"Secrets Manager in {region}; the key is accepted. It may not list secrets, which checks never do."
        )
    raise SourceError(REFUSALS.get(name, f"AWS refused: {in_words(name)}."))
