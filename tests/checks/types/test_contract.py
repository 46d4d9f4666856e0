import pkgutil

import pytest
from pydantic import BaseModel

from readiness.assessments.outcome import Finding, Level
from readiness.checks import types
from readiness.checks.types import TYPES
from readiness.checks.types.contract import MAX_FINDINGS, bounded, joined, needs, plural, shortened


def test_every_module_is_in_the_table() -> None:
    modules = {module.name for module in pkgutil.iter_modules(types.__path__)}
    assert {name for name in modules if not name.startswith("_")} - {"contract"} == set(TYPES)


@pytest.mark.parametrize("slug", TYPES)
def test_each_type_says_what_it_is(slug: str) -> None:
    check_type = TYPES[slug]
    module = __import__(check_type.run.__module__, fromlist=["run"])
    assert "Passes when" in (module.__doc__ or "")
    assert "https://" in (module.__doc__ or "")
    assert check_type.slug == slug == module.__name__.rpartition(".")[2]
    assert check_type.title
    assert check_type.summary.endswith(".")
    assert check_type.strength == "observed"
    assert check_type.default_every.total_seconds() >= 3600


@pytest.mark.parametrize("slug", TYPES)
def test_a_form_can_be_made_of_each_field(slug: str) -> None:
    model: type[BaseModel] = TYPES[slug].config_model
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["frozen"]
    for name, field in model.model_fields.items():
        assert field.title, name
        assert (field.description or "").endswith("."), name
        assert field.examples, name
    assert model.model_json_schema()["properties"]


@pytest.mark.parametrize("slug", TYPES)
def test_an_empty_configuration_says_what_is_needed(slug: str) -> None:
    sentences = needs(TYPES[slug], {})
    assert sentences
    assert all("issing" in sentence for sentence in sentences)


def test_a_complete_configuration_needs_nothing() -> None:
    assert needs(TYPES["health_pair"], {"live_url": "http://a/live", "ready_url": "http://a/ready"}) == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://a/", "starts with http:// or https://"),
        ("javascript:alert(1)", "starts with http:// or https://"),
        ("https://", "names a host"),
        ("https://me:secret@a/", "no user name or password"),
        ("https://me@a/", "no user name or password"),
        ("https://a/b c", "no spaces"),
        ("https://a/\r\nHost: b", "no spaces or line breaks"),
        ("https://a:99999/", "not an address"),
        ("https://[::1/", "not an address"),
        (7, "valid string"),
    ],
)
def test_an_address_that_cannot_be_called_is_refused_with_a_sentence(url: object, sentence: str) -> None:
    [problem] = needs(TYPES["health_pair"], {"live_url": url, "ready_url": "http://a/ready"})
    assert problem.startswith("Live address: ")
    assert sentence in problem
    assert "secret" not in problem


def test_a_wrong_entry_of_a_list_is_named_by_its_place() -> None:
    config = {"base_url": "http://a", "routes": [{"path": "/x"}, {"path": "y"}, {}]}
    assert needs(TYPES["http_authz"], config) == [
        "Protected routes, entry 2, path: a path starts with a slash and has no spaces.",
        "Protected routes, entry 3: a route has either a path or an address.",
    ]


def test_an_unknown_setting_is_named() -> None:
    config = {"live_url": "http://a/live", "ready_url": "http://a/ready", "retries": 3}
    assert needs(TYPES["health_pair"], config) == ["retries: is not a setting of this check."]


def test_findings_are_bounded_and_the_worst_are_kept() -> None:
    many = [Finding("note", Level.INFO, "x")] * MAX_FINDINGS + [Finding("bad", Level.ERROR, "y")]
    assert len(bounded(many)) == MAX_FINDINGS
    assert bounded(many)[0].rule == "bad"


def test_words() -> None:
    assert plural(1, "query") == "1 query"
    assert plural(2, "query") == "2 queries"
    assert plural(0, "route") == "0 routes"
    assert joined(["A.", "B.", "A.", "C.", "D."]) == "A. B. C. And 1 more."
    assert shortened("a\n\x00b" + "c" * 300).startswith("a b")
    assert len(shortened("c" * 300)) == 200
