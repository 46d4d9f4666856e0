"""The way out that every weekly portfolio mail carries, and the way back."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from readiness.mail import actions
from readiness.mail.models import Preferences


@csrf_exempt  # RFC 8058: the mail program posts by itself, with no page and no cookie; the token is the proof
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does: a mail scanner that follows links unsubscribes nobody."""
    if request.method == "POST":
        return _page(request, actions.want_portfolio(token=token, wants=False, now=timezone.now()))
    return _page(request, Preferences.objects.select_related("person").filter(token=token).first())


@login_not_required
@require_POST
def subscribe_again(request: HttpRequest, token: str) -> HttpResponse:
    found = actions.want_portfolio(token=token, wants=True, now=timezone.now())
    return _page(request, found, is_back=True)


def _page(request: HttpRequest, found: Preferences | None, *, is_back: bool = False) -> HttpResponse:
    if found is None:
        raise Http404
    context = {"preferences": found, "person": found.person, "is_back": is_back}
    return render(request, "mail/unsubscribe_portfolio.html", context)
