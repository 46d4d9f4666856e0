from django.http import Http404, HttpRequest, HttpResponse


def gaps(request: HttpRequest) -> HttpResponse:
    raise Http404


def gap(request: HttpRequest, gap_id: int) -> HttpResponse:
    raise Http404


def waivers(request: HttpRequest) -> HttpResponse:
    raise Http404
