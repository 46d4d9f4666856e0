"""Alertmanager's own tool has the last word on where an alert goes."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as some

from readiness.checks.types._routing import Routing, read_routing
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Egress, Request
from tests.checks.types.playing import SAMPLES
from tests.servers.alertmanager import Alertmanager, alertmanager, receivers_by_amtool

TREE = (SAMPLES / "alertmanager.yml").read_text()
VALUES: dict[str, tuple[str, ...]] = {
    "severity": ("page", "ticket", ""),
    "service": ("checkout", "checkout-canary", "payments"),
    "team": ("", "a", "bob", 'a "quoted", comma'),
    "env": ("prod", "dev"),
}


def labels_of(values: tuple[str, ...]) -> dict[str, str]:
    return {label: value for label, value in zip(VALUES, values, strict=True) if value}


def ours(routing: Routing, labels: dict[str, str]) -> list[str]:
    return [route.receiver for route in routing.root.takers(labels)]


@pytest.fixture(scope="module")
def running() -> Iterator[Alertmanager]:
    with alertmanager(TREE) as server:
        yield server


@pytest.mark.needs("alertmanager", "amtool")
def test_what_a_real_alertmanager_prints_is_followed_as_its_own_tool_follows_it(
    egress: Egress, running: Alertmanager
) -> None:
    printed = json.loads(egress.fetch(Request(f"{running.url}/api/v2/status")).body)["config"]["original"]
    routing = read_routing(printed)
    assert routing.integrations == {"default": 1, "pager": 2, "chat": 1, "null": 0}
    for values in product(*VALUES.values()):
        labels = labels_of(values)
        assert ours(routing, labels) == receivers_by_amtool(TREE, labels), labels


def random_tree(dice: Random) -> dict[str, Any]:
    receivers = ["default", "pager", "chat"]
    operators = ('{}="{}"', '{}!="{}"', '{}=~"{}"', '{}!~"{}"')
    patterns = ("page", "check.*", "a|bob", "", ".+", "(prod|dev)", "^c.*t$", "[a-c]+", "x?page")

    def matcher() -> str:
        return dice.choice(operators).format(dice.choice(list(VALUES)), dice.choice(patterns))

    def route(depth: int) -> dict[str, Any]:
        label, value = dice.choice(list(VALUES)), dice.choice(patterns[:4])
        kinds: list[dict[str, Any]] = [
            {"matchers": [matcher() for _ in range(dice.randint(1, 2))]},
            {"match": {label: value}},
            {"match_re": {label: value}},
            {"matchers": [f"{{ {matcher()} , {matcher()} }}"]},
        ]
        found = {**dice.choice(kinds), "continue": dice.random() < 0.4}
        if dice.random() < 0.7:
            found["receiver"] = dice.choice(receivers)
        if depth:
            found["routes"] = [route(depth - 1) for _ in range(dice.randint(0, 3))]
        return found

    root = {"receiver": "default", "routes": [route(2) for _ in range(4)]}
    return {"route": root, "receivers": [{"name": name} for name in receivers]}


@pytest.mark.needs("amtool")
@pytest.mark.parametrize("seed", range(12))
def test_trees_of_any_shape_are_followed_as_its_own_tool_follows_them(seed: int) -> None:
    dice = Random(seed)
    tree = json.dumps(random_tree(dice))
    routing = read_routing(tree)
    for values in dice.sample(list(product(*VALUES.values())), 6):
        labels = labels_of(values)
        assert ours(routing, labels) == receivers_by_amtool(tree, labels), (tree, labels)


# What amtool of that version can't read, and other edges


def route(tree: str) -> Routing:
    return read_routing(f"route: {{receiver: a, routes: [{tree}]}}\nreceivers: [{{name: a}}, {{name: b}}]")


@pytest.mark.parametrize(
    ("matcher", "labels", "receiver"),
    [
        ('\'"kubernetes.io/team"="x"\'', {"kubernetes.io/team": "x"}, "b"),
        ('\'{a="1", b!="2",}\'', {"a": "1"}, "b"),
        ("'a=\"x\\ny\"'", {"a": "x\ny"}, "b"),
        ("'a=\"c:\\dir\"'", {"a": "c:\\dir"}, "b"),
        ("'a='", {}, "b"),
        ("'a=\"\"'", {"a": "1"}, "a"),
        ("'a=~\"(?i)PAGE\"'", {"a": "page"}, "b"),
    ],
)
def test_matchers_are_read_with_their_quotes(matcher: str, labels: dict[str, str], receiver: str) -> None:
    assert ours(route(f"{{receiver: b, matchers: [{matcher}]}}"), labels) == [receiver]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "has no route"),
        ("route: x", "has no route"),
        ("route: &a {receiver: x}\nother: *a", "no plain YAML"),
        ("route: [", "no plain YAML"),
        ("a: " + "[" * 1000, "no plain YAML"),
        ("route: {receiver: a, routes: [{matchers: ['a ~ b']}]}", "A matcher of Alertmanager's can't be read: a ~ b"),
        ("route: {receiver: a, routes: [{matchers: ['a=~\"(x+)+y\"']}]}", "Only alternatives such as"),
        ("route: {receiver: a, routes: [" + "{receiver: b}," * 5001 + "]}", "too many to follow"),
    ],
)
def test_what_cannot_be_followed_is_said(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableError, match=re.escape(sentence)):
        read_routing(text)


INTERVALS = """
route: {receiver: a, routes: [{receiver: b, KIND: [x]}]}
receivers: [{name: a}, {name: b}]
time_intervals: [{name: x, time_intervals: [WHEN]}]
"""


@pytest.mark.parametrize(
    ("kind", "when", "is_always_muted"),
    [
        ("mute_time_intervals", "{}", True),
        ("mute_time_intervals", "{times: [{start_time: '00:00', end_time: '24:00'}]}", True),
        ("mute_time_intervals", "{weekdays: ['sunday:saturday'], months: ['1:12'], days_of_month: ['1:-1']}", True),
        ("mute_time_intervals", "{weekdays: [sunday, 'monday:friday', saturday]}", True),
        ("mute_time_intervals", "{months: ['january:december'], days_of_month: ['1:31'], location: UTC}", True),
        ("mute_time_intervals", "{weekdays: ['monday:friday']}", False),
        ("mute_time_intervals", "{weekdays: ['monday:friday']}, {weekdays: [saturday]}, {}", True),
        ("mute_time_intervals", "{times: [{start_time: '09:00', end_time: '17:00'}]}", False),
        ("mute_time_intervals", "{months: ['2:12']}", False),
        ("mute_time_intervals", "{days_of_month: ['1:30']}", False),
        ("mute_time_intervals", "{years: ['2020:2099']}", False),
        ("mute_time_intervals", "", False),
        ("active_time_intervals", "", True),
        ("active_time_intervals", "{}", False),
        ("active_time_intervals", "{weekdays: [monday]}", False),
    ],
)
def test_an_interval_that_never_ends_mutes_for_good(kind: str, when: str, *, is_always_muted: bool) -> None:
    routing = read_routing(INTERVALS.replace("KIND", kind).replace("WHEN", when))
    assert routing.is_always_muted(routing.root.routes[0]) is is_always_muted


KEYS = (
    *("route", "routes", "receiver", "receivers", "name", "match", "match_re", "matchers", "continue", "true"),
    *("mute_time_intervals", "active_time_intervals", "time_intervals", "weekdays", "x_configs", 'a="b"', "sunday:99"),
    *("months", "days_of_month", "times", "years", "1:31"),
)


@settings(max_examples=300)
@given(
    some.recursive(
        some.sampled_from(KEYS) | some.text(max_size=5) | some.none() | some.integers(),
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(KEYS), inner, max_size=5),
        max_leaves=20,
    )
)
def test_any_configuration_is_read_or_refused(content: Any) -> None:
    whole = {"route": content, "receivers": content, "time_intervals": content}
    with suppress(UnreadableError):
        routing = read_routing(json.dumps(whole))
        assert all(routing.is_always_muted(taken) in {True, False} for taken in routing.root.takers({"a": "b"}))
