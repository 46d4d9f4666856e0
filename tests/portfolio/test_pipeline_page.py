"""The page from which a pipeline is copied: its YAML is YAML, its shell is shell, and run as it stands it does what it says."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from ruamel.yaml import YAML

from readiness.accounts.actions import tokens
from readiness.assessments import formats
from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Evidence
from readiness.catalog.models import Service
from readiness.checklists.kinds import KINDS
from readiness.checklists.rules import How
from readiness.checks.models import Integration
from readiness.portfolio.pipelines.page import reports_of, variables_of
from readiness.portfolio.pipelines.producers import PRODUCERS, producer_of
from readiness.portfolio.pipelines.snippets import Pipeline, Step
from tests.api.stage import LASTS, by
from tests.assessments.formats.reports import drain
from tests.assessments.small import item_yaml, small
from tests.cast import Cast

URL = "/services/checkout/pipeline/"
NASTY = "https://x.example/$(touch${IFS}owned)/'\"`touch owned`${{github.token}}"
PROMETHEUS = r"""#!/usr/bin/env python3
import json, re, sys
said = dict(word.split("=", 1) for word in sys.argv if re.match("query=|start=|end=|step=", word))
name, labels = re.fullmatch(r"(\w+)(\{.*\})", said["query"]).groups()
assert labels == '{job="pay"}'
points = [[at, "100"] for at in range(int(said["start"]), int(said["end"]) + 1, int(said["step"]))]
series = {"metric": {"__name__": name, "job": "pay"}, "values": points}
print(json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}}))
"""
DRAINED = item_yaml("drained", {"drains": "{artifact: drain}"}, strength="uploaded")


def snippets(client: Client) -> dict[str, str]:
    return {snippet.key: snippet.text for snippet in client.get(URL).context["page"].snippets}


def steps_of(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = YAML(typ="safe").load(text)["jobs"]["readiness"]["steps"]
    return found


def mint(cast: Cast) -> str:
    about: dict[str, Any] = {"target": cast.checkout.target, "service": "Checkout", "name": "CI", "lasts": LASTS}
    return tokens.mint(by=cast.theo, now=timezone.now(), **about).secret


def test_every_kind_of_report_has_its_command() -> None:
    assert KINDS[How.ARTIFACT] <= {kind for kind, _ in PRODUCERS}
    assert producer_of("brand-new", "").file == "brand-new.json"


def test_the_page_holds_a_step_for_each_report_and_the_gate_last(cast: Cast) -> None:
    cast.assessed()
    text = snippets(by(cast.vera))
    assert len(steps_of(text["github"])) == len(reports_of(cast.checkout.assessment)) + 3
    for kind in ("drain", "loadtest", "k8s_manifest", "secrets_scan", "sarif", "junit"):
        for snippet in text.values():
            assert re.search(rf"push \S+ {kind}\b", snippet)
    for snippet in text.values():
        assert snippet.rstrip().endswith('--header "Authorization: Bearer $READINESS_TOKEN"')
        assert "gate?enforce=1" in snippet.rsplit("push", 1)[1]
        assert "rdy_" not in snippet
    assert '"item=sec-input-validation"' in text["shell"]


def test_the_github_workflow_and_the_gitlab_job_are_yaml_of_their_kind(cast: Cast) -> None:
    cast.assessed()
    text = snippets(by(cast.theo))
    workflow = YAML(typ="safe").load(text["github"])
    job = workflow["jobs"]["readiness"]
    assert workflow.keys() == {"name", "on", "permissions", "jobs"}
    assert job["env"]["READINESS_TOKEN"] == "${{ secrets.READINESS_TOKEN }}"
    assert job["env"]["READINESS"] == "http://localhost:8000/api/v1/services/checkout"
    assert all({"uses", "run"} & step.keys() for step in job["steps"])
    gitlab = YAML(typ="safe").load(text["gitlab"])["readiness"]
    assert all(isinstance(line, str) for line in gitlab["script"])
    assert gitlab["variables"]["COMMIT_SHA"] == "$CI_COMMIT_SHA"


def test_every_script_is_shell(cast: Cast, tmp_path: Path) -> None:
    cast.assessed()
    text = snippets(by(cast.theo))
    scripts = [text["shell"], *(step["run"] for step in steps_of(text["github"]) if "run" in step)]
    scripts.append("\n".join(YAML(typ="safe").load(text["gitlab"])["readiness"]["script"]))
    for shell in ("sh", "bash"):
        for script in scripts:
            done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
            assert (done.returncode, done.stderr) == (0, ""), script


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in PRODUCERS}))
def test_each_command_is_shell_by_itself(kind: str) -> None:
    step = Step("Report", kind, "", producer_of(kind, ""), ["some-item"])
    done = subprocess.run(["sh", "-n"], input=step.script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert step.producer.file in step.producer.lines[0] + "".join(step.producer.lines)


def test_what_people_wrote_is_never_run(tmp_path: Path) -> None:
    step = Step("Load test", "loadtest", "", producer_of("loadtest", ""), ["perf-load-test"])
    pipeline = Pipeline("https://readiness.example/api/v1/services/x", {"TARGET_URL": NASTY}, [step])
    workflow = YAML(typ="safe").load(pipeline.for_github())
    assert workflow["jobs"]["readiness"]["env"]["TARGET_URL"] == NASTY.replace("${{", "$ {{")
    gitlab = YAML(typ="safe").load(pipeline.for_gitlab())["readiness"]["variables"]["TARGET_URL"]
    assert gitlab == NASTY.replace("${{", "$ {{").replace("$", "$$")
    line = next(line for line in pipeline.for_shell().splitlines() if line.startswith("TARGET_URL="))
    shown = f'{line}\nprintf %s "$TARGET_URL"'
    said = subprocess.run(["sh", "-c", shown], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == NASTY
    assert not list(tmp_path.iterdir())


def test_only_variables_that_a_step_names_are_set() -> None:
    pipeline = Pipeline(
        "https://r.example/api/v1/services/x", {"TARGET_URL": "https://x", "OPENAPI_URL": "https://y"}, []
    )
    for text in (pipeline.for_github(), pipeline.for_gitlab(), pipeline.for_shell()):
        assert "TARGET_URL" not in text
        assert "gate?enforce=1" in text


def test_what_the_service_declares_is_filled_in_and_the_rest_is_called_an_example(cast: Cast) -> None:
    cast.checkout.endpoints = {"staging_url": "https://checkout.staging.acme.test"}
    cast.checkout.save()
    cast.assessed()
    page = by(cast.theo).get(URL)
    assert "https://checkout.staging.acme.test" in page.context["page"].snippets[0].text
    assert "TARGET_URL" not in page.context["page"].examples
    assert "OPENAPI_URL" in page.context["page"].examples


def test_the_organisations_addresses_stand_where_the_service_declares_none(cast: Cast) -> None:
    Integration.objects.create(kind="prometheus", address="https://prom.acme.test")
    Integration.objects.create(kind="traces", address="https://jaeger.acme.test", flavour="jaeger")
    cast.checkout.endpoints = {"metrics_selector": '{job="pay"}', "trace_service": "pay"}
    found = variables_of(cast.checkout)
    assert {name: found[name] for name in ("PROMETHEUS", "METRICS", "TRACES", "TRACE_SERVICE")} == {
        "PROMETHEUS": ("https://prom.acme.test", True),
        "METRICS": ('{job="pay"}', True),
        "TRACES": ("https://jaeger.acme.test", True),
        "TRACE_SERVICE": ("pay", True),
    }
    cast.checkout.endpoints = {"prometheus_url": "https://own.acme.test"}
    Integration.objects.filter(kind="traces").update(flavour="tempo")
    found = variables_of(cast.checkout)
    assert found["PROMETHEUS"] == ("https://own.acme.test", True)
    assert [name for name in ("METRICS", "TRACES", "TRACE_SERVICE") if not found[name][1]] == [
        "METRICS", "TRACES", "TRACE_SERVICE",
    ]  # fmt: skip


def test_a_trend_is_asked_for_so_that_it_can_be_judged(tmp_path: Path) -> None:
    """Its command is run with a curl that answers as Prometheus does, by the query that it is asked."""
    (tmp_path / "curl").write_text(PROMETHEUS)
    (tmp_path / "curl").chmod(0o755)
    script = "\n".join(producer_of("resource_trend", "").lines)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PROMETHEUS": "https://p", "METRICS": '{job="pay"}'}
    subprocess.run(["sh", "-euc", script], cwd=tmp_path, env=environment, check=True)
    report = formats.read((tmp_path / "trend.json").read_bytes(), "resource_trend")
    outcome = FORMATS["resource_trend"].judge(report.reading, FORMATS["resource_trend"].defaults)
    assert (outcome.result, outcome.figures["restarts"]) == ("pass", 0), outcome
    assert outcome.figures["series"] == 4


def test_a_secrets_scan_offers_only_tools_that_read_the_whole_history() -> None:
    instead = producer_of("secrets_scan", "").instead
    assert not any("detect-secrets" in line for line in instead)
    assert all("2>&1" in line for line in instead if line.startswith("trufflehog"))


def test_no_report_keeps_the_gate_from_being_asked(cast: Cast) -> None:
    cast.assessed()
    text = snippets(by(cast.theo))
    *reports, gate = steps_of(text["github"])[2:]
    assert all(step["continue-on-error"] for step in reports)
    assert (gate["if"], "continue-on-error" in gate) == ("${{ !cancelled() }}", False)
    script = YAML(typ="safe").load(text["gitlab"])["readiness"]["script"]
    assert (script[0], script[-2]) == ("set +e", "set -e")


def test_a_service_that_is_not_measured_asks_the_gate_only(cast: Cast) -> None:
    page = by(cast.theo).get(URL)
    assert "not measured against a checklist yet" in page.text
    assert len(steps_of(page.context["page"].snippets[0].text)) == 2


def test_who_may_mint_is_led_to_the_tokens_and_the_others_are_told_who_may(cast: Cast) -> None:
    assert "/services/checkout/tokens/" in by(cast.theo).get(URL).text
    text = by(cast.vera).get(URL).text
    assert "/services/checkout/tokens/" not in text
    assert "Whoever leads or manages this service mints one" in text
    mint(cast)
    assert "It needs a token" not in by(cast.vera).get(URL).text
    assert by(cast.sam).get(URL).status_code == 404


def test_the_badge_is_offered_where_it_is_public(cast: Cast) -> None:
    assert "It is switched off" in by(cast.vera).get(URL).text
    Service.objects.filter(pk=cast.checkout.pk).update(is_badge_public=True)
    service = "http://localhost:8000/api/v1/services/checkout"
    shown = f"[![Readiness]({service}/badge.svg)](http://localhost:8000/services/checkout/)"
    assert shown in by(cast.vera).get(URL).text


def test_the_pages_around_it_lead_here(cast: Cast) -> None:
    cast.assessed()
    client = by(cast.theo)
    for page in ("", "upload/", "tokens/", "items/rel-graceful-shutdown/"):
        assert URL in client.get(f"/services/checkout/{page}").text, page


def test_the_shell_script_pushes_a_report_and_passes_the_gate(
    transactional_db: None, live_server: LiveServer, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    """Run as it stands on the page, against a server: 409 from the gate before, 201 for the report, and the gate opens."""
    cache.clear()
    settings.BASE_URL = live_server.url
    now = timezone.now()
    assessment = small(cast, DRAINED, now=now)
    secret = mint(cast)
    script = snippets(by(cast.theo))["shell"]
    (report,) = reports_of(assessment)
    for line in report.step.producer.lines:  # the drill itself is tested beside it; here its report is ready
        script = script.replace(f"{line}\n", "")
    (tmp_path / "drain.json").write_bytes(drain(started_at=now.isoformat()))
    author = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "-q"], [*author, "commit", "-qm", "x", "--allow-empty"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    environment = {"PATH": os.environ["PATH"], "READINESS_TOKEN": secret}

    def run(text: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", text], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    before = run(script.replace(f"{report.step.push}\n", ""))
    assert (before.returncode, '"no_go"' in before.stdout) == (22, True), before
    good = (tmp_path / "drain.json").read_bytes()
    (tmp_path / "drain.json").write_bytes(b"no report")
    refused = run(script)
    assert (refused.returncode, '"no_go"' in refused.stdout) == (22, True), refused
    assert re.search(r'"status": ?422', refused.stdout)
    assert "drain.json was not taken" in refused.stderr
    (tmp_path / "drain.json").write_bytes(good)
    done = run(script.replace("--fail-with-body", "--fail-with-body --write-out ' %{http_code} '"))
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r" (\d{3}) ", done.stdout) == ["201", "200"]
    assert '"decision": "go"' in done.stdout
    assert (
        Evidence.objects.get().envelope["commit_sha"]
        == subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    assert shutil.which("curl")
