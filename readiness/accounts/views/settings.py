"""One's own settings, the first run, and who may do what."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from readiness.accounts import actions, rules
from readiness.accounts.forms import FirstRunForm, ProfileForm
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.views.answers import Outcome, attempt
from readiness.accounts.views.places import services_of, with_places

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Open to whoever comes first, and to nobody after them."""
    if User.objects.exists():
        raise Http404
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("name", "email", "password")}
        try:
            person = actions.first_administrator(now=timezone.now(), **given)
        except Refused as refusal:
            if User.objects.exists():
                raise Http404 from refusal
            form.add_error(None, refusal.sentence)
        else:
            login(request, person, backend=BACKEND)
            messages.success(request, "You are the administrator. Make a team next, and invite the people in it.")
            return redirect("accounts:teams")
    return render(request, "accounts/first_run.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    form = ProfileForm(request.POST or None, initial=model_to_dict(person), person=person)
    outcome = Outcome(422 if form.errors else 200)
    if request.method == "POST" and form.is_valid():
        with attempt(form) as outcome:
            actions.edit_profile(by=person, now=timezone.now(), **form.cleaned_data)
            messages.success(request, "Your profile is saved.")
            return redirect("accounts:settings")
    current = User.objects.get(pk=person.pk) if outcome.status == 409 else None
    grants = person.grants.live(timezone.now()).select_related("team")
    context = {"form": form, "current": current, "grants": with_places(grants), "named": services_of(person)}
    return render(request, "accounts/settings.html", context, status=outcome.status)


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    """The matrix that decides, as it decides."""
    person: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    groups = [(title, [_row(action) for action in actions]) for title, actions in rules.MATRIX_GROUPS.items()]
    own = {grant.role for grant in person.live_grants()}
    context = {"groups": groups, "roles": list(rules.Role), "own": own, "notes": rules.ROLE_NOTES}
    return render(request, "accounts/roles.html", context)


def _row(action: rules.Action) -> tuple[str, list[str]]:
    reach = rules.MATRIX[action]
    words = [rules.SCOPE_WORDS[reach[role]] if role in reach else "" for role in rules.Role]
    return action.value[0].upper() + action.value[1:], words
