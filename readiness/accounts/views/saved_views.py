"""Views that a person keeps of a list: save, rename, show first, delete. What they filter is the list's own business."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import actions
from readiness.accounts.forms import NewViewForm, ViewForm
from readiness.accounts.models import ListPage, SavedView, User
from readiness.accounts.views.answers import Outcome, attempt

ADDRESSES = {ListPage.GAPS: "assessments:gaps", ListPage.PORTFOLIO: "portfolio:portfolio"}
PAGE = "accounts/saved_view.html"


def address_of(page: str, query: str = "") -> str:
    there = reverse(ADDRESSES[ListPage(page)])
    return f"{there}?{query}" if query else there


@require_POST
def save_view(request: HttpRequest, page: str) -> HttpResponse:
    if page not in ListPage.values:
        raise Http404
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    form = NewViewForm(request.POST)
    outcome = Outcome(422)
    if form.is_valid():
        with attempt(form) as outcome:
            view = actions.save_view(by=by, page=ListPage(page), now=timezone.now(), **form.cleaned_data)
            messages.success(request, f"“{view.name}” is kept. You find it above the list.")
            return redirect(address_of(page, view.query))
    back = address_of(page, form.data.get("query", "")[:1000])
    return render(request, PAGE, {"form": form, "page": ListPage(page), "back": back}, status=outcome.status)


@require_http_methods(["GET", "HEAD", "POST"])
def view(request: HttpRequest, pk: int) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = get_object_or_404(SavedView, pk=pk, person=by)
    form = ViewForm(request.POST or None, initial=vars(shown))
    outcome = Outcome(422 if form.errors else 200)
    if request.method == "POST" and form.is_valid():
        with attempt(form) as outcome:
            saved = actions.edit_view(by=by, view=shown, now=timezone.now(), **form.cleaned_data)
            messages.success(request, f"“{saved.name}” is saved.")
            return redirect(address_of(saved.page, saved.query))
    if outcome.status == 409:
        shown.refresh_from_db()
    context = {"form": form, "view": shown, "page": ListPage(shown.page), "back": address_of(shown.page, shown.query)}
    return render(request, PAGE, context, status=outcome.status)


@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    """The list stays as the view showed it, so that it can be kept again."""
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = get_object_or_404(SavedView, pk=pk, person=by)
    form = ViewForm(request.POST)
    version = form.cleaned_data["version"] if form.is_valid() else shown.version
    actions.delete_view(by=by, view=shown, version=version, now=timezone.now())
    messages.success(request, f"“{shown.name}” is deleted. Its filters are still set: save them again to have it back.")
    return redirect(address_of(shown.page, shown.query))
