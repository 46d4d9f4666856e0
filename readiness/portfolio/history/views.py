"""Who did what, newest first."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts.models import User
from readiness.history.models import EntryQuerySet
from readiness.portfolio.history import export
from readiness.portfolio.history.forms import HistoryFilter
from readiness.portfolio.history.reading import Page, readable, with_services


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    chosen, entries = _asked_for(request)
    page = Page.of(entries, before=chosen.cleaned_data.get("before"), after=chosen.cleaned_data.get("after"))
    with_services(page.entries)
    context = {"filter": chosen, "page": page, "is_filtered": any(chosen.cleaned_data.values())}
    template = "history/history.html#list" if request.headers.get("HX-Request") else "history/history.html"
    return render(request, template, context, status=422 if chosen.problems else 200)


@require_safe
def history_csv(request: HttpRequest) -> StreamingHttpResponse:
    _, entries = _asked_for(request)
    response = StreamingHttpResponse(export.lines(entries), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{export.file_name(timezone.localdate())}"'
    return response


def _asked_for(request: HttpRequest) -> tuple[HistoryFilter, EntryQuerySet]:
    reader: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    chosen = HistoryFilter(request.GET)
    chosen.is_valid()
    return chosen, chosen.wanted.of(readable(reader), reader)
