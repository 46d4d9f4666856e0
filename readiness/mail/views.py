"""What a person wants to get, and the way out that every digest carries."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict
from readiness.mail import actions
from readiness.mail.forms import PreferencesForm
from readiness.mail.models import Preferences


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    status = 200
    form = PreferencesForm(request.POST or None, initial=vars(actions.preferences_of(person)))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_preferences(by=person, now=timezone.now(), **form.cleaned_data)
        except Conflict as conflict:
            status = 409
            form.add_error(None, conflict.sentence)
        else:
            messages.success(request, "Your mail preferences are saved.")
            return redirect("mail:preferences")
    return render(
        request, "mail/preferences.html", {"form": form}, status=422 if form.errors and status == 200 else status
    )


@csrf_exempt  # RFC 8058: the mail program posts by itself, with no page and no cookie; the token is the proof
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, POST does: a mail scanner that follows links unsubscribes nobody."""
    if request.method == "POST":
        found = actions.unsubscribe(token=token, now=timezone.now())
    else:
        found = Preferences.objects.select_related("person").filter(token=token).first()
    if found is None:
        raise Http404
    return render(request, "mail/unsubscribe.html", {"is_done": request.method == "POST", "person": found.person})
