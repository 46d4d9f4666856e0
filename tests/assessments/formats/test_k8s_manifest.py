from typing import Any

import pytest

from readiness.assessments.formats import read
from tests.assessments.formats.reports import as_json, judged, manifest, told

CRON = """
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: registry.example/job:1
              env: [{name: API_TOKEN, value: abc}]
"""
LIVE = "          livenessProbe: {httpGet: {path: /live, port: 8080}}\n"
READY = "          readinessProbe: {httpGet: {path: /ready, port: 8080}}\n"
SIDECAR = "      initContainers:\n        - {name: proxy, image: 'p:1', restartPolicy: Always}\n      containers:\n"


@pytest.mark.parametrize(
    ("rule", "old", "new", "result"),
    [
        ("probes", LIVE, "", "fail"),
        ("probes", READY, "", "fail"),
        ("probes", "path: /ready", "path: /live", "fail"),  # the same question, asked with the same patience
        ("probes", READY, LIVE.replace("liveness", "readiness").replace("}}\n", "}, failureThreshold: 9}\n"), "pass"),
        ("probes", "      containers:\n", SIDECAR, "fail"),  # a sidecar runs on
        ("probes", "      containers:\n", SIDECAR.replace(", restartPolicy: Always", ""), "pass"),
        ("grace-period", "terminationGracePeriodSeconds: 45", "terminationGracePeriodSeconds: 10", "fail"),
        ("grace-period", "      terminationGracePeriodSeconds: 45\n", "", "pass"),  # 30 by default
        ("grace-period", 'exec: {command: [sh, -c, "sleep 10"]}', "sleep: {seconds: 60}", "fail"),
        ("no-literal-secrets", "LOG_LEVEL, value: info", "LOG_LEVEL, value: info", "pass"),
        ("no-literal-secrets", "LOG_LEVEL, value: info", "DB_PASSWORD, value: hunter2", "fail"),
        ("no-literal-secrets", "LOG_LEVEL, value: info", "DATABASE, value: 'postgres://u:hunter2@db/x'", "fail"),
        ("no-literal-secrets", "LOG_LEVEL, value: info", "TOKEN_FILE, value: /run/token", "pass"),
        ("no-literal-secrets", "LOG_LEVEL, value: info", "DB_PASSWORD, value: $(OTHER)", "pass"),
        ("no-literal-secrets", "LOG_LEVEL, value: info", "DB_PASSWORD, value: ''", "pass"),
        ("resources", ", limits: {memory: 256Mi}", "", "fail"),
        ("image-pinned", "shop:1.4.2", "shop:latest", "fail"),
        ("image-pinned", "shop:1.4.2", "shop", "fail"),
        ("image-pinned", "registry.example/shop:1.4.2", "localhost:5000/shop", "fail"),
        ("image-pinned", "shop:1.4.2", "shop@sha256:abcd", "pass"),
        ("non-root", "runAsNonRoot: true", "fsGroup: 3", "fail"),
        ("replicas", "replicas: 2", "replicas: 1", "fail"),
    ],
)
def test_each_rule(rule: str, old: str, new: str, result: str) -> None:
    assert judged(manifest((old, new)), rules=[rule]).result == result


def test_the_grace_period_covers_the_drain_that_was_measured() -> None:
    assert judged(manifest(), rules=["grace-period"], drain_s=30).result == "pass"
    assert judged(manifest(), rules=["grace-period"], drain_s=40).result == "fail"


def budget(spec: str) -> str:
    return f"---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nspec: {spec}\n"


@pytest.mark.parametrize(
    ("spec", "result"),
    [
        ("{minAvailable: 1, selector: {matchLabels: {app: shop}}}", "pass"),
        ("{maxUnavailable: 1, selector: {}}", "pass"),  # all pods of the namespace
        ("{minAvailable: 1, selector: {matchLabels: {app: other}}}", "fail"),
        ("{minAvailable: 1}", "fail"),  # selects nothing
        ("{minAvailable: 0, selector: {matchLabels: {app: shop}}}", "fail"),  # keeps nothing
        ("{maxUnavailable: 100%, selector: {matchLabels: {app: shop}}}", "fail"),
    ],
)
def test_two_replicas_need_a_disruption_budget_that_covers_them(spec: str, result: str) -> None:
    assert judged(manifest(), rules=["replicas"]).result == "fail"
    assert judged(manifest(more=budget(spec)), rules=["replicas"]).result == result


def test_an_autoscaler_says_how_often_it_runs_at_least() -> None:
    keeps = budget("{minAvailable: 1, selector: {matchLabels: {app: shop}}}")
    scaler = (
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: s}\n"
        "spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}, minReplicas: %s, maxReplicas: 9}\n"
    )
    none = ("  replicas: 2\n", "")
    assert judged(manifest(none, more=keeps), rules=["replicas"]).result == "fail"
    assert judged(manifest(none, more=keeps + scaler % 3), rules=["replicas"]).result == "pass"
    assert judged(manifest(more=keeps + scaler % 1), rules=["replicas"]).result == "fail"


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet", "Rollout", "DeploymentConfig"])
def test_every_kind_that_runs_on_needs_its_probes(kind: str) -> None:
    renamed = ("kind: Deployment", f"kind: {kind}")
    assert judged(manifest(renamed), rules=["probes"]).result == "pass"
    assert judged(manifest(renamed, (LIVE, "")), rules=["probes"]).result == "fail"


def test_a_service_of_knative_is_a_workload_and_any_other_is_not() -> None:
    knative = (("apiVersion: apps/v1", "apiVersion: serving.knative.dev/v1"), ("kind: Deployment", "kind: Service"))
    assert judged(manifest(*knative, (LIVE, "")), rules=["probes"]).result == "fail"
    assert judged(manifest(knative[1]), rules=["probes"]).result == "unknown"


def test_another_user_than_root_is_not_root() -> None:
    assert judged(manifest(("runAsNonRoot: true", "runAsUser: 1000")), rules=["non-root"]).result == "pass"
    assert judged(manifest(("runAsNonRoot: true", "runAsUser: 0")), rules=["non-root"]).result == "fail"


def test_a_config_map_is_no_place_for_a_secret() -> None:
    values = (
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {LOG_LEVEL: info, DB_PASSWORD: hunter2}\n"
    )
    outcome = judged(manifest(more=values), rules=["no-literal-secrets"])
    assert [finding.where for finding in outcome.findings] == ["ConfigMap/c · DB_PASSWORD"]
    assert "hunter2" not in repr(outcome)


@pytest.mark.parametrize("image", ["'{{ .Values.image }}'", "'${IMAGE}:1'", "<%= image %>"])
def test_a_template_that_was_not_rendered_says_so(image: str) -> None:
    outcome = told(manifest(("registry.example/shop:1.4.2", image))).outcome
    assert outcome.result == "unknown"
    assert "render" in outcome.reason


def test_jobs_need_no_probes_but_no_literal_secrets_either() -> None:
    assert judged(CRON.encode(), rules=["probes"]).result == "unknown"
    assert judged(manifest(more=CRON), rules=["probes"]).result == "pass"
    outcome = judged(manifest(more=CRON), rules=["no-literal-secrets"])
    assert [finding.where for finding in outcome.findings] == ["CronJob/nightly · job"]


def test_a_secret_with_its_values_is_a_literal_and_is_not_kept() -> None:
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2}\n"
    content = manifest(more=secret)
    outcome = judged(content, rules=["no-literal-secrets"])
    assert outcome.result == "fail"
    assert "hunter2" not in repr(outcome)
    assert read(content).reading.holds_secrets
    assert not read(manifest()).reading.holds_secrets


def test_lists_and_json_are_read() -> None:
    pod: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c"}]},
    }
    outcome = told(as_json({"apiVersion": "v1", "kind": "List", "items": [pod, pod]}))
    assert outcome.kind == "k8s_manifest"
    assert outcome.outcome.figures["workloads"] == 2
    assert judged(as_json(pod), rules=["probes"]).result == "fail"


def test_manifests_without_a_workload_prove_nothing() -> None:
    assert told(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n").outcome.result == "unknown"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"apiVersion: v1\nkind: Pod\nspec: &a {b: *a}\n", "anchors"),
        (b"apiVersion: v1\nkind: Pod\nname: {{ .Values.name }}\n", "render it first"),
        (b"apiVersion: v1\nkind: Pod\nspec: " + b"[" * 200 + b"]" * 200, "levels deep"),
        (b"apiVersion: v1\nkind: Pod\nspec: [\n", "line"),
        (b"apiVersion: v1\nkind: Pod\nspec: {{- if .Values.x }}\n  a: 1\n{{- end }}\n", "render it first"),
        (b"apiVersion: v1\nkind: Pod\nspec: [" + b"a," * 60_000 + b"]", "more than 50,000 values"),
        (b"apiVersion: v1\nkind: Pod\n# " + b"x" * 600_000, "larger than 512 KiB"),
    ],
)
def test_yaml_that_is_not_read_says_why(content: bytes, words: str) -> None:
    outcome = told(content).outcome
    assert outcome.result == "unknown"
    assert words in outcome.reason
