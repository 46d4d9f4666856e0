import pytest

from readiness.assessments.outcome import Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import problems
from readiness.checks.types.exposure import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.playing import Answer, by_path, play, says, silence
from tests.servers.misbehaving import SIGN_IN, Application, Page, misbehaving

OUTSIDE = "http://127.0.0.1:1/"  # nobody listens: the self-test stays silent, as it would outside
METRICS = "# HELP up Is it up.\n# TYPE up gauge\nup 1\n"


def config(application: Application | None = None, **more: object) -> Config:
    base_url = application.url if application else "http://a"
    settings = {"base_url": base_url, "vantage": "public", "self_test_url": OUTSIDE, **more}
    return Config.model_validate(settings)


def outside(answers: dict[str, Answer], otherwise: Answer) -> Answer:
    """The public address answers, the self-test does not."""

    def answer(request: Request) -> Response:
        if request.url == OUTSIDE:
            return silence(Fault.REFUSED)(request)
        return says(200, "Welcome")(request) if request.url == "http://a" else by_path(answers, otherwise)(request)

    return answer


def test_passes_when_everything_is_closed(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application, internal_ports=[1, 2])))
    assert outcome.result is Result.PASS
    assert outcome.reason == "6 paths and 2 ports are closed to the outside."


def test_fails_when_metrics_are_open(egress: Egress, application: Application) -> None:
    application.behaviour.pages["/metrics"] = Page(METRICS, kind="text/plain")
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "/metrics answered 200 with Prometheus metrics to the outside."


def test_fails_when_a_port_is_open(egress: Egress, application: Application) -> None:
    with misbehaving() as database:
        port = int(database.url.rpartition(":")[2])
        outcome = egress.run(run(config(application, internal_ports=[port])))
    assert outcome.result is Result.FAIL
    assert outcome.reason == f"Port {port} accepts connections from outside."


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"vantage": "internal"}, "vantage", "From inside, what is open to the outside can't be seen"),
        ({"vantage": None}, "vantage", "This is needed."),
        ({"self_test_url": None}, "self_test_url", "This is needed."),
    ],
)
def test_what_proves_nothing_is_refused_at_its_field(settings: dict[str, str | None], field: str, words: str) -> None:
    said = {"base_url": "http://a", "vantage": "public", "self_test_url": OUTSIDE, **settings}
    found = problems(TYPES["exposure"], {name: value for name, value in said.items() if value})
    assert list(found) == [field]
    assert words in found[field]


def test_a_self_test_that_answers_shows_that_we_are_inside(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application, self_test_url=application.url)))
    assert outcome.result is Result.UNKNOWN
    assert "The self-test address answers" in outcome.reason


@pytest.mark.parametrize("fault", [Fault.DENIED, Fault.BAD_URL, Fault.TLS, Fault.BROKEN, Fault.TOO_LARGE])
def test_a_self_test_that_was_not_made_proves_nothing(fault: Fault) -> None:
    outcome = play(run(config()), by_path({OUTSIDE: silence(fault)}, says(404)))
    assert outcome.result is Result.UNKNOWN


@pytest.mark.parametrize("fault", Fault)
def test_silence_of_the_whole_service_proves_nothing(fault: Fault) -> None:
    outcome = play(run(config()), by_path({OUTSIDE: silence(Fault.TIMEOUT)}, silence(fault)))
    assert outcome.result is Result.UNKNOWN
    assert "proves nothing" in outcome.reason


@pytest.mark.parametrize("fault", Fault)
def test_refused_and_silent_paths_are_closed_and_other_faults_are_unknown(fault: Fault) -> None:
    outcome = play(run(config()), outside({"/metrics": silence(fault)}, says(404)))
    assert outcome.result is (Result.PASS if fault in {Fault.REFUSED, Fault.TIMEOUT} else Result.UNKNOWN)


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (401, Result.PASS),
        (403, Result.PASS),
        (404, Result.PASS),
        (200, Result.FAIL),
        (204, Result.FAIL),
        (400, Result.FAIL),
        (405, Result.FAIL),
        (429, Result.UNKNOWN),
        (500, Result.UNKNOWN),
        (503, Result.UNKNOWN),
    ],
)
def test_what_a_status_says(status: int, result: Result) -> None:
    assert play(run(config()), outside({"/metrics": says(status, "x")}, says(404))).result is result


def test_a_shell_that_answers_every_path_is_not_an_open_path() -> None:
    shell = says(200, "<!doctype html><div id=app></div>")
    outcome = play(run(config()), outside({"/metrics": says(404)}, shell))
    assert outcome.result is Result.PASS
    assert {finding.rule for finding in outcome.findings} == {"catch-all"}
    open_behind_it = play(run(config()), outside({"/metrics": says(200, METRICS)}, shell))
    assert open_behind_it.result is Result.FAIL


def test_a_sign_in_page_elsewhere_closes_a_path_and_one_below_it_does_not(
    egress: Egress, application: Application
) -> None:
    pages = application.behaviour.pages
    pages["/metrics"] = Page("", 302, location="/login?next=/metrics")
    assert egress.run(run(config(application))).result is Result.PASS
    pages["/admin"] = Page("", 302, location="/admin/login/")
    pages["/admin/login/"] = Page(SIGN_IN)
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "/admin answered 200 to the outside."


def test_nothing_listed_is_unknown() -> None:
    assert play(run(config(internal_paths=[])), outside({}, says(404))).result is Result.UNKNOWN
