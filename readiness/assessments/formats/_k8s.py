"""The objects of Kubernetes manifests: what runs, what keeps it running, and what should not stand in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from readiness.assessments.formats.contract import (
    UnreadableError,
    entries_of,
    fields_of,
    number_of,
    shortened,
    text_of,
)

MAX_OBJECTS = 5_000
_LONG = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"}
)
_SHORT = frozenset({"Job", "CronJob"})
_KNATIVE = "serving.knative.dev/"
_TEMPLATE = re.compile(r"\{\{|\$\{\w|<%")
_SECRET_NAME = re.compile(r"passw|secret|token|api_?key|private_?key|credential|access_?key|_dsn$|_pat$", re.IGNORECASE)
_NOT_SECRET_NAME = re.compile(
    r"(_file|_path|_dir|_name|_ttl|_url|_header|_seconds|_enabled|_length|_expiry|_age|_id)$", re.IGNORECASE
)
_VARIABLE = re.compile(r"[A-Za-z_]\w*")  # `tokens.yaml` is a file
_SECRET_URL = re.compile(r"://[^/\s:@]*:[^/\s@$]+@")


@dataclass(frozen=True, slots=True)
class Container:
    """`is_long_running`: an ordinary container of a workload that runs on, or a sidecar among the init containers."""

    name: str
    spec: Mapping[str, Any]
    is_long_running: bool


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    kind: str
    pod: Mapping[str, Any]
    containers: Sequence[Container]
    replicas: float | None
    labels: Mapping[str, Any] = field(default_factory=dict)
    namespace: str = ""

    @property
    def long_running(self) -> list[Container]:
        return [container for container in self.containers if container.is_long_running]


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget that keeps something running. `labels` None: it says more than labels that have to be equal."""

    labels: Mapping[str, Any] | None
    namespace: str

    def covers(self, workload: Workload) -> bool:
        if self.namespace and workload.namespace and self.namespace != workload.namespace:
            return False
        return self.labels is None or self.labels.items() <= workload.labels.items()


def objects_in(documents: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    waiting = list(reversed(documents))
    for _ in range(MAX_OBJECTS):
        if not waiting:
            return
        one = fields_of(waiting.pop())
        if isinstance(one.get("items"), list) and text_of(one.get("kind")).endswith("List"):
            waiting += reversed(one["items"])
        else:
            yield one
    raise UnreadableError(f"The file holds more than {MAX_OBJECTS:,} objects.")


def name_of(one: Mapping[str, Any]) -> str:
    metadata = fields_of(one.get("metadata"))
    return shortened(f"{text_of(one.get('kind'))}/{text_of(metadata.get('name')) or '?'}", 120)


def _workload(one: Mapping[str, Any]) -> Workload | None:
    kind, spec = text_of(one.get("kind")), fields_of(one.get("spec"))
    is_knative = kind == "Service" and text_of(one.get("apiVersion")).startswith(_KNATIVE)
    if kind == "CronJob":
        spec = fields_of(fields_of(spec.get("jobTemplate")).get("spec"))
    if kind == "Pod":
        template: Mapping[str, Any] = one
    elif kind in _LONG or kind in _SHORT or is_knative:
        template = fields_of(spec.get("template"))
    else:
        return None
    pod, metadata = fields_of(template.get("spec")), fields_of(template.get("metadata"))
    runs_on = kind not in _SHORT and pod.get("restartPolicy", "Always") == "Always"
    own = [_container(one, is_long_running=runs_on) for one in entries_of(pod.get("containers"))]
    first = [
        _container(one, is_long_running=runs_on and fields_of(one).get("restartPolicy") == "Always")
        for one in entries_of(pod.get("initContainers"))
    ]
    namespace = text_of(fields_of(one.get("metadata")).get("namespace"))
    return Workload(
        name_of(one),
        kind,
        pod,
        own + first,
        number_of(spec.get("replicas")),
        fields_of(metadata.get("labels")),
        namespace,
    )


def _container(value: object, *, is_long_running: bool) -> Container:
    spec = fields_of(value)
    if _TEMPLATE.search(f"{text_of(spec.get('name'))} {text_of(spec.get('image'))}"):
        raise UnreadableError(
            "The manifests are a template: render them first (helm template, kustomize build, envsubst)."
        )
    return Container(shortened(text_of(spec.get("name")) or "?", 80), spec, is_long_running)


def workloads_in(objects: Sequence[Mapping[str, Any]]) -> list[Workload]:
    autoscalers = [one for one in objects if one.get("kind") == "HorizontalPodAutoscaler"]
    least = {_target(one): number_of(fields_of(one.get("spec")).get("minReplicas")) or 1 for one in autoscalers}
    return [_scaled(workload, least) for one in objects if (workload := _workload(one))]


def _target(autoscaler: Mapping[str, Any]) -> str:
    target = fields_of(fields_of(autoscaler.get("spec")).get("scaleTargetRef"))
    return shortened(f"{text_of(target.get('kind'))}/{text_of(target.get('name'))}", 120)


def _scaled(workload: Workload, least: Mapping[str, float]) -> Workload:
    """An autoscaler decides how often it runs, and at least how often."""
    return replace(workload, replicas=least[workload.name]) if workload.name in least else workload


def values_of_secrets(one: Mapping[str, Any]) -> Iterator[str]:
    """A Secret with its values; an entry of a ConfigMap that is named like one, which gets into the environment the same way."""
    if one.get("kind") == "Secret" and (one.get("data") or one.get("stringData")):
        yield name_of(one)
    if one.get("kind") == "ConfigMap":
        for name, value in fields_of(one.get("data")).items():
            if _VARIABLE.fullmatch(name) and _is_literal_secret(name, text_of(value)):
                yield f"{name_of(one)} · {shortened(name, 80)}"


def budget_of(one: Mapping[str, Any]) -> Budget | None:
    """None where it allows all of them to go at once."""
    if one.get("kind") != "PodDisruptionBudget":
        return None
    spec = fields_of(one.get("spec"))
    selector = fields_of(spec.get("selector"))
    keeps_none = str(spec.get("minAvailable")) in {"0", "0%"} or str(spec.get("maxUnavailable")) == "100%"
    if keeps_none or not isinstance(spec.get("selector"), dict):
        return None
    labels = None if selector.get("matchExpressions") else fields_of(selector.get("matchLabels"))
    return Budget(labels, text_of(fields_of(one.get("metadata")).get("namespace")))


def literal_secrets_of(spec: Mapping[str, Any]) -> list[str]:
    variables = [fields_of(one) for one in entries_of(spec.get("env"))]
    named = [(text_of(variable.get("name")), text_of(variable.get("value"))) for variable in variables]
    return [shortened(name, 80) for name, value in named if _is_literal_secret(name, value)]


def _is_literal_secret(name: str, value: str) -> bool:
    if value.startswith(("$(", "/")) or not value.strip():
        return False
    is_named = bool(_SECRET_NAME.search(name)) and not _NOT_SECRET_NAME.search(name)
    return bool(_SECRET_URL.search(value)) or (is_named and value.lower() not in {"true", "false"})
