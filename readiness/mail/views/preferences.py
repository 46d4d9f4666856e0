"""What a person wants to get, and the way out that every digest carries."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict
from readiness.accounts.rules import Action
from readiness.mail import actions
from readiness.mail.forms import PreferencesForm, SubscribeAgainForm
from readiness.mail.models import Preferences
from readiness.mail.rules import Rhythm


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    status = 200
    current = actions.preferences_of(person)
    is_manager = policy.may_anywhere(person, Action.DECIDE_WAIVER)
    form = PreferencesForm(request.POST or None, initial=vars(current), is_manager=is_manager)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_preferences(by=person, now=timezone.now(), **form.cleaned_data)
        except Conflict as conflict:
            status = 409
            form.add_error(None, conflict.sentence)
        else:
            messages.success(request, "Your mail preferences are saved.")
            return redirect("mail:preferences")
    status = 422 if form.errors and status == 200 else status
    return render(request, "mail/preferences.html", {"form": form, "current": current}, status=status)


@csrf_exempt  # RFC 8058: the mail program posts by itself, with no page and no cookie; the token is the proof
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does: a mail scanner that follows links unsubscribes nobody."""
    found = Preferences.objects.select_related("person").filter(token=token).first()
    if found is None:
        raise Http404
    was = found.rhythm
    if request.method == "POST":
        actions.unsubscribe(token=token, now=timezone.now())
    is_off = request.method == "POST" or was == Rhythm.OFF
    form = SubscribeAgainForm(initial={"rhythm": Rhythm.WEEKDAYS if was == Rhythm.OFF else was})
    return _page(request, found, is_off=is_off, form=form)


@login_not_required
@require_POST
def subscribe_again(request: HttpRequest, token: str) -> HttpResponse:
    """From the page above, which carries the token: whoever may stop the digest may take that back."""
    found = Preferences.objects.select_related("person").filter(token=token).first()
    if found is None:
        raise Http404
    form = SubscribeAgainForm(request.POST)
    if not form.is_valid():
        return _page(request, found, is_off=True, form=form, status=422)
    rhythm = Rhythm(form.cleaned_data["rhythm"])
    back = actions.subscribe_again(token=token, rhythm=rhythm, now=timezone.now())
    return _page(request, back or found, is_off=False, is_back=True)


def _page(
    request: HttpRequest,
    found: Preferences,
    *,
    is_off: bool,
    is_back: bool = False,
    form: SubscribeAgainForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"preferences": found, "person": found.person, "is_off": is_off, "is_back": is_back, "form": form}
    return render(request, "mail/unsubscribe.html", context, status=status)
