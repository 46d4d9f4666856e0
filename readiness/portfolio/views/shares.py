"""Links to the portfolio: making them, the list of them, and the one page that they open, to whoever has one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.adapter import client_address
from readiness.accounts.limits import spend
from readiness.accounts.models import Team
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments.views.asking import cleaned, form_page, person
from readiness.portfolio.forms.share import RevokeForm, ShareForm
from readiness.portfolio.insights.cards import CARDS
from readiness.portfolio.insights.looking import Look, words_of
from readiness.portfolio.models import ShareLink
from readiness.portfolio.sharing import actions
from readiness.portfolio.sharing.opening import OPENINGS, open_link
from readiness.portfolio.views.insights import shown

PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def shares(request: HttpRequest) -> HttpResponse:
    """The new link is shown on the answer itself, once: it is kept nowhere."""
    by = person(request)
    policy.require_anywhere(by, Action.SHARE)
    look = Look.of(by, request.GET, today=timezone.localdate(), action=Action.SHARE)
    if request.method != "POST":
        return _page(request, ShareForm(initial={"query": look.query, "days": 7}), look)
    form, made = ShareForm(request.POST), None
    if form.is_valid():
        try:
            made = actions.make_link(by=by, **form.said, now=timezone.now())
        except Refused as refusal:
            form.take_refusal(refusal)
    look = Look.of(by, QueryDict(request.POST.get("query", "")[:2000]), today=look.today, action=Action.SHARE)
    if made:
        form = ShareForm(initial={"query": look.query, "days": 7})
    return _page(request, form, look, made)


def _page(request: HttpRequest, form: ShareForm, look: Look, made: actions.Made | None = None) -> HttpResponse:
    links = actions.links_of(person(request)).order_by("-made_at", "-pk")
    page = Paginator(links, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "query_problem": form.errors.get("query"),
        "words": words_of(look, _teams()),
        "made": made,
        "address": _address(made) if made else "",
        "page": page,
        "rows": [(link, _state(link)) for link in page],
        "back_url": look.to("insights"),
    }
    return form_page(request, "portfolio/shares.html", context)


def _teams() -> dict[str, str]:
    return dict(Team.objects.values_list("slug", "name"))


def _address(made: actions.Made) -> str:
    return f"{settings.BASE_URL}{reverse('portfolio:shared', args=[made.secret])}"


def _state(link: ShareLink) -> str:
    if link.revoked_at:
        return "revoked"
    return "active" if link.expires_at > timezone.now() and link.made_by.is_active else "expired"


@require_POST
def revoke_share(request: HttpRequest, pk: int) -> HttpResponse:
    by = person(request)
    link = get_object_or_404(actions.links_of(by), pk=pk)
    said = cleaned(RevokeForm(request.POST), actions.RULE)
    actions.revoke_link(by=by, link=link, version=said["version"], now=timezone.now())
    messages.success(request, f"“{link}” opens nothing any more.")
    return redirect("portfolio:shares")


@login_not_required
@require_safe
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    """Whatever the reason that a link shows nothing, the answer is the same."""
    request.told_path = "/shared/…/"  # type: ignore[attr-defined]  # for the log: the address is the secret
    now = timezone.now()
    spend(OPENINGS, client_address(request), now)
    opened = open_link(secret, now)
    if opened is None:
        return _unlisted(render(request, "portfolio/shared_gone.html", status=404))
    look = opened.look
    context: dict[str, Any] = {
        "link": opened.link,
        "look": look,
        "words": words_of(look, _teams()),
        "cards": [shown(key, look, is_shared=True) for key in CARDS],
    }
    return _unlisted(render(request, "portfolio/shared.html", context))


def _unlisted(response: HttpResponse) -> HttpResponse:
    """No search engine, no cache, and no other site learns of it."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
