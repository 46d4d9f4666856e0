import pytest

from readiness.assessments.outcome import Result
from readiness.checks.types.http_authz import Config, run
from readiness.egress import Egress, Fault
from tests.checks.types.playing import by_path, hurried, play, says, silence
from tests.servers.misbehaving import Application

ROUTES = [{"path": "/api/orders"}, {"path": "/api/orders/7", "method": "DELETE"}]
HEADER = "Authorization: Bearer ${CHECK_SECRET_SHOP}"


def config(application: Application | None = None, **more: object) -> Config:
    base_url = application.url if application else "http://a"
    return Config.model_validate({"base_url": base_url, "routes": ROUTES, **more})


@pytest.fixture
def reader(application: Application, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CHECK_SECRET_SHOP", f"{application.url} reader")
    return HEADER


def test_passes_when_nobody_gets_401_and_too_little_gets_403(
    egress: Egress, application: Application, reader: str
) -> None:
    outcome = egress.run(run(config(application, low_privilege_header=reader)))
    assert outcome.result is Result.PASS
    assert outcome.reason == "2 routes tried: refused without credentials, and with too little permission."
    assert sorted(application.seen) == [("DELETE", "/api/orders/7")] * 2 + [("GET", "/api/orders")] * 2


def test_where_everybody_may_it_says_whom_it_did_not_try(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application, everybody_signed_in_may=True)))
    assert outcome.result is Result.PASS
    assert outcome.reason.startswith("2 routes tried: refused without credentials; whoever is signed in may use them")


def test_a_secret_that_is_not_set_says_who_sets_it(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application, low_privilege_header=HEADER)))
    assert outcome.result is Result.UNKNOWN
    assert "CHECK_SECRET_SHOP is not set. Whoever runs this installation sets it" in outcome.reason


def test_fails_when_open_to_nobody(egress: Egress, application: Application) -> None:
    application.behaviour.auth = "open"
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert {finding.rule for finding in outcome.findings} == {"open-to-nobody"}
    assert f"GET {application.url}/api/orders without credentials answered 200, not 401." in outcome.reason


def test_fails_when_open_to_whoever_is_signed_in(egress: Egress, application: Application, reader: str) -> None:
    application.behaviour.auth = "any-token"
    outcome = egress.run(run(config(application, low_privilege_header=reader)))
    assert outcome.result is Result.FAIL
    assert "with too little permission answered 200, not 403" in outcome.reason
    assert "reader" not in outcome.reason


def test_an_error_is_not_a_refusal(egress: Egress, application: Application) -> None:
    application.behaviour.auth = "failing"
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert "answered 500" in outcome.reason


@pytest.mark.parametrize(("kind", "result"), [("api", Result.FAIL), ("frontend", Result.PASS)])
def test_only_a_front_end_may_redirect_to_sign_in(
    egress: Egress, application: Application, kind: str, result: Result
) -> None:
    application.behaviour.auth = "sign-in"
    outcome = egress.run(run(config(application, kind=kind, everybody_signed_in_may=True)))
    assert outcome.result is result


@pytest.mark.parametrize("location", ["/api/orders/", "/authors/7", "https://a/welcome", "", "http://["])
def test_a_redirect_elsewhere_is_no_refusal(location: str) -> None:
    outcome = play(run(config(kind="frontend")), says(302, location=location))
    assert outcome.result is Result.FAIL


@pytest.mark.parametrize(
    "location",
    ["/login?next=/x", "/accounts/sign-in/", "https://login.example.com/authorize?client=1", "/oauth2/start"],
)
def test_sign_in_pages_are_known_by_their_address(location: str) -> None:
    outcome = play(run(config(kind="frontend", everybody_signed_in_may=True)), says(302, location=location))
    assert outcome.result is Result.PASS


@pytest.mark.parametrize("status", [200, 204, 302, 400, 403, 404, 405, 500, 503])
def test_only_401_refuses_nobody(status: int) -> None:
    outcome = play(run(config(everybody_signed_in_may=True)), says(status))
    assert outcome.result is Result.FAIL


@pytest.mark.parametrize(("hides", "result"), [(True, Result.PASS), (False, Result.FAIL)])
def test_404_is_a_refusal_where_existence_is_hidden(
    hides: bool, result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECK_SECRET_SHOP", "http://a reader")
    asked = config(hide_existence=hides, low_privilege_header=HEADER)
    outcome = play(run(asked), lambda request: says(404 if request.headers else 401)(request))
    assert outcome.result is result


def test_without_a_low_privilege_credential_it_is_unknown(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.UNKNOWN
    assert "the low-privilege credential is missing" in outcome.reason


@pytest.mark.parametrize("bound_to", ["https://elsewhere.example", "http://127.0.0.1:1", "", "reader"])
def test_a_secret_of_another_origin_is_not_sent(
    egress: Egress, application: Application, monkeypatch: pytest.MonkeyPatch, bound_to: str
) -> None:
    monkeypatch.setenv("CHECK_SECRET_SHOP", f"{bound_to} reader")
    outcome = egress.run(run(config(application, low_privilege_header=HEADER)))
    assert outcome.result is Result.UNKNOWN
    assert "CHECK_SECRET_SHOP" in outcome.reason
    assert len(application.seen) == 2


@pytest.mark.parametrize(
    "header", ["Authorization: Bearer abc", "Authorization: ${SECRET_KEY}", "Host: ${CHECK_SECRET_A}"]
)
def test_a_header_without_a_named_secret_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="CHECK_SECRET"):
        config(low_privilege_header=header)


@pytest.mark.parametrize("fault", Fault)
def test_a_service_that_gives_no_answer_is_unknown(fault: Fault) -> None:
    outcome = play(run(config(everybody_signed_in_may=True)), silence(fault))
    assert outcome.result is Result.UNKNOWN
    assert "gave no answer: It did not answer." in outcome.reason


def test_one_route_that_hangs_fails_and_one_that_breaks_is_unknown() -> None:
    def with_one(fault: Fault) -> Result:
        answers = by_path({"/7": silence(fault)}, says(401))
        return play(run(config(everybody_signed_in_may=True)), answers).result

    assert with_one(Fault.TIMEOUT) is Result.FAIL
    assert with_one(Fault.BROKEN) is Result.UNKNOWN


def test_a_real_silence_is_unknown(egress: Egress, application: Application) -> None:
    silent = config(application, routes=[{"path": "/silent"}])
    assert egress.run(hurried(run(silent))).result is Result.UNKNOWN


def test_too_many_requests_is_unknown() -> None:
    assert play(run(config(everybody_signed_in_may=True)), says(429)).result is Result.UNKNOWN


def test_a_401_without_a_challenge_is_noted() -> None:
    outcome = play(run(config(everybody_signed_in_may=True)), says(401))
    assert [finding.rule for finding in outcome.findings] == ["no-challenge"] * 2
