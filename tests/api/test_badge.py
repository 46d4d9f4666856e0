"""The badge: a word and a colour for everybody, where the service's switch says so; and the drill that a pipeline fetches."""

import pytest
from defusedxml.ElementTree import fromstring

from readiness.assessments.badge import GREY, NOT_MEASURED, WORDS, drawn
from readiness.assessments.drain_drill import TOOL
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.history.models import Entry
from tests.api.stage import API, by, mint, problem, send
from tests.assessments.small import PROBED, see, small
from tests.cast import Cast

URL = f"{API}/services/checkout/badge.svg"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def public(cast: Cast) -> Cast:
    Service.objects.filter(pk=cast.checkout.pk).update(is_badge_public=True)
    return cast


def said(text: str) -> str:
    title = fromstring(text).find(f"{SVG}title")
    assert title is not None
    return title.text or ""


def test_the_badge_says_the_decision_to_anybody(public: Cast) -> None:
    assert said(by().get(URL).text) == "readiness: not measured"
    assessment = small(public, PROBED)
    assert said(by().get(URL).text) == "readiness: no-go"
    see(assessment)
    answer = by().get(URL)
    assert said(answer.text) == "readiness: go"
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["Cache-Control"] == "public, max-age=60"
    for secret in ("Checkout", "payments", "Probed"):
        assert secret not in answer.text


def test_who_has_seen_it_gets_it_again_only_when_it_changed(public: Cast) -> None:
    assessment = small(public, PROBED)
    seen = by().get(URL)["ETag"]
    again = by().get(URL, headers={"If-None-Match": seen})
    assert (again.status_code, again.content) == (304, b"")
    see(assessment)
    assert by().get(URL, headers={"If-None-Match": seen}).status_code == 200


def test_a_badge_that_is_not_public_and_a_service_that_is_not_there_are_told_alike(cast: Cast) -> None:
    small(cast, PROBED)
    hidden = problem(by().get(URL), 404)
    assert hidden == problem(by().get(f"{API}/services/no-such/badge.svg"), 404)
    assert hidden == problem(by(cast.theo).get(URL), 404)


def test_who_may_edit_the_service_switches_it_and_history_says_so(cast: Cast) -> None:
    path = f"{API}/services/checkout"
    problem(send(by(cast.olga), "PATCH", path, {"version": 1, "is_badge_public": True}), 403)
    assert send(by(cast.theo), "PATCH", path, {"version": 1, "is_badge_public": True}).json()["is_badge_public"] is True
    assert by().get(URL).status_code == 200
    assert Entry.objects.get(verb="service.edited").after == {"is_badge_public": True}
    assert send(by(cast.theo), "PATCH", path, {"version": 2, "is_badge_public": None}).json()["is_badge_public"] is True
    assert send(by(cast.theo), "PATCH", path, {"version": 2, "is_badge_public": False}).status_code == 200
    problem(by().get(URL), 404)


def test_the_edit_page_has_the_switch(cast: Cast) -> None:
    page = by(cast.theo).get("/services/checkout/edit/")
    fields = {field.name: field.value() for field in page.context["form"] if field.value()}
    answer = by(cast.theo).post("/services/checkout/edit/", fields | {"is_badge_public": "on"})
    assert answer.status_code == 302
    assert Service.objects.get(slug="checkout").is_badge_public
    assert "checked" in by(cast.theo).get("/services/checkout/edit/").context["form"]["is_badge_public"].as_widget()


@pytest.mark.parametrize("decision", [*Decision, None])
def test_every_badge_is_one_picture_with_words_for_those_who_do_not_see_it(decision: Decision | None) -> None:
    picture = fromstring(drawn(decision))
    assert (picture.get("role"), picture.get("aria-label")) == ("img", said(drawn(decision)))
    assert "style" not in drawn(decision)
    width = float(picture.get("width") or 0)
    for text in picture.iter(f"{SVG}text"):
        assert float(text.get("x") or 0) + float(text.get("textLength") or 0) / 2 < width


@pytest.mark.parametrize("colour", [GREY, NOT_MEASURED[1], *(colour for _, colour in WORDS.values())])
def test_white_can_be_read_on_every_colour(colour: str) -> None:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 4.5


def test_a_pipeline_fetches_the_drill_with_its_token(cast: Cast) -> None:
    url = f"{API}/tools/drain_drill.py"
    problem(by().get(url), 401)
    answer = by(mint(cast.checkout, cast.theo, "CI")).get(url)
    assert answer["Content-Disposition"] == 'attachment; filename="drain_drill.py"'
    assert TOOL in answer.text
    compile(answer.text, "drain_drill.py", "exec")
