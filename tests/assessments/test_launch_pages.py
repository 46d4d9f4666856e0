from typing import Any

from django.test import Client
from django.utils import timezone

from readiness.assessments.models import LaunchPlan
from tests.assessments.small import small
from tests.assessments.test_records import LAUNCH, ON_CALL, OWNER
from tests.cast import Cast, login

PLAN = "/services/checkout/launch-plan/"
DAY = "/services/checkout/launch-day/"
HTMX = {"HX-Request": "true"}


def rows(prefix: str, *lines: dict[str, Any]) -> dict[str, Any]:
    management = {f"{prefix}-TOTAL_FORMS": len(lines), f"{prefix}-INITIAL_FORMS": 0}
    return management | {f"{prefix}-{n}-{name}": value for n, line in enumerate(lines) for name, value in line.items()}


def whole(cast: Cast, **changes: Any) -> dict[str, Any]:
    step = {"hold_minutes": 60, "metric": "errors"}
    return {
        "version": 0, "decider": cast.mia.pk, "note": "",
        **rows("audiences", {"who": "Support", "when": "Monday", "channel": "#support"}, {"who": "", "when": "", "channel": ""}),
        **rows("ramp", {"percent": 5, **step}, {"percent": 50, **step}, {"percent": 100, **step}),
        **rows(
            "thresholds",
            {"metric": "errors", "limit": "> 1 %", "action": "roll back"},
            {"metric": "errors", "limit": "< 0.1 %", "action": "go on"},
            {"metric": "", "limit": "", "action": "roll back"},
        ),
        **changes,
    }  # fmt: skip


def test_the_plan_is_written_and_read_on_the_day(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    login(client, cast.theo)
    assert client.get(PLAN).status_code == 200
    response = client.post(PLAN, whole(cast), follow=True)
    assert response.redirect_chain == [(DAY, 302)]
    assert "100 %" in response.text
    assert "Mia Example" in response.text
    plan = LaunchPlan.objects.get()
    assert (len(plan.audiences), len(plan.ramp), len(plan.thresholds)) == (1, 3, 2)
    assert cast.item("launch").status == "met"


def test_an_unfinished_plan_is_saved_and_says_what_it_lacks(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    login(client, cast.theo)
    blank = [form["action"].value() for form in client.get(PLAN).context["form"].parts["thresholds"].forms]
    assert blank == ["roll back", "go on"]
    nothing = {"version": 0, "decider": "", "note": "", **rows("audiences"), **rows("ramp")}
    nothing |= rows("thresholds", *({"metric": "", "limit": "", "action": action} for action in blank))
    text = client.post(PLAN, nothing, follow=True).text
    for sentence in (
        "it is not complete yet", "Nobody is told yet", "at least 2 steps", "when to roll back, and none when to go on",
        "the one person who decides", "The launch plan is still empty", f'href="{PLAN}"',
    ):  # fmt: skip
        assert sentence in text
    assert not LaunchPlan.objects.get().thresholds
    text = client.post(PLAN, whole(cast, version=LaunchPlan.objects.get().version, decider=""), follow=True).text
    assert "the one person who decides" in text
    assert "Nobody is told yet" not in text


def test_a_row_is_added_without_saving_and_without_losing_what_was_typed(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    login(client, cast.theo)
    for headers in ({}, HTMX):
        response = client.post(PLAN, whole(cast, add="ramp", note="Half-written"), headers=headers)
        assert response.status_code == 200
        assert len(response.context["form"].parts["ramp"].forms) == 4
        assert len(response.context["form"].parts["audiences"].forms) == 2
        assert "Half-written" in response.text
        assert ("<html" in response.text) is (headers == {})
    assert not LaunchPlan.objects.exists()


def test_a_wrong_cell_is_said_in_its_place(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    response = login(client, cast.theo).post(PLAN, whole(cast, **{"ramp-0-percent": "200"}))
    assert response.status_code == 422
    assert response.context["form"].parts["ramp"].forms[0].errors["percent"]
    assert client.post(PLAN, {"version": 0}).status_code == 422
    assert not LaunchPlan.objects.exists()


def test_a_lost_race_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    login(client, cast.theo).post(PLAN, whole(cast))
    lost = client.post(PLAN, whole(cast, note="Mine."))
    assert lost.status_code == 409
    assert "Mine." in lost.text
    assert "Somebody else saved this plan" in lost.text
    assert (
        client.post(PLAN, whole(cast, note="Mine.", version=lost.context["form"].whole.data["version"])).status_code
        == 302
    )
    assert LaunchPlan.objects.get().note == "Mine."


def test_htmx_is_sent_on_to_the_page_of_the_day(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    response = login(client, cast.theo).post(PLAN, whole(cast), headers=HTMX)
    assert response.headers["HX-Redirect"] == DAY


def test_who_may_not_write_it_reads_it(cast: Cast, client: Client) -> None:
    small(cast, LAUNCH, now=timezone.now())
    login(client, cast.vera)
    assert "There is no launch plan yet" in client.get(PLAN).text
    assert client.post(PLAN, whole(cast)).status_code == 403
    login(client, cast.sam)
    assert client.get(PLAN).status_code == client.get(DAY).status_code == client.post(PLAN, {}).status_code == 404


def test_who_is_on_call_confirms(cast: Cast, client: Client) -> None:
    small(cast, ON_CALL, now=timezone.now())
    address = "/services/checkout/confirm-on-call/"
    assert login(client, cast.theo).post(address).status_code == 422
    assert login(client, cast.sam).post(address).status_code == 404
    assert login(client, cast.olga).post(address).status_code == 302
    assert cast.item("on-call").status == "met"
    assert "confirmed scope and runbooks" in client.get(DAY).text or not LaunchPlan.objects.exists()


def test_the_core_metric_gets_its_owner(cast: Cast, client: Client) -> None:
    small(cast, OWNER, now=timezone.now())
    address = "/services/checkout/metric-owner/"
    login(client, cast.theo)
    assert client.get(address).status_code == 200
    wrong = client.post(address, {"metric": "orders", "owner": cast.mia.pk, "normal": "40"})
    assert (wrong.status_code, "a range, and when it is lower" in wrong.text) == (422, True)
    assert (
        client.post(address, {"metric": "orders", "owner": cast.mia.pk, "normal": "40 to 60 by day."}).status_code
        == 302
    )
    assert cast.item("metrics").status == "met"
    assert login(client, cast.vera).get(address).status_code == 403
