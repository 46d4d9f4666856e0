"""Mail to somebody came back: the address takes mail again, says the person, or whoever looks after the people."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from readiness.accounts import policy, reach
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict
from readiness.accounts.rules import Action
from readiness.mail import actions


@require_POST
def try_again(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    _try(request, person, "Mail to you goes out again. Should it come back, this page says so.")
    return redirect("mail:sent")


@require_POST
def try_again_for(request: HttpRequest, pk: int) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require_anywhere(by, Action.MANAGE_PEOPLE)
    person = get_object_or_404(reach.managed_people(by), pk=pk)
    _try(request, person, f"Mail to {person} goes out again. Should it come back, this page says so.")
    return redirect("accounts:person", pk=pk)


def _try(request: HttpRequest, person: User, done: str) -> None:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    try:
        actions.try_again(by=by, person=person, now=timezone.now())
    except Conflict as conflict:
        messages.info(request, conflict.sentence)
    else:
        messages.success(request, done)
