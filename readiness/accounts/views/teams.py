"""Teams: who is in them, and what they are called."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from readiness.accounts import actions, policy, reach
from readiness.accounts.forms import TeamEditForm, TeamForm
from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import Target
from readiness.accounts.rules import Action
from readiness.accounts.views.answers import Outcome, attempt

PAGE = 50


@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    counted = reach.seen_teams(by).annotate(
        services_count=Count("services", distinct=True), people_count=Count("grants__user", distinct=True)
    )
    context = {
        "page": Paginator(counted.order_by("name"), PAGE).get_page(request.GET.get("page")),
        "may_create": policy.may_anywhere(by, Action.CREATE_SERVICE),
    }
    return render(request, "accounts/teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_team(request: HttpRequest) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require_anywhere(by, Action.CREATE_SERVICE)
    form = TeamForm(request.POST or None)
    outcome = Outcome(422 if form.errors else 200)
    if request.method == "POST" and form.is_valid():
        with attempt(form) as outcome:
            team = actions.create_team(by=by, now=timezone.now(), **form.cleaned_data)
            messages.success(request, f"The team {team} is here.")
            return redirect("accounts:team", slug=team.slug)
    leads = not policy.is_everywhere(by, Action.CREATE_SERVICE)
    return render(request, "accounts/new_team.html", {"form": form, "leads": leads}, status=outcome.status)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = get_object_or_404(reach.seen_teams(by), slug=slug)
    form = TeamEditForm(request.POST or None, initial=vars(shown))
    outcome = Outcome(422 if form.errors else 200)
    if request.method == "POST":
        _require_edit(by, shown)
        if form.is_valid():
            with attempt(form) as outcome:
                actions.edit_team(by=by, team=shown, now=timezone.now(), **form.cleaned_data)
                messages.success(request, "The team is saved.")
                return redirect("accounts:team", slug=slug)
    if outcome.status == 409:
        shown.refresh_from_db()
    return render(request, "accounts/team.html", _team_context(by, shown, form), status=outcome.status)


def _require_edit(by: User, shown: Team) -> None:
    """Whoever came this far sees the team, if only through one of its services."""
    ruling = policy.may(by, Action.CREATE_SERVICE, Target(team_id=shown.pk))
    if not ruling:
        raise policy.NotAllowed(policy.RULE, ruling.reason)


def _team_context(by: User, shown: Team, form: TeamEditForm) -> dict[str, object]:
    target = Target(team_id=shown.pk)
    sees_all = bool(policy.may(by, Action.SEE, target))
    services = shown.services if sees_all else shown.services.filter(reach.naming(by))
    shown_services = list(services.select_related("tech_lead").order_by("name")[: PAGE + 1])
    roles = Grant.objects.live(timezone.now()).filter(team=shown, user__is_active=True)
    return {
        "team": shown,
        "form": form,
        "sees_all": sees_all,
        "roles": roles.select_related("user").order_by("role", "user__name") if sees_all else [],
        "services": shown_services[:PAGE],
        "has_more": len(shown_services) > PAGE,
        "may_edit": policy.may(by, Action.CREATE_SERVICE, target),
        "may_manage": policy.may(by, Action.MANAGE_PEOPLE, target),
    }
