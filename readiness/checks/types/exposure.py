"""What is meant for the inside is closed to the outside.

Asks for each internal path, and connects to each internal port, from outside the network. Passes when every path is
refused, gets no answer or answers 401, 403 or 404, and every port is refused or gets no answer. It counts only from
outside: the self-test address answers only inside the network, so it must stay silent, while the base address must
answer (or silence would prove nothing). What is commonly left open:
https://cheatsheetseries.owasp.org/cheatsheets/Attack_Surface_Analysis_Cheat_Sheet.html
"""

from collections.abc import Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._pages import is_sign_in_address, is_sign_in_page
from readiness.checks.types.contract import CheckConfig, HttpAddress, Path, bounded, joined, plural
from readiness.egress import Fault, Request, Response, Steps

Port = Annotated[int, Field(ge=1, le=65535)]

DEFAULT_PATHS = ("/metrics", "/actuator", "/debug/pprof/", "/admin", "/graphql-playground", "/swagger")
CONTROL_PATH = "/readiness-probe-no-such-page"
SILENT = {Fault.REFUSED, Fault.TIMEOUT}
CLOSED = {401, 403, 404, 410}
# What a body says about itself, so that the finding names what is open.
TELLING = {
    b"# HELP ": "Prometheus metrics",
    b'"_links"': "Spring's actuator",
    b"/debug/pprof/": "Go profiles",
    b"GraphQL Playground": "GraphQL Playground",
    b"swagger-ui": "Swagger",
    b'"openapi"': "an OpenAPI document",
}


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Public address",
        description="Where the service answers the outside world.",
        examples=["https://checkout.example.com"],
    )
    internal_paths: tuple[Path, ...] = Field(
        default=DEFAULT_PATHS,
        max_length=60,
        title="Internal paths",
        description="Paths that must not answer outside the network.",
        examples=[list(DEFAULT_PATHS)],
    )
    internal_ports: tuple[Port, ...] = Field(
        default=(),
        max_length=30,
        title="Internal ports",
        description="Ports of the same host that must not accept a connection from outside.",
        examples=[[9090, 5432]],
    )
    vantage: Literal["public", "internal"] = Field(
        title="Where the check looks from",
        description="Public when the worker stands outside the network. From inside nothing can be said about the outside.",
        examples=["public"],
    )
    self_test_url: HttpAddress = Field(
        title="Self-test address",
        description="An address that answers inside the network only. If it answers, the worker is not outside.",
        examples=["https://intranet.example.com/"],
    )

    @field_validator("vantage")
    @classmethod
    def _from_outside(cls, vantage: str) -> str:
        if vantage != "public":
            raise ValueError("from inside, what is open to the outside can't be seen; have a worker outside and say so")
        return vantage


def run(config: Config) -> Steps[Outcome]:
    inside, base, control = yield [
        Request(config.self_test_url, connect_only=True),
        Request(config.base_url),
        Request(config.base_url.rstrip("/") + CONTROL_PATH),
    ]
    if doubt := _doubt_about_vantage(inside, base):
        return unknown(doubt)
    answers = yield [*_path_requests(config), *_port_requests(config)]
    return _verdict(
        [_judge(answer, control) for answer in answers], len(config.internal_paths), len(config.internal_ports)
    )


def _doubt_about_vantage(inside: Response, base: Response) -> str:
    if not inside.fault:
        return "The self-test address answers, so this check looks from inside the network."
    if inside.fault not in SILENT | {Fault.NO_SUCH_HOST}:
        # A denied address was never dialled: our own policy proves nothing about the network.
        return f"The self-test could not be made: {inside.problem or inside.fault}"
    if base.fault:
        return f"The public address did not answer, so silence elsewhere proves nothing: {base.problem or base.fault}"
    return ""


def _path_requests(config: Config) -> list[Request]:
    return [Request(config.base_url.rstrip("/") + path) for path in config.internal_paths]


def _port_requests(config: Config) -> list[Request]:
    host = urlsplit(config.base_url).hostname or ""
    netloc = f"[{host}]" if ":" in host else host
    return [Request(f"tcp://{netloc}:{port}", connect_only=True) for port in config.internal_ports]


def _judge(answer: Response, control: Response) -> Finding | None:
    """None when closed; an error when open, a warning when it can't be told, an info when closed in a way worth saying."""
    where = answer.request.url
    if answer.fault in SILENT:
        return None
    if answer.fault:
        return Finding(
            "no-answer", Level.WARNING, f"{where} could not be judged: {answer.problem or answer.fault}", where
        )
    if answer.request.connect_only:
        return Finding(
            "port-open", Level.ERROR, f"Port {urlsplit(where).port} accepts connections from outside.", where
        )
    return None if answer.status in CLOSED else _judge_page(answer, control)


def _judge_page(answer: Response, control: Response) -> Finding | None:
    where, path = answer.request.url, urlsplit(answer.request.url).path
    if (answer.status or 0) >= 500 or answer.status == 429:
        return Finding("no-answer", Level.WARNING, f"{path} answered {answer.status}, so it can't be told.", where)
    what = next((f" with {name}" for sign, name in TELLING.items() if sign in answer.body), "")
    if not what and answer.status == control.status and answer.body == control.body and not control.fault:
        # A single-page application answers every path with its own shell.
        return Finding("catch-all", Level.INFO, f"{path} answers the same as a path that does not exist.", where)
    if not what and _is_behind_sign_in(answer, path):
        return Finding("sign-in", Level.INFO, f"{path} leads to a sign-in page elsewhere.", where)
    return Finding("path-open", Level.ERROR, f"{path} answered {answer.status}{what} to the outside.", where)


def _is_behind_sign_in(answer: Response, path: str) -> bool:
    # /admin → /admin/login means that the admin itself is reachable; /metrics → /login means that it is not.
    landed = urlsplit(answer.url)
    moved_away = not landed.path.startswith(path.rstrip("/") + "/") and landed.path.rstrip("/") != path.rstrip("/")
    return moved_away and (is_sign_in_address(answer.url) or is_sign_in_page(answer))


def _verdict(judged: Sequence[Finding | None], paths: int, ports: int) -> Outcome:
    findings = bounded(finding for finding in judged if finding)
    opened = [finding.message for finding in findings if finding.level is Level.ERROR]
    untold = [finding.message for finding in findings if finding.level is Level.WARNING]
    figures = {"paths": paths, "ports": ports, "open": len(opened), "untold": len(untold)}
    if opened:
        return failed(joined(opened), figures, findings)
    if untold:
        return unknown(joined(untold), figures, findings)
    if not judged:
        return unknown("No internal path or port is listed, so nothing was tried.", figures)
    return passed(f"{plural(paths, 'path')} and {plural(ports, 'port')} are closed to the outside.", figures, findings)
