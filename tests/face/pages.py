"""The site's addresses, the style guide (which only DEBUG routes), and a page for each way to fail."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path
from django.views import defaults

from readiness.accounts.policy import Refused
from readiness.urls import urlpatterns as of_the_site


def refused(request: HttpRequest) -> HttpResponse:
    raise Refused("second-pair", "Closing takes someone other than the gap's owner.")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def broken(request: HttpRequest) -> HttpResponse:
    return defaults.server_error(request)


def malformed(request: HttpRequest) -> HttpResponse:
    return defaults.bad_request(request, ValueError())


def too_often(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


def moved(request: HttpRequest) -> HttpResponse:
    return redirect("/accounts/password/change/")


def fragment(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"<p>{request.method} answered</p>")


urlpatterns = [
    *of_the_site,
    path("", include("readiness.face.urls")),
    path("fail/refused/", refused),
    path("fail/forbidden/", forbidden),
    path("fail/broken/", broken),
    path("fail/malformed/", malformed),
    path("fail/too-often/", too_often),
    path("moved/", moved),
    path("fragment/", fragment),
]
