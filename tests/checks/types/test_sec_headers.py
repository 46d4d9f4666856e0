import pytest
from hypothesis import given, strategies as some

from readiness.assessments.outcome import Level, Outcome, Result
from readiness.checks.types.sec_headers import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.playing import POLICY, play, says_headers, silence
from tests.servers.nginx import nginx

GOOD = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "server": "nginx",
}


def judged(kind: str = "frontend", *, without: str = "", **headers: str) -> Outcome:
    sent = {**GOOD, **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent.pop(without, None)
    config = Config.model_validate({"base_url": "https://a.example", "kind": kind})
    return play(run(config), says_headers(sent))


def rules(outcome: Outcome, level: Level = Level.ERROR) -> list[str]:
    return [finding.rule for finding in outcome.findings if finding.level is level]


def test_passes_when_all_are_there() -> None:
    outcome = judged()
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason == "Every header that a front end needs is there; HSTS holds for 365 days."
    assert outcome.figures == {"status": 200, "hsts_days": 365, "missing": 0}


@pytest.mark.parametrize(
    ("without", "rule"),
    [
        ("strict-transport-security", "no-hsts"),
        ("x-content-type-options", "no-nosniff"),
        ("content-security-policy", "may-be-framed"),
    ],
)
def test_each_that_is_missing_fails_a_front_end(without: str, rule: str) -> None:
    outcome = judged(without=without)
    assert outcome.result is Result.FAIL
    assert rules(outcome) == [rule]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("max-age=15552000", ""),
        ('includeSubDomains; MAX-AGE="15552000"', ""),
        ("max-age=15551999", "short-hsts"),
        ("max-age=0", "short-hsts"),
        ("max-age=-1", "no-hsts"),
        ("max-age=soon", "no-hsts"),
        ("x-max-age=15552000", "no-hsts"),
        ("max-age=" + "9" * 40, "no-hsts"),
    ],
)
def test_hsts_is_read_as_browsers_read_it(value: str, rule: str) -> None:
    assert rules(judged(strict_transport_security=value)) == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("policy", "frame_options", "rule"),
    [
        ("frame-ancestors 'self' https://partner.example", "", ""),
        ("default-src 'self'; Frame-Ancestors", "", ""),
        ("frame-ancestors *", "DENY", "framed-by-all"),
        ("frame-ancestors https:", "", "framed-by-all"),
        ("default-src 'self'", "", "may-be-framed"),
        ("default-src 'self'", "sameorigin", ""),
        ("default-src 'self'", "ALLOW-FROM https://a.example", "may-be-framed"),
    ],
)
def test_who_may_frame_it(policy: str, frame_options: str, rule: str) -> None:
    outcome = judged(content_security_policy=policy, x_frame_options=frame_options)
    assert rules(outcome) == ([rule] if rule else [])


def test_x_frame_options_alone_passes_with_a_word_of_warning() -> None:
    outcome = judged(without="content-security-policy", x_frame_options="DENY")
    assert outcome.result is Result.PASS
    assert rules(outcome, Level.WARNING) == ["no-csp"]


def test_a_policy_that_only_reports_protects_nobody() -> None:
    outcome = judged(without="content-security-policy", content_security_policy_report_only="frame-ancestors 'none'")
    assert rules(outcome) == ["may-be-framed"]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("x_powered_by", "Express", "powered-by"),
        ("server", "nginx/1.22.1", "server-version"),
        ("server", "Apache/2.4.58 (Debian)", "server-version"),
        ("server", "cloudflare", ""),
        ("server", "ECS (lcy/1D2A)", "server-version"),
    ],
)
def test_what_gives_away_what_it_is_made_of(name: str, value: str, rule: str) -> None:
    assert rules(judged(**{name: value})) == ([rule] if rule else [])
    told_of_an_api = judged("api", **{name: value})
    assert told_of_an_api.result is Result.PASS
    assert rules(told_of_an_api, Level.INFO) == ([rule] if rule else [])


def test_an_api_needs_no_policy() -> None:
    assert judged("api", without="content-security-policy").result is Result.PASS
    assert judged("api", without="x-content-type-options").result is Result.FAIL


def test_an_address_without_tls_says_so() -> None:
    outcome = play(run(Config(base_url="http://a.example")), says_headers(GOOD))
    assert outcome.result is Result.FAIL
    assert "plain http" in outcome.reason


def test_another_hosts_headers_say_nothing() -> None:
    def answer(request: Request) -> Response:
        return Response(request, "https://login.example/sign-in", 200, GOOD)

    outcome = play(run(Config(base_url="https://a.example")), answer)
    assert outcome.result is Result.UNKNOWN
    assert "login.example" in outcome.reason


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_something_in_front_may_have_answered_is_unknown(status: int) -> None:
    assert play(run(Config(base_url="https://a.example")), says_headers(GOOD, status)).result is Result.UNKNOWN


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    assert play(run(Config(base_url="https://a.example")), silence(fault)).result is Result.UNKNOWN


@pytest.mark.needs("nginx")
def test_a_real_server_gives_its_version_away_until_told_not_to() -> None:
    headers = "".join(f'add_header {name} "{value}" always; ' for name, value in GOOD.items() if name != "server")
    with nginx(locations=f"{headers} location / {{ return 200 'hello'; }}") as server:
        egress = Egress(POLICY, ca_file=server.ca_file)
        outcome = egress.run(run(Config(base_url=server.url, kind="frontend")))
    assert outcome.result is Result.FAIL
    assert rules(outcome) == ["server-version"]
    with nginx(locations=f"server_tokens off; {headers} location / {{ return 200 'hello'; }}") as server:
        egress = Egress(POLICY, ca_file=server.ca_file)
        outcome = egress.run(run(Config(base_url=server.url, kind="frontend")))
    assert outcome.result is Result.PASS, outcome


@given(some.dictionaries(some.sampled_from([*GOOD, "x-frame-options", "x-powered-by"]), some.text(max_size=60)))
def test_any_header_gives_an_outcome(headers: dict[str, str]) -> None:
    config = Config(base_url="https://a.example", kind="frontend")
    assert play(run(config), lambda request: Response(request, request.url, 200, headers)).reason
