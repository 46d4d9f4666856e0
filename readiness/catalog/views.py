"""The CI tokens of a service. Everything else about a service is shown by higher rooms."""

from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.actions import tokens as actions
from readiness.accounts.models import Token, User
from readiness.accounts.rules import Action
from readiness.catalog.forms import TokenForm
from readiness.catalog.models import Service


@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest, slug: str) -> HttpResponse:
    """The secret is in the answer to the POST and nowhere else: no redirect, for that would have to keep it somewhere."""
    service = _service(request, slug)
    form = TokenForm(request.POST or None)
    minted, status = None, HTTPStatus.OK
    if request.method == "POST":
        minted = _mint(request, service, form)
        status = HTTPStatus.CREATED if minted else HTTPStatus.UNPROCESSABLE_ENTITY
    now = timezone.now()
    found = Token.objects.of_service(service.pk).select_related("created_by", "revoked_by")
    context: dict[str, Any] = {
        "service": service,
        "form": TokenForm() if minted else form,
        "minted": minted,
        "tokens": sorted(((token, token.state(now)) for token in found), key=lambda pair: pair[1] != "active"),
        "base_url": settings.BASE_URL,
    }
    return render(request, "catalog/tokens.html", context, status=status)


def _mint(request: HttpRequest, service: Service, form: TokenForm) -> actions.Minted | None:
    if not form.is_valid():
        return None
    try:
        return actions.mint(
            by=_me(request), target=service.target, service=service.name, now=timezone.now(), **form.arguments
        )
    except actions.WrongToken as refusal:
        form.take_refusal(refusal)
        return None


@require_POST
def revoke_token(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    service = _service(request, slug)
    token = get_object_or_404(Token.objects.of_service(service.pk), pk=pk)
    actions.revoke(by=_me(request), token=token, target=service.target, service=service.name, now=timezone.now())
    messages.success(request, f"The token {token} opens nothing any more.")
    return redirect("catalog:tokens", slug=slug)


def _me(request: HttpRequest) -> User:
    """LoginRequiredMiddleware lets nobody else in."""
    return cast("User", request.user)


def _service(request: HttpRequest, slug: str) -> Service:
    service = get_object_or_404(Service.objects.visible_to(request.user).select_related("team"), slug=slug)
    policy.require(request.user, Action.MINT_TOKEN, service.target)
    return service
