from datetime import date

import pytest
from hypothesis import example, given, strategies as st

from reviews.rules import Line, Named, Word, read_line, suggested_due
from reviews.rules.one_line import WORDS

TODAY = date(2026, 3, 2)
"""A Monday."""
OLGA = Named(1, "Olga Example", "olga@example.com")
PIA = Named(2, "Pia van der Berg", "pia@example.com")
ANN = Named(3, "Ann Drill", "ann.drill@example.com")
ANNA = Named(4, "Anna Ruiz", "a.ruiz@example.com")
PEOPLE = (OLGA, PIA, ANN, ANNA)


def gap(owner: Named | None = None, due_on: date | None = None, plan: str = "", note: str = "") -> Line:
    return Line(Word.GAP, owner, due_on, plan, note)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gap olga +5d run the drill with platform", gap(OLGA, date(2026, 3, 7), "run the drill with platform")),
        ("gap @pia 3 march …", gap(PIA, date(2026, 3, 3), "…")),
        ("g +5d olga run it", gap(OLGA, date(2026, 3, 7), "run it")),
        ("GAP Olga Example, by friday run it", gap(OLGA, date(2026, 3, 6), "run it")),
        ("gap pia van der berg 2w write the runbook", gap(PIA, date(2026, 3, 16), "write the runbook")),
        ("gap olga@example.com tomorrow run it", gap(OLGA, date(2026, 3, 3), "run it")),
        ("gap @berg today x", gap(PIA, date(2026, 3, 2), "x")),
        ("gap @ola", Line(Word.GAP, problem="Nobody who may own it is called “@ola”.")),
        ("gap @", Line(Word.GAP, problem="Nobody who may own it is called “@”.")),
        ("gap run the drill with platform", gap(plan="run the drill with platform")),
        ("gap run the drill by friday", gap(None, date(2026, 3, 6), "run the drill")),
        ("gap olga run the drill +2w", gap(OLGA, date(2026, 3, 16), "run the drill")),
        ("gap olga run all 3 march drills", gap(OLGA, None, "run all 3 march drills")),
        ("gap olga mon run it // as in January", gap(OLGA, date(2026, 3, 9), "run it", "as in January")),
        ("gap", gap()),
        ("gap pia", gap(PIA)),
        ("park come back with figures", Line(Word.PARKED, note="come back with figures")),
        ("p", Line(Word.PARKED)),
        ("na there is no queue here", Line(Word.NOT_APPLICABLE, note="there is no queue here")),
        ("N/A there is no queue", Line(Word.NOT_APPLICABLE, note="there is no queue")),
        ("not applicable there is no queue", Line(Word.NOT_APPLICABLE, note="there is no queue")),
        ("met", Line(Word.MET)),
        ("  Met   seen   just now ", Line(Word.MET, note="seen just now")),
        ("", Line()),
        ("fine", Line(problem="Begin with gap, met, na or park.")),
        ("not", Line(problem="Begin with gap, met, na or park.")),
    ],
)
def test_a_line_says_one_verdict(text: str, expected: Line) -> None:
    assert read_line(text, PEOPLE, TODAY) == expected


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("5d", date(2026, 3, 7)),
        ("+1w", date(2026, 3, 9)),
        ("wednesday", date(2026, 3, 4)),
        ("Mon", date(2026, 3, 9)),
        ("3 mar", date(2026, 3, 3)),
        ("march 3rd", date(2026, 3, 3)),
        ("2. march", date(2026, 3, 2)),
        ("1 march", date(2027, 3, 1)),
        ("12 april 2027", date(2027, 4, 12)),
        ("april 12, 2027", date(2027, 4, 12)),
        ("2026-3-9", date(2026, 3, 9)),
        ("until 2026-03-09", date(2026, 3, 9)),
    ],
)
def test_dates_as_people_type_them(typed: str, day: date) -> None:
    assert read_line(f"gap olga {typed} run it", PEOPLE, TODAY) == gap(OLGA, day, "run it")


@pytest.mark.parametrize("typed", ["31 april", "2026-02-30", "february 30 2027"])
def test_a_day_that_does_not_exist_is_said(typed: str) -> None:
    assert read_line(f"gap olga {typed} run it", PEOPLE, TODAY).problem == f"“{typed}” is no day."


def test_a_name_that_two_people_have_names_both() -> None:
    problem = read_line("gap ann +5d run it", (ANN, ANNA, Named(5, "Ann Ruiz", "ann@example.com")), TODAY).problem
    assert (
        problem == "“ann” may be Ann Drill (ann.drill@example.com) or Ann Ruiz (ann@example.com); type a little more."
    )
    assert read_line("gap @an +5d run it", PEOPLE, TODAY).problem.startswith("“@an” may be Ann Drill")


@pytest.mark.parametrize(
    ("typed", "owner"), [("ann", ANN), ("anna", ANNA), ("ruiz", ANNA), ("@rui", ANNA), ("dri", ANN)]
)
def test_a_whole_word_goes_before_a_beginning(typed: str, owner: Named) -> None:
    assert read_line(f"gap {typed} +5d run it", PEOPLE, TODAY).owner == owner


def test_of_two_with_one_first_name_the_second_word_tells() -> None:
    other = Named(5, "Ann Ruiz", "ann@example.com")
    assert read_line("gap ann ruiz +5d run it", (ANN, other), TODAY) == gap(other, date(2026, 3, 7), "run it")


pieces = st.lists(
    st.sampled_from(
        [*WORDS, *(one.name for one in PEOPLE), "@", "@pia", "+5d", "9999w", "0d", "by", "31 feb", "29 february", "//",
         "fri", "march", "3", "2026-13-45", "0000-01-01", "until", "²", "٣d", "not applicable", "\x00", "İ"]
    )
).map(" ".join)  # fmt: skip


@given(st.text() | pieces, st.dates(date(2000, 1, 1), date(2190, 1, 1)))
@example("gap 29 february", date(2026, 3, 2))
def test_nothing_that_is_typed_raises(text: str, today: date) -> None:
    line = read_line(text, PEOPLE, today)
    assert isinstance(line, Line)
    assert line.word or not (line.owner or line.due_on or line.plan)


@given(
    st.sampled_from(PEOPLE),
    st.dates(TODAY, date(2099, 1, 1)),
    st.from_regex(r"[Xx]{3,9}( [a-z]{1,9}){0,4}", fullmatch=True),
)
def test_what_is_typed_in_full_is_understood_as_typed(owner: Named, due_on: date, plan: str) -> None:
    assert read_line(f"gap {owner.email} {due_on.isoformat()} {plan}", PEOPLE, TODAY) == gap(owner, due_on, plan)


@pytest.mark.parametrize(
    ("last", "is_hard", "day"),
    [
        (date(2026, 3, 18), True, date(2026, 3, 9)),
        (date(2026, 3, 5), True, date(2026, 3, 5)),
        (date(2026, 3, 8), True, date(2026, 3, 6)),
        (date(2026, 3, 2), True, date(2026, 3, 2)),
        (None, False, date(2026, 4, 1)),
    ],
)
def test_a_due_date_is_suggested_that_can_be_kept(last: date | None, is_hard: bool, day: date) -> None:
    assert suggested_due(TODAY, last, is_hard=is_hard) == day
