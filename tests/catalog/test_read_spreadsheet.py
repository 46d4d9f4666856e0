"""Reading services from CSV: each wrong cell is named by line and column."""

import pytest
from hypothesis import given, settings, strategies as st

from readiness.catalog.importers import Catalog, read_spreadsheet


def read(text: str) -> Catalog:
    return read_spreadsheet([("s.csv", text)])


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_commas_semicolons_and_tabs_are_read_alike(separator: str, mark: str, newline: str) -> None:
    text = "Slug,Name,team,traits\nledger,The ledger,pay,http-api|worker\n\n"
    [entry] = read(mark + text.replace(",", separator).replace("\n", newline)).services
    assert (entry.ref, entry.team, entry.place.line) == ("csv:ledger", "pay", 2)
    assert entry.values == {"name": "The ledger", "traits": ["http-api", "worker"]}


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("slug", "No Slug", "short name"),
        ("tier", "high", "no tier"),
        ("tier", "²", "no tier"),
        ("traits", "http-api nosuch", "“nosuch” is none of the traits"),
        ("lifecycle", "sunset", "none of"),
        ("go_live_on", "1.9.2026", "2026-09-01"),
        ("go_live_on", "2026-02-30", "no day"),
        ("tech_lead", "Theo", "not an e-mail address"),
        ("repository", "git@x:y", "http://"),
        ("base_url", "checkout", "http://"),
        ("runbook_urls", "https://a.example|b", "Address 2"),
    ],
)
def test_a_wrong_cell_is_named_by_line_and_column(column: str, cell: str, words: str) -> None:
    header, row = ("slug", cell) if column == "slug" else (f"slug,{column}", f"ledger,{cell}")
    catalog = read(f"{header}\n{row}\n")
    [doubt] = catalog.doubts
    assert str(doubt.place) == f"s.csv, line 2, column {column}"
    assert words in doubt.reason
    assert not catalog.services


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "“slug” is missing"),
        ("name,team\n", "“slug” is missing"),
        ("slug,colour\n", "“colour” is none of the columns"),
        ("slug,tier,tier\n", "is there twice"),
        ("slug,\nledger,x\n", "A column has no name"),
        ("slug,name\nledger,a,b\n", "has 3 cells"),
        ('slug,name\nledger,"a\n', "This is no CSV"),
        ("slug\x00", "no CSV file"),
    ],
)
def test_what_is_no_table_of_services_says_so(text: str, words: str) -> None:
    catalog = read(text)
    assert words in catalog.doubts[0].reason
    assert not catalog.services


def test_a_short_name_given_twice_is_named() -> None:
    catalog = read("slug,tier\nledger,1\nledger,2\n")
    assert [entry.values["tier"] for entry in catalog.services] == [1]
    assert "s.csv, line 2 counts" in catalog.doubts[0].reason


def test_lines_are_counted_through_cells_with_line_breaks() -> None:
    catalog = read('slug,description\na,"one\ntwo\nthree"\nb,x\n')
    assert [(entry.slug, entry.place.line) for entry in catalog.services] == [("a", 2), ("b", 5)]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_no_text_whatever_makes_the_reader_fall_over(text: str) -> None:
    read(text)
    read("slug,tier,traits,go_live_on,base_url\n" + text)
