"""Kubernetes manifests, as they are applied: rendered, in one file.

Passes when no workload breaks a rule that is asked for; `RULES` says each in its function. JSON lists (`kubectl get -o json`) are
read too. What an environment variable holds is never repeated.
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from readiness.assessments.formats._yaml import read_yaml
from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    Verdict,
    counted,
    entries_of,
    fields_of,
    number_of,
    shortened,
    text_of,
)
from readiness.assessments.outcome import Outcome

MAX_OBJECTS = 5_000
_LONG = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout"})
_SHORT = frozenset({"Job", "CronJob"})
_HEAD = re.compile(r"^\s*(?:-\s+)?(apiVersion|kind)\s*:", re.MULTILINE)
_SECRET_NAME = re.compile(r"passw|secret|token|api_?key|private_?key|credential|access_?key|_dsn$|_pat$", re.IGNORECASE)
_NOT_SECRET_NAME = re.compile(
    r"(_file|_path|_dir|_name|_ttl|_url|_header|_seconds|_enabled|_length|_expiry|_age|_id)$", re.IGNORECASE
)
_SECRET_URL = re.compile(r"://[^/\s:@]*:[^/\s@$]+@")
_SLEEP = re.compile(r"\bsleep\s+(\d+(?:\.\d+)?)\s*(m?)")

type RuleName = Literal[
    "probes", "grace-period", "no-literal-secrets", "resources", "image-pinned", "non-root", "replicas"
]


class ManifestParams(Params):
    """`drain_s`: how long the service takes to drain, for the grace period."""

    rules: tuple[RuleName, ...] = ()
    drain_s: float | None = None
    min_replicas: int = 2


DEFAULTS = ManifestParams(
    rules=("probes", "grace-period", "no-literal-secrets", "resources", "image-pinned", "non-root")
)


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

    @property
    def long_running(self) -> list[Container]:
        return [container for container in self.containers if container.is_long_running]


@dataclass(frozen=True, slots=True)
class ManifestReading(Reading):
    workloads: Sequence[Workload] = ()
    literal_secrets: Sequence[str] = ()
    has_budget: bool = False


def detect(artifact: Artifact) -> bool:
    if artifact.looks_like_json:
        return {"apiVersion", "kind"} <= fields_of(artifact.json_or_none).keys()
    return {match[1] for match in _HEAD.finditer(artifact.text[:200_000])} == {"apiVersion", "kind"}


def read(artifact: Artifact) -> ManifestReading:
    documents = [artifact.json] if artifact.looks_like_json else read_yaml(artifact.text)
    objects = list(_objects(documents))
    if not any("kind" in one and "apiVersion" in one for one in objects):
        raise UnreadableError("This is no Kubernetes manifest: nothing in it has apiVersion and kind.")
    workloads = [workload for one in objects if (workload := _workload(one))]
    containers = [container for workload in workloads for container in workload.containers]
    secrets = [
        _name(one) for one in objects if one.get("kind") == "Secret" and (one.get("data") or one.get("stringData"))
    ]
    figures = {
        "objects": len(objects), "workloads": len(workloads), "containers": len(containers),
        "long_running": sum(container.is_long_running for container in containers),
    }  # fmt: skip
    has_budget = any(one.get("kind") == "PodDisruptionBudget" for one in objects)
    holds = bool(secrets) or any(_literal_secrets(container.spec) for container in containers)
    return ManifestReading(
        "Kubernetes", figures, holds_secrets=holds, workloads=workloads, literal_secrets=secrets, has_budget=has_budget
    )


def _objects(documents: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
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


def _name(one: Mapping[str, Any]) -> str:
    metadata = fields_of(one.get("metadata"))
    return shortened(f"{text_of(one.get('kind'))}/{text_of(metadata.get('name')) or '?'}", 120)


def _workload(one: Mapping[str, Any]) -> Workload | None:
    kind, spec = text_of(one.get("kind")), fields_of(one.get("spec"))
    if kind == "CronJob":
        spec = fields_of(fields_of(spec.get("jobTemplate")).get("spec"))
    if kind == "Pod":
        pod = spec
    elif kind in _LONG or kind in _SHORT:
        pod = fields_of(fields_of(spec.get("template")).get("spec"))
    else:
        return None
    runs_on = kind not in _SHORT and pod.get("restartPolicy", "Always") == "Always"
    own = [_container(one, is_long_running=runs_on) for one in entries_of(pod.get("containers"))]
    first = [
        _container(one, is_long_running=runs_on and fields_of(one).get("restartPolicy") == "Always")
        for one in entries_of(pod.get("initContainers"))
    ]
    return Workload(_name(one), kind, pod, own + first, number_of(spec.get("replicas")))


def _container(value: object, *, is_long_running: bool) -> Container:
    spec = fields_of(value)
    return Container(shortened(text_of(spec.get("name")) or "?", 80), spec, is_long_running)


# The rules: each yields what is wrong, and where


type Problem = tuple[str, str]


def _probes(workload: Workload, _: ManifestParams) -> Iterator[Problem]:
    """Liveness and readiness on each long-running container, and not the same question with the same patience."""
    for container in workload.long_running:
        where = f"{workload.name} · {container.name}"
        live, ready = (fields_of(container.spec.get(f"{name}Probe")) for name in ("liveness", "readiness"))
        if missing := [name for name, probe in (("liveness", live), ("readiness", ready)) if not probe]:
            yield f"{container.name} has no {' and no '.join(missing)} probe.", where
        elif _question(live) == _question(ready):
            yield f"{container.name} asks the same for liveness and readiness: a slow dependency restarts it.", where


def _question(probe: Mapping[str, Any]) -> tuple[str, float]:
    how = {name: probe[name] for name in ("httpGet", "tcpSocket", "exec", "grpc") if name in probe}
    return repr(sorted(how.items())), number_of(probe.get("failureThreshold")) or 3


def _grace(workload: Workload, params: ManifestParams) -> Iterator[Problem]:
    """The grace period (30 s unless said) covers the longest pre-stop hook and the drain after it."""
    if not workload.long_running:
        return
    said = number_of(workload.pod.get("terminationGracePeriodSeconds"))
    grace = 30.0 if said is None else said
    pre_stop = max(_pre_stop(container.spec) for container in workload.long_running)
    needed = pre_stop + (params.drain_s or 0)
    if grace < needed or (params.drain_s is None and grace <= needed):
        drain = f" and {params.drain_s:g} s of drain" if params.drain_s else ", and nothing is left to drain in"
        yield f"The grace period is {grace:g} s, for {pre_stop:g} s of pre-stop{drain}.", workload.name


def _pre_stop(spec: Mapping[str, Any]) -> float:
    hook = fields_of(fields_of(spec.get("lifecycle")).get("preStop"))
    if (seconds := number_of(fields_of(hook.get("sleep")).get("seconds"))) is not None:
        return seconds
    words = " ".join(map(str, entries_of(fields_of(hook.get("exec")).get("command"))))[:2000]
    return sum(float(number) * (60 if unit else 1) for number, unit in _SLEEP.findall(words))


def _secrets(workload: Workload, _: ManifestParams) -> Iterator[Problem]:
    for container in workload.containers:
        for name in _literal_secrets(container.spec):
            yield f"{name} has its value in the manifest; take it from a secret.", f"{workload.name} · {container.name}"


def _literal_secrets(spec: Mapping[str, Any]) -> list[str]:
    found = []
    for variable in map(fields_of, entries_of(spec.get("env"))):
        name, value = text_of(variable.get("name")), variable.get("value")
        text = value if isinstance(value, str) else ""
        is_reference = text.startswith(("$(", "/")) or not text.strip()
        is_named = bool(_SECRET_NAME.search(name)) and not _NOT_SECRET_NAME.search(name)
        if not is_reference and (_SECRET_URL.search(text) or (is_named and text.lower() not in {"true", "false"})):
            found.append(shortened(name, 80))
    return found


def _resources(workload: Workload, _: ManifestParams) -> Iterator[Problem]:
    for container in workload.containers:
        resources = fields_of(container.spec.get("resources"))
        requests, limits = fields_of(resources.get("requests")), fields_of(resources.get("limits"))
        missing = [f"request of {name}" for name in ("cpu", "memory") if name not in requests]
        missing += [] if "memory" in limits else ["limit of memory"]
        if missing:
            yield f"{container.name} has no {', no '.join(missing)}.", f"{workload.name} · {container.name}"


def _images(workload: Workload, _: ManifestParams) -> Iterator[Problem]:
    for container in workload.containers:
        image = text_of(container.spec.get("image"))
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in {"", "latest"}:
            yield f"{container.name} runs an image without a version: {shortened(image, 120) or 'none'}.", workload.name


def _non_root(workload: Workload, _: ManifestParams) -> Iterator[Problem]:
    of_pod = fields_of(workload.pod.get("securityContext")).get("runAsNonRoot")
    for container in workload.containers:
        own = fields_of(container.spec.get("securityContext")).get("runAsNonRoot", of_pod)
        if str(own).lower() != "true":
            yield f"{container.name} may run as root.", f"{workload.name} · {container.name}"


def _replicas(workload: Workload, params: ManifestParams) -> Iterator[Problem]:
    if workload.kind in {"Deployment", "StatefulSet", "ReplicaSet"} and (workload.replicas or 1) < params.min_replicas:
        yield f"It runs {workload.replicas or 1:g} times; at least {params.min_replicas} are asked for.", workload.name


RULES: Mapping[str, Callable[[Workload, ManifestParams], Iterator[Problem]]] = {
    "probes": _probes,
    "grace-period": _grace,
    "no-literal-secrets": _secrets,
    "resources": _resources,
    "image-pinned": _images,
    "non-root": _non_root,
    "replicas": _replicas,
}
_ABOUT_LONG = frozenset({"probes", "grace-period", "replicas"})


def judge(reading: ManifestReading, params: ManifestParams) -> Outcome:
    verdict = Verdict()
    rules = params.rules or DEFAULTS.rules
    if not reading.workloads:
        verdict.unclear.append("The manifests hold no workload: there is nothing to judge.")
    elif set(rules) <= _ABOUT_LONG and not any(workload.long_running for workload in reading.workloads):
        verdict.unclear.append("The manifests hold no container that runs on.")
    for rule in rules:
        for workload in reading.workloads:
            for message, where in RULES[rule](workload, params):
                verdict.fail(rule, message, where)
    if "no-literal-secrets" in rules:
        for name in reading.literal_secrets:
            verdict.fail("no-literal-secrets", f"{name} has its values in the manifest.", name)
    if "replicas" in rules and reading.workloads and not reading.has_budget:
        verdict.fail("replicas", "There is no PodDisruptionBudget.")
    good = f"{counted(len(reading.workloads), 'workload')} read; none breaks a rule ({', '.join(rules)})."
    return verdict.outcome(good, reading)
