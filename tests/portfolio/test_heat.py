import pytest

from readiness.portfolio.heat import NOT_MEASURED, Cell, cell

NOTHING = dict.fromkeys(("met", "open_hard", "open_tracked", "unknown", "waived", "stale", "blocking"), 0)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"applicable": 7, "met": 7}, Cell("met", "7/7", "all met")),
        ({"applicable": 0}, Cell("none", "–", "not applicable")),
        ({"applicable": 7, "met": 5, "open_tracked": 2}, Cell("gap", "5/7", "2 gaps")),
        ({"applicable": 7, "met": 6, "open_hard": 1, "blocking": 1}, Cell("blocked", "6/7", "1 hard gate open")),
        ({"applicable": 3, "met": 2, "waived": 1}, Cell("waived", "2/3", "1 waived")),
        ({"applicable": 3, "met": 1, "unknown": 2, "stale": 1}, Cell("unknown", "1/3", "2 unknown")),
        (
            {"applicable": 3, "met": 1, "unknown": 2, "blocking": 1},
            Cell("unknown", "1/3", "2 unknown, 1 of the unknown is a hard gate"),
        ),
        (
            {"applicable": 6, "met": 1, "open_hard": 2, "open_tracked": 1, "unknown": 1, "waived": 1, "blocking": 2},
            Cell("blocked", "1/6", "2 hard gates open, 1 gap, 1 unknown, 1 waived"),
        ),
    ],
)
def test_a_cell_has_the_tone_of_its_worst_and_says_everything_in_words(counts: dict[str, int], expected: Cell) -> None:
    assert cell(NOTHING | counts) == expected


def test_a_service_that_is_not_measured_says_so() -> None:
    assert cell(None) == NOT_MEASURED
