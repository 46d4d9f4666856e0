import pytest

from readiness.assessments.rules.mentions import MOST, Known, handles, who

PEOPLE = [
    Known(1, "Theo Brandt", "theo@example.com"),
    Known(2, "Anna Maria Kern", "a.kern@example.com"),
    Known(3, "Anna Weiß", "anna.weiss@example.org"),
    Known(4, "Olga", "olga@example.com"),
    Known(5, "Olga", "olga@example.org"),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@theo", {1}),
        ("(@Theo), and @theo.", {1}),
        ("@theo@example.com, look", {1}),
        ("@theo.brandt!", {1}),
        ("@anna.maria.kern @anna.weiß", {2, 3}),
        ("@anna", set()),  # two are called so
        ("@olga", set()),
        ("@olga@example.org", {5}),
        ("theo@example.com", set()),  # an address is no mention
        ("see https://example.com/@theo", set()),
        ("`@theo` and\n```\n@a.kern\n```", set()),
        ("```\n@theo, never closed", set()),
        ("@media (width < 3em)", set()),
        ("", set()),
    ],
)
def test_who_is_meant(text: str, ids: set[int]) -> None:
    assert who(handles(text), PEOPLE) == ids


def test_a_comment_is_no_way_to_write_to_everybody() -> None:
    assert len(handles(" ".join(f"@person{number}" for number in range(100)))) == MOST
