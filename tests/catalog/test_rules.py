"""The catalog's vocabulary: names, traits, and where machines may look."""

import pytest

from readiness.catalog.rules import (
    ENDPOINT_GROUPS,
    ENDPOINTS,
    EndpointKind,
    EndpointValue,
    Trait,
    endpoint_problem,
    in_order,
    service_problems,
    slug_of,
    slug_problem,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Order Service v2", "order-service-v2"),
        ("Über Café", "uber-cafe"),
        ("  --A__b..C-- ", "a-b-c"),
        ("決済", ""),
        ("x" * 200, "x" * 100),
    ],
)
def test_a_short_name_is_made_of_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize("slug", ["", "A", "a b", "-a", "a-", "a--b", "ä", "new", "import", "a" * 101, "a/b"])
def test_what_is_no_short_name(slug: str) -> None:
    assert slug_problem(slug)


@pytest.mark.parametrize("slug", ["a", "checkout-api", "v2", "a_b"])
def test_what_is_a_short_name(slug: str) -> None:
    assert slug_problem(slug) is None


def test_every_trait_and_endpoint_is_explained() -> None:
    assert all(trait.label and trait.help.endswith(".") for trait in Trait)
    for endpoint in ENDPOINTS.values():
        example = [endpoint.example] if endpoint.kind is EndpointKind.ADDRESSES else endpoint.example
        assert endpoint_problem(endpoint.name, example) is None
        assert endpoint.help.endswith(".")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("base_url", "checkout.example.com", "http://"),
        ("base_url", "ftp://x", "http://"),
        ("base_url", "https://", "names a host"),
        ("base_url", "https://a b", "no spaces"),
        ("base_url", "https://a\\b", "no spaces"),
        ("base_url", "https://user@host", "no user name"),
        ("base_url", "https://host:0/", "Port 0"),
        ("base_url", "https://host:99999/", "not an address"),
        ("base_url", "https://[::1", "not an address"),
        ("base_url", "https://h/" + "x" * 2000, "too long"),
        ("base_url", ["https://h"], "not a list"),
        ("runbook_urls", "https://h", "list of addresses"),
        ("runbook_urls", ["https://h", "h"], "Address 2: an address"),
        ("runbook_urls", ["https://h"] * 51, "At most 50"),
        ("alert_selector", "x" * 2001, "too long"),
        ("release_commit", "main", "7 to 64"),
        ("release_commit", "4f2a91", "7 to 64"),
        ("peak_rps", "0", "above zero"),
        ("peak_rps", "fast", "above zero"),
        ("latency_p99_ms", "-3", "above zero"),
        ("pigeon_url", "https://h", "none of the endpoints"),
    ],
)
def test_what_is_no_endpoint(name: str, value: EndpointValue, words: str) -> None:
    assert words in str(endpoint_problem(name, value))


def test_traits_are_stored_sorted_and_once() -> None:
    assert in_order(["worker", "http-api", "worker", "nosuch"]) == ["http-api", "worker"]


def test_only_what_is_given_is_judged() -> None:
    assert service_problems({}) == {}
    assert set(service_problems({"name": "", "tier": 0, "endpoints": {"live_url": "x"}})) == {
        "name",
        "tier",
        "live_url",
    }


def test_every_endpoint_stands_in_one_group() -> None:
    grouped = [name for names in ENDPOINT_GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(ENDPOINTS)
