import time

import pytest
from hypothesis import given, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.runbook_url import Config, run
from readiness.egress import Egress, Fault, Response
from tests.checks.types.playing import by_path, hurried, play, says, says_json, silence
from tests.infrastructure.slowness import slower
from tests.servers.misbehaving import SIGN_IN, Application, Page
from tests.servers.prometheus import Prometheus

FILLER = "The checkout answers more slowly than its budget allows and people leave. " * 10
HTML = f"""<!doctype html><html><head><title>Checkout is slow</title><style>.escalation {{}}</style></head><body>
<nav>Home</nav><h1>Checkout is slow</h1>
<h2>What it means</h2><p>{FILLER}</p><h2>Likely causes</h2><ul><li>The database</ul>
<h2>Steps</h2><ol><li>Look at the dashboard<li>Scale out</ol><h2>Escalation</h2><p>Call the platform team.</p></body></html>"""
MARKDOWN = f"""# Checkout is slow

## Meaning
{FILLER}

## Causes
The database.

## Remediation
Scale out.

**Escalate to**
The platform team.
"""


def config(*urls: str, **more: object) -> Config:
    return Config.model_validate({"urls": urls or ["http://a/runbook"], **more})


def judged(body: str, kind: str = "text/html", status: int = 200, **more: object) -> Outcome:
    return play(run(config(**more)), says(status, body, kind))


@pytest.mark.parametrize(("body", "kind"), [(HTML, "text/html"), (MARKDOWN, "text/plain"), (MARKDOWN, "text/markdown")])
def test_passes_on_a_whole_runbook(egress: Egress, application: Application, body: str, kind: str) -> None:
    application.behaviour.pages["/slow"] = Page(body, kind=kind)
    outcome = egress.run(run(config(f"{application.url}/slow")))
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason == "1 runbook read: every required section is there."


@pytest.mark.parametrize(
    ("heading", "section"),
    [("What it means", "meaning"), ("Likely causes", "causes"), ("Steps", "steps"), ("Escalation", "escalation")],
)
def test_fails_when_a_section_is_missing(heading: str, section: str) -> None:
    outcome = judged(HTML.replace(heading, "Notes"))
    assert outcome.result is Result.FAIL
    assert outcome.reason == f"http://a/runbook has no section on {section}."


def test_a_word_in_a_sentence_is_no_section() -> None:
    text = "We escalate, look for causes, know what it means and take steps. " * 20
    assert judged(f"<p>{text}</p>").result is Result.FAIL
    assert judged(f"## Meaning\nBecause\nX\nSteps\nEscalation\n{FILLER}", "text/plain").reason.endswith("causes.")


def test_fails_when_it_is_too_short() -> None:
    outcome = judged("# Meaning\n# Causes\n# Steps\n# Escalation", "text/plain")
    assert outcome.result is Result.FAIL
    assert outcome.reason == "http://a/runbook has 8 words, fewer than 80."


@pytest.mark.parametrize("status", [404, 410, 400])
def test_fails_when_it_is_not_there(status: int) -> None:
    assert judged(HTML, status=status).result is Result.FAIL


@pytest.mark.parametrize(
    "body",
    [
        f"<title>404 Not Found</title>{HTML}",
        f"<h1>Page not found</h1><p>{FILLER}</p>",
        f"<h1>404</h1><p>{FILLER}</p>",
        f"<h1>The page does not exist</h1><p>{FILLER}</p>",
    ],
)
def test_a_page_that_says_it_is_not_there_fails_though_it_answers_200(body: str) -> None:
    outcome = judged(body.replace("<title>Checkout is slow</title>", ""))
    assert outcome.result is Result.FAIL
    assert "not found" in outcome.reason


def test_a_runbook_about_a_404_is_not_one() -> None:
    assert judged(HTML.replace("<h1>Checkout is slow</h1>", "<h1>Too many 404 answers</h1>")).result is Result.PASS


def test_a_sign_in_page_is_unknown(egress: Egress, application: Application) -> None:
    application.behaviour.pages["/a"] = Page("", 302, location="/login?next=/a")
    application.behaviour.pages["/b"] = Page(SIGN_IN)
    outcome = egress.run(run(config(f"{application.url}/a", f"{application.url}/b")))
    assert outcome.result is Result.UNKNOWN
    assert outcome.figures["unread"] == 2
    assert "asks to sign in" in outcome.reason


@pytest.mark.parametrize(
    "landed",
    [
        "https://github.com/login?return_to=%2Fshop%2Frunbooks",
        "https://gitlab.example.com/users/sign_in",
        "https://id.atlassian.com/login?continue=https%3A%2F%2Fshop.atlassian.net%2Fwiki",
        "https://wiki.example.com/login.action?os_destination=%2Fx&permissionViolation=true",
        "https://accounts.google.com/v3/signin/identifier",
        "https://login.microsoftonline.com/common/oauth2/authorize",
        "https://shop.okta.com/app/confluence/sso/saml",
    ],
)
def test_the_usual_places_to_sign_in_are_known(landed: str) -> None:
    headers = {"content-type": "text/html"}
    outcome = play(run(config()), lambda request: Response(request, landed, 200, headers, HTML.encode()))
    assert outcome.result is Result.UNKNOWN
    assert "asks to sign in" in outcome.reason


def test_a_page_that_github_hides_from_strangers_is_unknown() -> None:
    outcome = play(run(config("https://github.com/shop/runbooks/blob/main/slow.md")), says(404, "Not Found"))
    assert outcome.result is Result.UNKNOWN
    assert "private pages" in outcome.reason
    assert play(run(config("https://wiki.example/slow")), says(404, "Not Found")).result is Result.FAIL


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_page_that_cannot_be_read_is_unknown(status: int) -> None:
    assert judged(HTML, status=status).result is Result.UNKNOWN


def test_a_page_that_is_built_by_a_script_is_unknown() -> None:
    outcome = judged("<!doctype html><div id=root></div><script src=/app.js></script>")
    assert outcome.result is Result.UNKNOWN
    assert "only in a browser" in outcome.reason


def test_what_is_no_text_is_unknown() -> None:
    assert judged("%PDF-1.7", "application/pdf").result is Result.UNKNOWN


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).result is Result.UNKNOWN
    with_rules = Config.model_validate({"rules": {"base_url": "http://p", "selector": "{}"}})
    assert play(run(with_rules), silence(fault)).result is Result.UNKNOWN


def test_a_bad_one_outweighs_an_unread_one() -> None:
    answers = by_path({"/a": says(404), "/b": silence(Fault.TIMEOUT)}, says(200, HTML))
    outcome = play(run(config("http://x/a", "http://x/b", "http://x/c")), answers)
    assert outcome.result is Result.FAIL
    assert outcome.figures == {"runbooks": 3, "problems": 1, "unread": 1}


def test_sections_of_ones_own() -> None:
    outcome = judged(HTML, required_sections={"dashboard": "dashboard|graphs"})
    assert outcome.result is Result.PASS
    outcome = judged(HTML, required_sections={"rollback": "roll back|rollback"})
    assert outcome.reason == "http://a/runbook has no section on rollback."


def test_links_are_taken_from_alerting_rules() -> None:
    rules = [
        {
            "type": "alerting",
            "name": name,
            "query": "up",
            "labels": {"service": "shop"},
            "annotations": {"runbook_url": url},
            "health": "ok",
        }
        for name, url in (("A", "http://x/a"), ("B", "http://x/b"), ("C", "http://x/a"), ("D", ""))
    ]
    answer = says_json({"status": "success", "data": {"groups": [{"name": "g", "rules": rules}]}})
    asked = Config.model_validate({"rules": {"base_url": "http://p", "selector": '{service="shop"}'}})
    outcome = play(run(asked), by_path({"/api/v1/rules": answer}, says(200, HTML)))
    assert outcome.result is Result.PASS
    assert outcome.figures["runbooks"] == 2
    other = Config.model_validate({"rules": {"base_url": "http://p", "selector": '{service="x"}'}})
    assert play(run(other), by_path({"/api/v1/rules": answer}, says(200, HTML))).result is Result.UNKNOWN


@pytest.mark.needs("prometheus")
def test_links_of_a_real_prometheus_that_lead_nowhere_are_unknown(egress: Egress, monitored: Prometheus) -> None:
    asked = Config.model_validate({"rules": {"base_url": monitored.url, "selector": '{service="bare"}'}})
    outcome = egress.run(hurried(run(asked)))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "No rule links a runbook, so there is none to read."


def test_neither_links_nor_rules_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        Config()


@given(some.text(max_size=400), some.sampled_from(["text/html", "text/plain", "", "application/json"]))
def test_any_page_gives_an_outcome(body: str, kind: str) -> None:
    page = body.encode("utf-8", "surrogatepass")
    outcome = play(run(config(min_words=1, required_sections={"a": "ab"})), says(200, page, kind))
    assert outcome.reason


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a",
        "<script>",
        "<!--",
        "</",
        "<div>",
        "&",
        "<![CDATA[",
        "<nav>",
        "<" + "a" * 10**6,
        "</script" + "a" * 10**6,
        "<p " + "type=" * 10**5,
        "&#" + "1" * 10**5,
    ],
)
def test_a_large_broken_page_is_read_in_a_moment(piece: str) -> None:
    start = time.perf_counter()
    assert judged("<!doctype html>" + piece * (1_000_000 // len(piece) + 1)).result is not Result.PASS
    assert time.perf_counter() - start < 5 * slower()
