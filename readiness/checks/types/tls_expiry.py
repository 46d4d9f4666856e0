"""The certificate is valid for long enough, its chain verifies, and the connection uses a current TLS version.

Passes when the handshake verifies (the host's name included), every certificate that the server sent has the wanted number
of days left, and the version is at least the wanted one. Versions and their standing: https://www.rfc-editor.org/rfc/rfc8996
"""

import re
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from cryptography import x509
from pydantic import AfterValidator, BeforeValidator, Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types.contract import CheckConfig, HttpAddress, joined, plural, shortened
from readiness.egress import Request, Response, Steps


def _with_scheme(value: object) -> object:
    """`checkout.example.com:8443` is short for its https address."""
    if isinstance(value, str) and "://" not in value:
        return f"https://{value.strip()}"
    return value


def _https(value: str) -> str:
    if not value.lower().startswith("https://"):
        raise ValueError("only an https:// address has a certificate")
    return value


class Config(CheckConfig):
    url: Annotated[HttpAddress, AfterValidator(_https), BeforeValidator(_with_scheme)] = Field(
        title="Address",
        description="The host, or its https address, whose certificate is judged.",
        examples=["checkout.example.com", "https://checkout.example.com:8443"],
    )
    min_days: int = Field(
        default=21,
        ge=1,
        le=825,
        title="Days left at least",
        description="With fewer days left the check fails, early enough to renew by hand.",
        examples=[21],
    )
    min_tls: Literal["1.2", "1.3"] = Field(
        default="1.2",
        title="TLS version at least",
        description="1.0 and 1.1 are deprecated.",
        examples=["1.2"],
    )


def run(config: Config) -> Steps[Outcome]:
    [answer] = yield [Request(config.url, connect_only=True, want_certificate=True)]
    if not answer.certificates:
        return unknown(answer.problem or "The connection gave no certificate to judge.")
    try:
        chain = [x509.load_pem_x509_certificate(pem.encode()) for pem in answer.certificates]
    except ValueError:
        return unknown("The server's certificate could not be read.")
    return _judge(config, chain, answer, datetime.now(UTC))


def _judge(config: Config, chain: list[x509.Certificate], answer: Response, now: datetime) -> Outcome:
    """`chain` as the server sent it, its own certificate first.

    Dates and names that say no fail by themselves, also when the chain could not be verified. That alone is unknown: it may
    be the worker that lacks the authority.
    """
    soonest = min(chain, key=lambda certificate: certificate.not_valid_after_utc)
    days_left = (soonest.not_valid_after_utc - now).days
    version = _version(answer.tls_version)
    figures: dict[str, Figure] = {
        "days_left": days_left,
        "expires_on": soonest.not_valid_after_utc.date().isoformat(),
        "certificates": len(chain),
        "tls_version": answer.tls_version or None,
        "issuer": shortened(chain[0].issuer.rfc4514_string()),
    }
    problems = [*_date_problems(config, chain, now), *_version_problems(config, version)]
    if answer.fault:  # it verifies only when the name is right
        problems += _name_problems(config, chain[0])
    if problems:
        return failed(joined(problem.message for problem in problems), figures, tuple(problems))
    if answer.fault:
        return unknown(answer.problem or "The certificate could not be verified.", figures)
    if version is None:
        return unknown("The TLS version of the connection is not known.", figures)
    until = f"{soonest.not_valid_after_utc:%d %B %Y}".lstrip("0")
    reason = f"{plural(days_left, 'day')} left, until {until}, over TLS {version[0]}.{version[1]}."
    return passed(reason, figures)


def _date_problems(config: Config, chain: list[x509.Certificate], now: datetime) -> list[Finding]:
    problems = []
    for certificate in chain:
        whose = "The certificate" if certificate is chain[0] else "A certificate of the chain"
        subject = shortened(certificate.subject.rfc4514_string())
        days = (certificate.not_valid_after_utc - now).days
        if certificate.not_valid_before_utc > now:
            problems.append(_finding("not-yet-valid", f"{whose} is not valid yet.", subject))
        elif certificate.not_valid_after_utc <= now:
            problems.append(_finding("expired", f"{whose} has expired.", subject))
        elif days < config.min_days:
            message = f"{whose} has {plural(days, 'day')} left, fewer than {config.min_days}."
            problems.append(_finding("expires-soon", message, subject))
    return problems


def _name_problems(config: Config, certificate: x509.Certificate) -> list[Finding]:
    host, names = _host(config.url), _names(certificate)
    if any(name == host or (name[:2] == "*." and host.partition(".")[2] == name[2:]) for name in names):
        return []
    said = shortened(", ".join(names[:5]) or "no host at all")
    return [_finding("other-name", f"The certificate is for {said}, not for {shortened(host, 100)}.", config.url)]


def _host(url: str) -> str:
    """As a certificate writes it: ASCII, and an IP address in its shortest form."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return str(ip_address(host))
    except ValueError:
        with suppress(UnicodeError):
            return host.encode("idna").decode()
        return host


def _names(certificate: x509.Certificate) -> list[str]:
    """The hosts it is for; its subject's common name has not counted for years."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return []
    hosts = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
    return [*hosts, *map(str, names.get_values_for_type(x509.IPAddress))]


def _version_problems(config: Config, version: tuple[int, int] | None) -> list[Finding]:
    if version is None or version >= tuple(map(int, config.min_tls.split("."))):
        return []
    message = f"The connection uses TLS {version[0]}.{version[1]}, older than {config.min_tls}."
    return [_finding("old-tls", message, config.url)]


def _version(text: str) -> tuple[int, int] | None:
    """`TLSv1.3`, `TLS 1.2` or `TLSv1` → (1, 3), (1, 2), (1, 0); SSL is older than all of them."""
    if text.upper().startswith("SSL"):
        return 0, 0
    match = re.search(r"(\d)(?:\.(\d))?", text)
    return (int(match[1]), int(match[2] or 0)) if match else None


def _finding(rule: str, message: str, where: str) -> Finding:
    return Finding(rule, Level.ERROR, message, where)
