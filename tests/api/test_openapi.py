"""The document: it holds together, and each answer that it declares really occurs."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pydantic import BaseModel

from readiness.accounts.api.callers import WRONG_TOKENS
from readiness.accounts.api.contract import Problem
from readiness.assessments.api import AssessmentOut, EvidenceOut, GapOut, GapPage, GateOut
from readiness.assessments.formats.contract import MAX_BYTES
from readiness.catalog.api import ServiceOut, ServicePage
from readiness.catalog.models import Service
from readiness.checks.api import RunsOut
from reviews.api import PacketOut
from tests.api.stage import API, MOMENT, Stage, by, new_service, send, undone
from tests.assessments.formats.reports import case, junit

SHAPES: dict[str, type[BaseModel]] = {
    shape.__name__: shape
    for shape in (
        *(ServiceOut, ServicePage, GateOut, AssessmentOut, GapOut, GapPage, RunsOut, PacketOut, EvidenceOut, Problem),
    )
}


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    """Open to all: it says nothing about an organisation."""
    answer = by().get(f"{API}/openapi.json")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_document_holds_together(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert document["info"].keys() >= {"title", "version"}
    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(
        document["components"]["schemas"]
    )
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) == 13
    for path, _, operation in operations(document):
        named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        assert operation["description"]
        assert operation["security"]
        schemes = {name for way in operation["security"] for name in way}
        assert schemes <= set(document["components"]["securitySchemes"])


PROBLEM = "application/problem+json"
GOOD = {"getBadge": ["image/svg+xml"], "getDrainDrill": ["text/x-python"]}


def test_every_refusal_is_declared_as_a_problem(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        assert {"401", "429"} <= set(operation["responses"]) or operation["security"] == [{}]
        for status, answer in operation["responses"].items():
            is_gate = (operation["operationId"], status) == ("askGate", "409")
            is_good = int(status) < 400 or is_gate
            expected = GOOD.get(operation["operationId"], ["application/json"]) if is_good else [PROBLEM]
            assert list(answer.get("content", ())) == ([] if status == "304" else expected), (path, method, status)


type Occurrence = Callable[[Stage], Any]
GAP: dict[str, Any] = {"plan": "Tomorrow."}
TOO_LARGE = '{"plan": "' + "x" * 1024 * 1024 + '"}'


def _gap(stage: Stage, body: Any, by_whom: Any = None, **more: Any) -> Any:
    path = f"{API}/gaps/{more.pop('pk', stage.gap.pk)}"
    return send(by(by_whom or stage.cast.theo), "PATCH", path, body, **more)


def _change(stage: Stage, body: Any, by_whom: Any = None) -> Any:
    return send(by(by_whom or stage.cast.theo), "PATCH", stage.checkout, body)


def _register(stage: Stage, body: Any, by_whom: Any = None) -> Any:
    return send(by(by_whom or stage.cast.rob), "POST", f"{API}/services", body)


def _plain(client: Any, method: str, path: str) -> Any:
    return client.generic(method, path, "{}", content_type="text/plain")


def _push(stage: Stage, by_whom: Any = None, content: bytes | None = None, **fields: Any) -> Any:
    report = SimpleUploadedFile("report.xml", junit(case("test_a")) if content is None else content)
    about = {"item": "queued", "finished_at": MOMENT.isoformat()}
    return by(by_whom or stage.own).post(f"{stage.checkout}/evidence", {"file": report} | about | fields)


def _badge_again(stage: Stage) -> Any:
    seen = by().get(f"{stage.checkout}/badge.svg")["ETag"]
    return by().get(f"{stage.checkout}/badge.svg", headers={"If-None-Match": seen})


def _pushed_again(stage: Stage) -> Any:
    _push(stage)
    return _push(stage)


OCCURS: dict[tuple[str, int], Occurrence] = {
    ("listServices", 200): lambda s: by(s.cast.ada).get(f"{API}/services"),
    ("listServices", 403): lambda s: by(s.own).get(f"{API}/services"),
    ("listServices", 422): lambda s: by(s.cast.ada).get(f"{API}/services?tier=9"),
    ("registerService", 201): lambda s: _register(s, new_service()),
    ("registerService", 400): lambda s: _register(s, "{"),
    ("registerService", 403): lambda s: _register(s, new_service(), s.cast.vera),
    ("registerService", 413): lambda s: _register(s, TOO_LARGE),
    ("registerService", 415): lambda s: _plain(by(s.cast.rob), "POST", f"{API}/services"),
    ("registerService", 422): lambda s: _register(s, {}),
    ("getService", 200): lambda s: by(s.own).get(s.checkout),
    ("getService", 404): lambda s: by(s.foreign).get(s.checkout),
    ("changeService", 200): lambda s: _change(s, {"tier": 2, "version": 1}),
    ("changeService", 400): lambda s: _change(s, "{"),
    ("changeService", 403): lambda s: _change(s, {"tier": 2, "version": 1}, s.cast.vera),
    ("changeService", 404): lambda s: _change(s, {"tier": 2, "version": 1}, s.cast.sam),
    ("changeService", 409): lambda s: _change(s, {"tier": 2, "version": 7}),
    ("changeService", 413): lambda s: _change(s, TOO_LARGE),
    ("changeService", 415): lambda s: _plain(by(s.cast.theo), "PATCH", s.checkout),
    ("changeService", 422): lambda s: _change(s, {"tier": 2}),
    ("askGate", 200): lambda s: by(s.own).get(f"{s.checkout}/gate"),
    ("askGate", 404): lambda s: by(s.foreign).get(f"{s.checkout}/gate"),
    ("askGate", 409): lambda s: by(s.own).get(f"{s.checkout}/gate?enforce=1"),
    ("askGate", 422): lambda s: by(s.own).get(f"{s.checkout}/gate?enforce=perhaps"),
    ("getAssessment", 200): lambda s: by(s.own).get(f"{s.checkout}/assessment"),
    ("getAssessment", 404): lambda s: by(s.foreign).get(f"{s.checkout}/assessment"),
    ("pushEvidence", 200): _pushed_again,
    ("pushEvidence", 201): _push,
    ("pushEvidence", 400): lambda s: by(s.own).generic("POST", f"{s.checkout}/evidence", b"--x", "multipart/form-data"),
    ("pushEvidence", 403): lambda s: _push(s, s.cast.vera),
    ("pushEvidence", 404): lambda s: _push(s, s.foreign),
    ("pushEvidence", 409): lambda s: _push(s, service="index"),
    ("pushEvidence", 413): lambda s: _push(s, content=b"x" * (MAX_BYTES + 1)),
    ("pushEvidence", 415): lambda s: send(by(s.own), "POST", f"{s.checkout}/evidence", {}),
    ("pushEvidence", 422): lambda s: _push(s, content=b"hello"),
    ("getBadge", 200): lambda s: by().get(f"{s.checkout}/badge.svg"),
    ("getBadge", 304): _badge_again,
    ("getBadge", 404): lambda s: by(s.cast.theo).get(f"{API}/services/index/badge.svg"),
    ("getDrainDrill", 200): lambda s: by(s.own).get(f"{API}/tools/drain_drill.py"),
    ("runChecks", 202): lambda s: send(by(s.own), "POST", f"{s.checkout}/checks/run"),
    ("runChecks", 403): lambda s: send(by(s.cast.vera), "POST", f"{s.checkout}/checks/run"),
    ("runChecks", 404): lambda s: send(by(s.foreign), "POST", f"{s.checkout}/checks/run"),
    ("listGaps", 200): lambda s: by(s.cast.ada).get(f"{API}/gaps?status=all"),
    ("listGaps", 403): lambda s: by(s.own).get(f"{API}/gaps"),
    ("listGaps", 422): lambda s: by(s.cast.ada).get(f"{API}/gaps?gate=soft"),
    ("planGap", 200): lambda s: _gap(s, GAP | {"version": s.gap.version}),
    ("planGap", 400): lambda s: _gap(s, "{"),
    ("planGap", 403): lambda s: _gap(s, GAP | {"version": s.gap.version}, s.cast.vera),
    ("planGap", 404): lambda s: _gap(s, GAP | {"version": 1}, pk=s.foreign_gap.pk),
    ("planGap", 409): lambda s: _gap(s, GAP | {"version": s.gap.version + 1}),
    ("planGap", 413): lambda s: _gap(s, TOO_LARGE),
    ("planGap", 415): lambda s: _plain(by(s.cast.theo), "PATCH", f"{API}/gaps/{s.gap.pk}"),
    ("planGap", 422): lambda s: _gap(s, GAP),
    ("getPacket", 200): lambda s: by(s.cast.theo).get(f"{API}/reviews/{s.review.pk}/packet"),
    ("getPacket", 403): lambda s: by(s.cast.vera).get(f"{API}/reviews/{s.review.pk}/packet"),
    ("getPacket", 404): lambda s: by(s.cast.sam).get(f"{API}/reviews/{s.review.pk}/packet"),
}


def test_each_declared_answer_occurs_in_its_shape(stage: Stage, document: dict[str, Any]) -> None:
    declared = {
        (operation["operationId"], int(status)): answer
        for _, _, operation in operations(document)
        for status, answer in operation["responses"].items()
    }
    assert set(OCCURS) == {key for key in declared if key[1] not in {401, 429}}
    Service.objects.filter(slug="checkout").update(is_badge_public=True)
    for (operation, status), occur in OCCURS.items():
        with undone():
            answer = occur(stage)
        assert answer.status_code == status, (operation, answer.content[:300])
        (media_type, content), *_ = declared[operation, status].get("content", {"": {}}).items()
        assert answer.get("Content-Type", "").partition(";")[0] == media_type, operation
        if "$ref" not in content.get("schema", {}):
            continue
        shape = SHAPES[content["schema"]["$ref"].rsplit("/", 1)[-1]]
        shape.model_validate_json(answer.content, strict=True, extra="forbid")


def test_401_and_429_occur_everywhere(stage: Stage, document: dict[str, Any]) -> None:
    wrong = by("rdy_wrong")
    closed = [(path, method) for path, method, operation in operations(document) if operation["security"] != [{}]]
    for turn, status in ((0, 401), (WRONG_TOKENS, 429)):
        for _ in range(turn):
            wrong.get(stage.checkout)
        for path, method in closed:
            address = path.format(slug="checkout", gap_id=stage.gap.pk, review_id=stage.review.pk)
            if status == 401:
                assert send(by(), method.upper(), address, {}).status_code == 401
            else:
                assert send(wrong, method.upper(), address, {}).status_code == 429


def test_the_page_shows_every_call_and_every_kind_of_problem(stage: Stage, document: dict[str, Any]) -> None:
    page = by(stage.cast.vera).get(f"{API}/docs")
    text = page.content.decode()
    assert page.status_code == 200
    for path, _, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in text
        assert path in text
    kind = by().get(f"{API}/services").json()["type"].partition("#")[2]
    assert f'id="{kind}"' in text
    assert by().get(f"{API}/docs").status_code == 302
