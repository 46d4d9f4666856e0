"""Chance writes the bodies and the queries: whatever it says, the answer is one that the document declares, and no fault."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from readiness.catalog.models import Lifecycle
from readiness.catalog.rules import ENDPOINTS, Trait
from tests.api.stage import API, Stage, by, send, undone

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
TEXT = st.text(max_size=30)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
DAYS = st.dates().map(str) | TEXT
PEOPLE = st.sampled_from(["theo@example.com", "sam@example.com", "", "THEO@EXAMPLE.COM "]) | st.none() | TEXT
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "version": st.integers(-1, 3) | st.just(2**31) | st.just(2**63),
    "slug": st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True) | TEXT,
    "name": TEXT,
    "team": st.sampled_from(["payments", "search", ""]) | TEXT,
    "description": TEXT,
    "tech_lead": PEOPLE,
    "on_call": PEOPLE,
    "owner": PEOPLE,
    "plan": TEXT,
    "due_on": DAYS,
    "go_live_on": DAYS,
    "tier": st.integers(-1, 6),
    "traits": st.lists(st.sampled_from([trait.value for trait in Trait]) | TEXT, max_size=5),
    "lifecycle": st.sampled_from(Lifecycle.values) | TEXT,
    "repository": st.just("https://example.com/x") | TEXT,
    "endpoints": st.dictionaries(st.sampled_from([*ENDPOINTS]) | TEXT, st.just("https://a.example") | JSON, max_size=3),
    "dependencies": st.lists(st.sampled_from(["checkout", "index"]) | TEXT, max_size=4),
}
BODIES = st.fixed_dictionaries({}, optional={name: values | JSON for name, values in LIKELY.items()}) | JSON
WHOLE = {"slug": "ledger", "name": "Ledger", "team": "payments"}


def declared(stage: Stage) -> dict[tuple[str, str], set[int]]:
    document = by().get(f"{API}/openapi.json").json()
    return {
        (method.upper(), path): {int(status) for status in operation["responses"]}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


WRITES = [
    ("POST", f"{API}/services", WHOLE),
    ("PATCH", f"{API}/services/{{slug}}", {"version": 1}),
    ("PATCH", f"{API}/gaps/{{gap_id}}", {"version": 1}),
    ("POST", f"{API}/services/{{slug}}/checks/run", {}),
]


@pytest.mark.parametrize(("method", "path", "start"), WRITES)
def test_no_body_makes_a_fault(stage: Stage, method: str, path: str, start: dict[str, Any]) -> None:
    statuses, client = declared(stage)[method, path], by(stage.cast.mia)
    address = path.format(slug="checkout", gap_id=stage.gap.pk)
    start = start | ({"version": stage.gap.version} if "gap_id" in path else {})

    @EXAMPLES
    @given(BODIES, st.booleans())
    def says(body: Any, is_begun: bool) -> None:
        said = start | body if is_begun and isinstance(body, dict) else body
        with undone():
            answer = send(client, method, address, said)
        assert answer.status_code in statuses, (said, answer.content)

    says()


@pytest.mark.parametrize("path", [f"{API}/services", f"{API}/gaps", f"{API}/services/{{slug}}/gate"])
def test_no_query_makes_a_fault(stage: Stage, path: str) -> None:
    names = st.sampled_from(
        ["q", "team", "tier", "page", "lifecycle", "overdue", "owner", "gate", "status", "service", "enforce"]
    )
    statuses, client = declared(stage)["GET", path], by(stage.cast.mia)

    @EXAMPLES
    @given(st.dictionaries(names | TEXT, TEXT | st.integers().map(str) | st.just("1"), max_size=4))
    def says(query: dict[str, str]) -> None:
        answer = client.get(path.format(slug="checkout"), query)
        assert answer.status_code in statuses, (query, answer.content)

    says()


def test_no_header_makes_a_fault(stage: Stage) -> None:
    @EXAMPLES
    @given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60), st.booleans())
    def says(header: str, is_bearer: bool) -> None:
        value = f"Bearer {header}" if is_bearer else header
        answer = by().get(f"{stage.checkout}/gate", headers={"Authorization": value})
        assert answer.status_code in {401, 429}

    says()


def test_no_path_makes_a_fault(stage: Stage) -> None:
    @EXAMPLES
    @given(
        st.sampled_from(["services", "gaps", "reviews"]),
        st.text(min_size=1, max_size=40),
        st.sampled_from(["", "/gate", "/packet"]),
    )
    def says(first: str, second: str, last: str) -> None:
        answer = by(stage.cast.ada).get(f"{API}/{first}/{second}{last}")
        assert answer.status_code < 500

    says()
