"""Reading a Backstage catalog: what is sure is taken over, what is doubtful is named with its line."""

import pytest
from hypothesis import given, settings, strategies as st

from readiness.catalog.importers import Catalog, Kind, read_backstage

TEAM = "kind: Group\nmetadata: {name: pay}\nspec: {type: team}\n---\n"


def read(*texts: str) -> Catalog:
    return read_backstage([(f"{number}.yaml", text) for number, text in enumerate(texts, start=1)])


def component(name: str = "ledger", **spec: str) -> str:
    lines = {"type": "service", "lifecycle": "production", "owner": "pay", **spec}
    listed = "".join(f"  {key}: {value}\n" for key, value in lines.items() if value)
    return f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n{listed}"


def only_doubt(catalog: Catalog) -> tuple[bool, int, str]:
    [doubt] = catalog.doubts
    return doubt.is_left_out, doubt.place.line, doubt.reason


def test_lines_are_those_of_the_file_across_documents() -> None:
    catalog = read("# generated\n---\n" + component() + "---\n" + component("ledger"), TEAM)
    assert catalog.services[0].place.line == 6
    assert only_doubt(catalog) == (True, 15, "The name is given twice; the entry on line 6 counts, this one does not.")


def test_a_name_given_twice_in_two_files_names_the_first_file() -> None:
    catalog = read(TEAM + component(), component())
    assert "the entry on 1.yaml, line 8 counts" in only_doubt(catalog)[2]


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        ("", "It has no owner"),
        ("group:team-TEAM-NAME", "left-over from a template"),
        ("${{ values.owner }}", "left-over from a template"),
        ('"{{ owner }}"', "left-over from a template"),
        ("CHANGEME", "left-over from a template"),
        ("<your team>", "left-over from a template"),
        ("group:your-team", "left-over from a template"),
        ("user:default/nora", "a service is owned by a team"),
        ('"a team / b : c"', "is not a reference to a group"),
    ],
)
def test_an_owner_that_is_none_leaves_the_component_out(owner: str, words: str) -> None:
    catalog = read(TEAM + component(owner=owner))
    is_left_out, line, reason = only_doubt(catalog)
    assert is_left_out
    assert words in reason
    assert line in {10, 12}
    assert not catalog.services


@pytest.mark.parametrize("owner", ["pay", "group:pay", "group:default/pay", "Group:Default/PAY", "default/pay"])
def test_an_owner_is_found_in_every_spelling(owner: str) -> None:
    assert read(TEAM + component(owner=owner)).services[0].team == "group:default/pay"


def test_an_owner_not_in_these_files_may_be_a_team_that_is_here() -> None:
    catalog = read(component(owner="group:rocket"))
    assert catalog.services[0].team == "group:default/rocket"
    assert not catalog.doubts


@pytest.mark.parametrize(
    ("lifecycle", "expected", "is_doubted"),
    [
        ("production", "production", False),
        ("experimental", "prototype", False),
        ("deprecated", "deprecated", False),
        ("sunset", "prototype", True),
        ("", "prototype", True),
    ],
)
def test_a_lifecycle_is_mapped(lifecycle: str, expected: str, is_doubted: bool) -> None:
    catalog = read(TEAM + component(lifecycle=lifecycle))
    assert catalog.services[0].values["lifecycle"] == expected
    assert [doubt.is_left_out for doubt in catalog.doubts] == ([False] if is_doubted else [])


def test_a_library_is_left_out_with_a_note() -> None:
    catalog = read(TEAM + component(type="library"))
    assert not catalog.services
    assert only_doubt(catalog)[0] is False


def test_an_unknown_type_is_imported_with_a_note() -> None:
    catalog = read(TEAM + component(type="kraken"))
    assert catalog.services[0].values["traits"] == []
    assert "“kraken”, is not known" in only_doubt(catalog)[2]


RICH = """
kind: Component
metadata:
  name: Order.API
  title: Orders
  description: Please add description
  annotations:
    backstage.io/source-location: url:https://git.example.com/orders/
    backstage.io/kubernetes-id: orders
    example.com/tier: tier-1
  tags: [internet-facing, java]
  links:
    - {url: "https://r.example.com/orders", type: runbook}
    - {url: "https://wiki.example.com/orders", type: docs}
spec:
  type: worker
  lifecycle: production
  owner: pay
  providesApis: [orders]
  consumesApis: [ledger-api, mail-api, orders]
  dependsOn: [component:ledger, resource:orders-db, component:strings]
---
kind: API
metadata: {name: orders}
spec: {type: openapi}
---
kind: API
metadata: {name: ledger-api}
spec: {type: grpc}
---
kind: Resource
metadata: {name: orders-db}
spec: {type: database}
---
kind: System
metadata: {name: shop}
"""


def test_what_is_sure_of_a_component_is_taken_over() -> None:
    ledger = component() + "  providesApis: [ledger-api]\n"
    catalog = read(TEAM + RICH, ledger, component("strings", type="library"))
    orders = next(entry for entry in catalog.services if entry.slug == "order-api")
    assert orders.values == {
        "name": "Orders",
        "lifecycle": "production",
        "traits": ["calls-services", "containerised", "has-database", "http-api", "internet-facing", "worker"],
        "dependencies": ["ledger", "orders-db", "mail-api"],
        "repository": "https://git.example.com/orders",
        "tier": 1,
        "endpoints": {"runbook_urls": ["https://r.example.com/orders"]},
    }
    assert any("“Please add description”, is a left-over" in doubt.reason for doubt in catalog.doubts)
    assert catalog.remarks == ["Left out, because only groups, users and components are imported: 1 System."]


def test_two_names_that_shorten_to_one_are_told_apart() -> None:
    catalog = read(TEAM + component("a.b") + "---\n" + component("a-b"))
    assert [entry.slug for entry in catalog.services] == ["a-b"]
    assert "already that of component:default/a.b" in only_doubt(catalog)[2]


def test_a_group_that_is_no_team_counts_when_it_owns_something() -> None:
    department = "kind: Group\nmetadata: {name: sales}\nspec: {type: department}\n---\n"
    assert "owns nothing" in only_doubt(read(department))[2]
    assert [team.slug for team in read(department + component(owner="sales")).teams] == ["sales"]


def test_members_who_are_only_handles_are_named_once_for_their_group() -> None:
    group = "kind: Group\nmetadata: {name: pay}\nspec:\n  type: team\n  members:\n    - zoe\n    - nora\n---\n"
    nora = "kind: User\nmetadata: {name: nora}\nspec: {profile: {email: n@example.com}}\n"
    catalog = read(group + nora)
    assert only_doubt(catalog)[1] == 6
    assert "1 member is a handle without a user entry (zoe)" in only_doubt(catalog)[2]
    assert catalog.people[0].teams == ("group:default/pay",)


@pytest.mark.parametrize("email", ["", "nora", "n o@example.com"])
def test_a_user_without_an_address_is_left_out(email: str) -> None:
    catalog = read(f"kind: User\nmetadata: {{name: nora}}\nspec: {{profile: {{email: {email!r}}}}}\n")
    assert catalog.doubts[0].kind is Kind.PERSON
    assert not catalog.people


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("kind: Component\nmetadata: {name: [}\n", 2, "This is not YAML"),
        ("kind: Component\nmetadata: &a {name: b}\nspec: *a\n", 2, "Anchors and aliases"),
        ("kind: Component\nmetadata: {name: a, name: b}\n", 2, "given twice in one entry"),
        ("kind: Component\nmetadata: {name: x}\nspec: {owner: {{ owner }}}\n", 3, "left-over of a template"),
        ("kind: Component\nmetadata: {}\n", 1, "has no name under metadata"),
        ("kind: Component\nmetadata: {name: '${{ values.name }}'}\n", 2, "left-over from a template"),
        ("kind: Component\nmetadata: {name: a/b}\n", 2, "can't be a name"),
        ("- just\n- a list\n", 1, "has no `kind`"),
        ("a text", 1, "has no `kind`"),
        ("a: \x00", 1, "character"),
        ("[" * 40 + "]" * 40, 1, "levels deep"),
    ],
)
def test_a_bad_document_is_named_and_the_others_are_read(text: str, line: int, words: str) -> None:
    catalog = read(text + "\n---\n" + TEAM + component())
    is_left_out, at, reason = only_doubt(catalog)
    assert (is_left_out, at) == (True, line)
    assert words in reason
    assert [entry.slug for entry in catalog.services] == ["ledger"]


@pytest.mark.parametrize("text", ["", "\ufeff", "---\n---\n", "# nothing\n", "%YAML 1.2\n---\n"])
def test_nothing_is_no_problem(text: str) -> None:
    assert read(text) == Catalog("backstage")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_no_text_whatever_makes_the_reader_fall_over(text: str) -> None:
    read("kind: Component\nmetadata: {name: a}\nspec:\n  owner: " + text, text)
