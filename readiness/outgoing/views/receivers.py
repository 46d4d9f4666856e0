"""Settings: who outside is told of what. For administrators only; a secret is in one answer and nowhere else."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, Refused
from readiness.accounts.rules import Action
from readiness.assessments.views.asking import form_page, is_htmx
from readiness.outgoing.actions import receivers as actions
from readiness.outgoing.forms import ReceiverForm
from readiness.outgoing.models import Delivery, DeliveryStatus, Receiver, ReceiverKind

PAGE_SIZE = 25


def _person(request: HttpRequest) -> User:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require(person, Action.CONNECT_INTEGRATION)
    return person


def _found(pk: int) -> Receiver:
    return get_object_or_404(Receiver.objects.with_last(), pk=pk)


def _number(request: HttpRequest, name: str) -> int:
    typed = request.POST.get(name, "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else -1


@require_safe
def receivers(request: HttpRequest) -> HttpResponse:
    _person(request)
    return render(request, "outgoing/receivers.html", {"receivers": Receiver.objects.with_last()})


@sensitive_post_parameters("address")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    person = _person(request)
    if kind not in ReceiverKind.values:
        raise Http404
    form = ReceiverForm(ReceiverKind(kind), request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            added = actions.add_receiver(by=person, kind=ReceiverKind(kind), said=form.said, now=timezone.now())
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return _page(request, _found(added.receiver.pk), secret=added.secret, status=201)
    return form_page(request, "outgoing/add.html", {"form": form, "kind": ReceiverKind(kind)})


@sensitive_post_parameters("address")
@require_http_methods(["GET", "HEAD", "POST"])
def receiver(request: HttpRequest, pk: int) -> HttpResponse:
    person, found = _person(request), _found(pk)
    if request.method != "POST":
        return _page(request, found)
    form = ReceiverForm(ReceiverKind(found.kind), request.POST, found)
    if form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            actions.change_receiver(by=person, receiver=found, version=version, said=form.said, now=timezone.now())
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            messages.success(request, "Saved.")
            return redirect(found)
    return _page(request, _found(pk), form=form)


def _page(
    request: HttpRequest, found: Receiver, *, form: ReceiverForm | None = None, secret: str = "", status: int = 200
) -> HttpResponse:
    wanted = request.GET.get("status", "")
    rows = found.deliveries.filter(status=wanted) if wanted in DeliveryStatus.values else found.deliveries.all()
    context: dict[str, Any] = {
        "receiver": found,
        "form": form or ReceiverForm(ReceiverKind(found.kind), stands=found),
        "secret": secret,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "statuses": DeliveryStatus.choices,
        "wanted": wanted,
    }
    if form is not None:
        return form_page(request, "outgoing/receiver.html", context)
    template = "outgoing/receiver.html#deliveries" if is_htmx(request) else "outgoing/receiver.html"
    return render(request, template, context, status=status)


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    sent = actions.send_test(by=_person(request), receiver=_found(pk), now=timezone.now())
    return redirect(sent)


@require_POST
def renew_secret(request: HttpRequest, pk: int) -> HttpResponse:
    person, found = _person(request), _found(pk)
    version = _number(request, "version")
    added = actions.renew_secret(by=person, receiver=found, version=version, now=timezone.now())
    return _page(request, _found(pk), secret=added.secret)


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    person, found, is_enabled = _person(request), _found(pk), request.POST.get("to") == "on"
    version = _number(request, "version")
    actions.switch_receiver(by=person, receiver=found, version=version, is_enabled=is_enabled, now=timezone.now())
    messages.success(request, "It is told again from now on." if is_enabled else "It is told nothing any more.")
    return redirect(found)


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    person, found = _person(request), _found(pk)
    actions.remove_receiver(by=person, receiver=found, version=_number(request, "version"), now=timezone.now())
    messages.success(request, f"{found} is removed.")
    return redirect("outgoing:receivers")


@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """Asked for again by htmx while it waits."""
    _person(request)
    found = get_object_or_404(Delivery.objects.select_related("receiver"), pk=pk)
    context = {"delivery": found, "receiver": found.receiver, "again_problem": actions.again_problem(found)}
    template = "outgoing/delivery.html#delivery" if is_htmx(request) else "outgoing/delivery.html"
    return render(request, template, context)


@require_POST
def send_again(request: HttpRequest, pk: int) -> HttpResponse:
    person = _person(request)
    found = get_object_or_404(Delivery.objects.select_related("receiver"), pk=pk)
    actions.send_again(by=person, delivery=found, fence=_number(request, "fence"), now=timezone.now())
    return redirect(found)
