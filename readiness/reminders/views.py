"""Pages under the mail settings: what the digest would say today, and out of office."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.mail.actions import preferences_of
from readiness.reminders import actions, digest
from readiness.reminders.forms import AwayForm, ComeBackForm


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    return render(request, "reminders/today.html", {"digest": digest.preview(person, timezone.now())})


@require_http_methods(["GET", "HEAD", "POST"])
def away(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    current, status = preferences_of(person), 200
    stands = {name: getattr(current, name) for name in ("away_from", "away_until", "deputy", "version")}
    form = AwayForm(request.POST or None, person=person, initial=stands)
    if request.method == "POST":
        try:
            if form.is_valid():
                saved = actions.go_away(by=person, now=timezone.now(), **form.cleaned_data)
                messages.success(request, f"{saved.deputy} gets your digest while you are away.")
                return redirect("mail:preferences")
            status = 422
        except Refused as refusal:
            form.take_refusal(refusal)
            status = 409 if isinstance(refusal, Conflict) else 422
    return render(request, "reminders/away.html", {"form": form, "current": current}, status=status)


@require_POST
def come_back(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    form = ComeBackForm(request.POST)
    if not form.is_valid():
        return redirect("reminders:away")
    try:
        actions.come_back(by=person, version=form.cleaned_data["version"], now=timezone.now())
    except Conflict as conflict:
        messages.error(request, conflict.sentence)
        return redirect("reminders:away")
    messages.success(request, "Your digest comes to you again.")
    return redirect("mail:preferences")
