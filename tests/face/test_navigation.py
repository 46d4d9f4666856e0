import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from readiness.face import navigation


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("", include(([path("", page, name="my-work"), path("services/", page, name="services")], "portfolio"))),
    path("", include(([path("gaps/", page, name="gaps")], "assessments"))),
]
pytestmark = pytest.mark.urls(__name__)


def marked(address: str) -> dict[str, str]:
    return {item.label: item.current for item in navigation.items(address) if item.current}


def test_a_page_that_does_not_exist_is_left_out() -> None:
    assert [item.label for item in navigation.items("/")] == ["My work", "Services", "Gaps"]


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/", {"My work": "page"}),
        ("/services/", {"Services": "page"}),
        ("/services/checkout/items/obs-runbooks/", {"Services": "true"}),
        ("/gaps/7/", {"Gaps": "true"}),
        ("/elsewhere/", {}),
    ],
)
def test_the_entry_a_page_belongs_to_is_marked(address: str, current: dict[str, str]) -> None:
    assert marked(address) == current


def test_no_two_entries_share_a_key() -> None:
    keys = [item[-1] for item in navigation._ITEMS]
    assert len(keys) == len(set(keys))
