from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import strategies as some
from pydantic import BaseModel

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.oncall_pagerduty import Config, OnCallsAnswer, PolicyAnswer, ServiceAnswer, run
from readiness.egress import Egress, Fault
from tests.checks.types.hostile import SECRET, hold_out
from tests.checks.types.playing import POLICY, play, says, says_json, silence
from tests.servers.api import Call
from tests.servers.pagerduty import Account, oncall, pagerduty

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
COVER = {"days_after_go_live": 14, "min_people": 2}
LEVELS = {"min_levels": 2}


@pytest.fixture
def account() -> Iterator[Account]:
    """Pia and Theo take weekly turns from Monday, 2 March; Mia is behind them."""
    with pagerduty() as account:
        account.oncalls = [*weeks("Pia", "Theo"), oncall("Mia", None, None, level=2)]
        yield account


def weeks(*people: str, level: int = 1, number: int = 12) -> list[dict[str, object]]:
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    starts = [monday + timedelta(weeks=place) for place in range(number)]
    return [
        oncall(people[place % len(people)], start.isoformat(), (start + timedelta(weeks=1)).isoformat(), level)
        for place, start in enumerate(starts)
    ]


def judged(account: Account, **more: object) -> Outcome:
    config = Config.model_validate({"base_url": account.url, "service_id": "PIJ90N7", **more})
    with time_machine.travel(NOW, tick=False):
        return Egress(POLICY).run(run(config))


def asked(account: Account, path: str) -> list[Call]:
    assert account.server
    return [call for call in account.server.calls if call.path == path]


def test_passes_when_somebody_is_there_and_somebody_else_behind(account: Account) -> None:
    outcome = judged(account, go_live_on=date(2026, 4, 1))
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason == (
        "2 people cover every minute until 16 April 2026, 00:00 UTC. An alert climbs 2 levels with different people."
    )
    assert outcome.figures["covered_percent"] == 100.0
    assert outcome.figures["levels"] == 2
    [call] = asked(account, "/oncalls")
    assert (call.asked("since"), call.asked("until")) == ("2026-03-05T12:00:00Z", "2026-04-16T00:00:00Z")


def test_the_models_read_what_the_published_document_promises(account: Account) -> None:
    answers: dict[str, type[BaseModel]] = {
        "/services/PIJ90N7": ServiceAnswer,
        "/escalation_policies/PT20YPA": PolicyAnswer,
        "/oncalls": OnCallsAnswer,
    }
    judged(account)
    assert account.server
    for call in account.server.calls:  # the server has held each answer against the schema
        answers[call.path].model_validate_json(account.answer(call).body)
    assert {call.path for call in account.server.calls} == answers.keys()


def test_a_hole_is_named_with_who_is_beside_it(account: Account) -> None:
    del account.oncalls[2]
    outcome = judged(account, **COVER)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "Nobody is on call from 16 Mar 2026, 00:00 to 20 Mar 2026, 00:00 UTC (after Theo)."
    assert outcome.figures["first_hole"] == "2026-03-16T00:00Z"


def test_cover_and_levels_are_asked_one_by_one(account: Account) -> None:
    del account.oncalls[2]
    assert judged(account, **LEVELS).result is Result.PASS
    account.oncalls = weeks("Pia", "Theo")
    account.levels = [["schedule"]]
    assert judged(account, **COVER).result is Result.PASS
    assert judged(account, **LEVELS).reason == (
        "An alert climbs 1 level, fewer than 2: add a level with somebody else to the policy."
    )


def test_one_person_for_ever_is_too_few(account: Account) -> None:
    account.oncalls = [oncall("Pia", None, None), oncall("Mia", None, None, level=2)]
    outcome = judged(account, **COVER)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "Only Pia is on call. At least 2 people are needed."


def test_a_second_level_that_pages_the_same_person_fails_while_it_does(account: Account) -> None:
    account.oncalls = [*weeks("Pia", "Theo"), oncall("Theo", None, None, level=2)]
    outcome = judged(account, **LEVELS)
    assert outcome.result is Result.FAIL
    assert outcome.reason == (
        "The second level pages Theo again, who is on the first already, from 09 Mar 2026, 00:00 UTC."
    )
    account.oncalls += weeks("Mia", level=2)
    assert judged(account, **LEVELS).result is Result.PASS


def test_a_second_level_with_a_hole_fails(account: Account) -> None:
    account.oncalls = [*weeks("Pia", "Theo"), *weeks("Mia", level=2, number=1)]
    outcome = judged(account, **LEVELS)
    assert outcome.reason == (
        "On the second level: Nobody is on call from 9 Mar 2026, 00:00 to 20 Mar 2026, 00:00 UTC (after Mia)."
    )


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("active", Result.PASS),
        ("warning", Result.PASS),
        ("critical", Result.PASS),
        ("maintenance", Result.UNKNOWN),
        ("disabled", Result.FAIL),
    ],
)
def test_a_service_that_pages_nobody_does_not_pass(account: Account, status: str, result: Result) -> None:
    account.status = status
    assert judged(account).result is result


def test_every_page_is_read(account: Account) -> None:
    account.longest_page = 5
    assert judged(account).result is Result.PASS
    assert [call.asked("offset") for call in asked(account, "/oncalls")] == ["0", "5", "10"]


def test_pages_without_end_are_unknown(account: Account) -> None:
    account.oncalls = weeks("Pia", "Theo") * 300
    outcome = judged(account)
    assert outcome.result is Result.UNKNOWN
    assert "more than 3000 shifts" in outcome.reason
    assert len(asked(account, "/oncalls")) == 30


def test_what_lies_further_ahead_than_pagerduty_sees_is_said(account: Account) -> None:
    account.oncalls = [*weeks("Pia", "Theo", number=20), oncall("Mia", None, None, level=2)]
    outcome = judged(account, go_live_on=date(2026, 12, 1), **COVER)
    assert outcome.result is Result.PASS
    assert outcome.figures["until"] == "2026-06-02T12:00Z"
    assert [finding.rule for finding in outcome.findings] == ["seen-so-far"]


def test_an_id_may_be_given_as_its_address(account: Account) -> None:
    address = "https://shop.pagerduty.com/service-directory/PIJ90N7/"
    assert judged(account, service_id=address).result is Result.PASS
    [sentence] = needs(TYPES["oncall_pagerduty"], {"service_id": "the mail service"})
    assert sentence.startswith("Service: ")


def test_a_service_that_is_not_there_is_unknown(account: Account) -> None:
    outcome = judged(account, service_id="PNONE00")
    assert outcome.result is Result.UNKNOWN
    assert "knows no service PNONE00" in outcome.reason


def test_a_key_that_is_refused_is_unknown_and_not_told(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECK_SECRET_PD", f"{account.url} {SECRET}")
    outcome = judged(account, credential="Authorization: Token token=${CHECK_SECRET_PD}")
    assert outcome.result is Result.UNKNOWN
    assert "credential is missing, refused" in outcome.reason
    assert SECRET not in str(outcome)
    assert SECRET in asked(account, "/services/PIJ90N7")[0].headers["authorization"]


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    assert play(run(Config(service_id="PX")), silence(fault)).result is Result.UNKNOWN


def test_too_many_calls_are_unknown() -> None:
    outcome = play(run(Config(service_id="PX")), says_json({}, 429))
    assert outcome.reason == "PagerDuty takes no more calls."
    assert play(run(Config(service_id="PX")), says(200, "[" * 100_000)).result is Result.UNKNOWN


def test_any_answer_gives_an_outcome() -> None:
    words = (
        "service escalation_policy status disabled id type summary escalation_rules targets oncalls more user start end"
    )
    times = ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-12:00")
    hold_out(lambda: run(Config(service_id="PX")), *words.split(), "escalation_level", *times)


def test_any_shifts_give_an_outcome() -> None:
    moments = some.none() | some.datetimes(timezones=some.just(UTC)).map(datetime.isoformat)
    one = some.builds(oncall, some.sampled_from(["Pia", "Theo", ""]), moments, moments, some.integers(-3, 5))
    answer = some.fixed_dictionaries(
        {
            "service": some.just({"status": "active", "escalation_policy": {"id": "PX"}}),
            "escalation_policy": some.just({"escalation_rules": [{"targets": [{"id": "a"}]}] * 2}),
            "oncalls": some.lists(one, max_size=8),
            "more": some.booleans(),
        }
    )
    hold_out(lambda: run(Config(service_id="PX")), "x", shaped=answer, examples=200)
