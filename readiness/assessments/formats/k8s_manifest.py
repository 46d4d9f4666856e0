"""Kubernetes manifests, as they are applied: rendered, in one file.

Passes when no workload breaks a rule that is asked for; `RULES` says each in its function. JSON lists (`kubectl get -o json`) are
read too. What an environment variable holds is never repeated.
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from readiness.assessments.formats._k8s import (
    Budget,
    Workload,
    budget_of,
    literal_secrets_of,
    objects_in,
    values_of_secrets,
    workloads_in,
)
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

_COUNTED = frozenset(
    {"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout", "DeploymentConfig"}
)
_HEAD = re.compile(r"^\s*(?:-\s+)?(apiVersion|kind)\s*:", re.MULTILINE)
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
class ManifestReading(Reading):
    """`literal_secrets`: objects with values of secrets in them, and what is in it of them."""

    workloads: Sequence[Workload] = ()
    literal_secrets: Sequence[str] = ()
    budgets: Sequence[Budget] = ()


def detect(artifact: Artifact) -> bool:
    if artifact.looks_like_json:
        return {"apiVersion", "kind"} <= fields_of(artifact.json_or_none).keys()
    return {match[1] for match in _HEAD.finditer(artifact.text[:200_000])} == {"apiVersion", "kind"}


def read(artifact: Artifact) -> ManifestReading:
    documents = [artifact.json] if artifact.looks_like_json else read_yaml(artifact.text)
    objects = list(objects_in(documents))
    if not any("kind" in one and "apiVersion" in one for one in objects):
        raise UnreadableError("This is no Kubernetes manifest: nothing in it has apiVersion and kind.")
    workloads = workloads_in(objects)
    containers = [container for workload in workloads for container in workload.containers]
    secrets = [secret for one in objects for secret in values_of_secrets(one)]
    figures = {
        "objects": len(objects), "workloads": len(workloads), "containers": len(containers),
        "long_running": sum(container.is_long_running for container in containers),
    }  # fmt: skip
    holds = bool(secrets) or any(literal_secrets_of(container.spec) for container in containers)
    budgets = [budget for one in objects if (budget := budget_of(one))]
    return ManifestReading(
        "Kubernetes", figures, holds_secrets=holds, workloads=workloads, literal_secrets=secrets, budgets=budgets
    )


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
        for name in literal_secrets_of(container.spec):
            yield f"{name} has its value in the manifest; take it from a secret.", f"{workload.name} · {container.name}"


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
    """The container's own setting comes before the pod's. Another user than 0 is none that may be root."""
    of_pod = fields_of(workload.pod.get("securityContext"))
    for container in workload.containers:
        context = {**of_pod, **fields_of(container.spec.get("securityContext"))}
        user = number_of(context.get("runAsUser"))
        if str(context.get("runAsNonRoot")).lower() != "true" and not (user is not None and user > 0):
            yield f"{container.name} may run as root.", f"{workload.name} · {container.name}"


def _replicas(workload: Workload, params: ManifestParams) -> Iterator[Problem]:
    if workload.kind in _COUNTED and (1 if workload.replicas is None else workload.replicas) < params.min_replicas:
        runs = 1 if workload.replicas is None else workload.replicas
        yield f"It runs {runs:g} times; at least {params.min_replicas} are asked for.", workload.name


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
    _judge_objects(reading, rules, verdict)
    good = f"{counted(len(reading.workloads), 'workload')} read; none breaks a rule ({', '.join(rules)})."
    return verdict.outcome(good, reading)


def _judge_objects(reading: ManifestReading, rules: Sequence[RuleName], verdict: Verdict) -> None:
    """What stands beside the workloads."""
    if "no-literal-secrets" in rules:
        for name in reading.literal_secrets:
            verdict.fail("no-literal-secrets", f"{name} has its value in the manifest.", name)
    if "replicas" in rules:
        for workload in reading.workloads:
            if workload.kind in _COUNTED and not any(budget.covers(workload) for budget in reading.budgets):
                verdict.fail("replicas", "No PodDisruptionBudget covers it.", workload.name)
