"""Who is here, what each may do, and who comes in. For those who manage people: in the organisation, or in their teams."""

from django.contrib import messages
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import actions, policy, reach
from readiness.accounts.forms import AccountStateForm, AddressForm, GrantForm, InvitationForm, PeopleFilter
from readiness.accounts.models import User, UserQuerySet
from readiness.accounts.rules import Action, Role
from readiness.accounts.views.answers import Outcome, attempt
from readiness.accounts.views.places import services_of, with_places

PAGE = 50


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require_anywhere(by, Action.MANAGE_PEOPLE)
    chosen = PeopleFilter(request.GET)
    chosen.is_valid()
    found = _for_list(by, _filtered(by, reach.managed_people(by), chosen.cleaned_data))
    context = {
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "filter": chosen,
        "is_filtered": any(chosen.cleaned_data.values()),
        "is_everywhere": policy.is_everywhere(by, Action.MANAGE_PEOPLE),
    }
    template = "accounts/people.html#list" if request.headers.get("HX-Request") else "accounts/people.html"
    return render(request, template, context)


def _filtered(by: User, found: UserQuerySet, given: dict[str, str]) -> UserQuerySet:
    if words := given.get("q", "").strip():
        found = found.named(words)
    if role := given.get("role"):
        found = found.filter(_has_role(by, Role(role)))
    match given.get("state"):
        case "inactive":
            return found.filter(is_active=False)
        case "all":
            return found
        case "unreachable":
            return found.filter(is_active=True).unreachable()
        case "invited":
            return found.filter(is_active=True, last_login=None, password__startswith=UNUSABLE_PASSWORD_PREFIX)
        case _:
            return found.filter(is_active=True)


def _has_role(by: User, role: Role) -> Q:
    """By a grant, or because a service names them; as far as `by` is to know."""
    grants = reach.managed_grants(by).live(timezone.now()).filter(role=role)
    teams = reach.managed_teams(by)
    named = {
        Role.TECH_LEAD: Q(leads__team__in=teams),
        Role.ON_CALL: Q(on_call_for__team__in=teams) | Q(platform_for__team__in=teams),
    }
    condition = Q(pk__in=grants.values("user_id"))
    return condition | Q(pk__in=User.objects.filter(named[role]).values("pk")) if role in named else condition


def _for_list(by: User, found: UserQuerySet) -> UserQuerySet:
    grants = reach.managed_grants(by).live(timezone.now()).select_related("team").order_by("role", "team__name")
    teams = reach.managed_teams(by)
    return (
        found.prefetch_related(Prefetch("grants", grants, to_attr="shown_grants"))
        .annotate(services_led=Count("leads", filter=Q(leads__team__in=teams), distinct=True))
        .order_by("name", "email")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require_anywhere(by, Action.MANAGE_PEOPLE)
    form = InvitationForm(request.POST or None, by=by, initial={"role": Role.VIEWER, "team": request.GET.get("team")})
    outcome = Outcome(422 if form.errors else 200)
    if request.method == "POST" and form.is_valid():
        with attempt(form) as outcome:
            now = timezone.now()
            invited = actions.invite_person(by=by, now=now, **form.cleaned_data)
            messages.success(request, _invited(invited, is_new=invited.joined_at == now))
            return redirect("accounts:people")
    return render(request, "accounts/invite.html", {"form": form}, status=outcome.status)


def _invited(person: User, *, is_new: bool) -> str:
    if is_new:
        return f"{person} is invited; the link that sets a password is on its way to {person.email}."
    return f"{person} was here already, and has the new role now. No mail was sent."


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return _person_page(request, _found(request, pk))


def _found(request: HttpRequest, pk: int) -> User:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    policy.require_anywhere(by, Action.MANAGE_PEOPLE)
    return get_object_or_404(reach.managed_people(by), pk=pk)


def _person_page(
    request: HttpRequest,
    shown: User,
    *,
    role_form: GrantForm | None = None,
    state_form: AccountStateForm | None = None,
    address_form: AddressForm | None = None,
    status: int = 200,
) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    grants = reach.managed_grants(by).filter(user=shown).select_related("team", "user").order_by("role", "team__name")
    context = {
        "shown": shown,
        "grants": with_places(grants),
        "services": services_of(shown, in_teams=reach.managed_teams(by)),
        "role_form": role_form or GrantForm(by=by, initial={"role": Role.VIEWER}),
        "state_form": state_form or AccountStateForm(initial={"version": shown.version}),
        "address_form": address_form or AddressForm(initial={"version": shown.version}),
        "may_close": policy.may(by, Action.MANAGE_PEOPLE),
        "is_oneself": by.pk == shown.pk,
    }
    return render(request, "accounts/person.html", context, status=status)


@require_POST
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = _found(request, pk)
    form = GrantForm(request.POST, by=by)
    outcome = Outcome(422)
    if form.is_valid():
        with attempt(form) as outcome:
            given = actions.grant(by=by, person=shown, now=timezone.now(), **form.cleaned_data)
            messages.success(request, f"{shown} is {given.get_role_display().lower()} of {given.scope_name} now.")
            return redirect("accounts:person", pk=pk)
    return _person_page(request, shown, role_form=form, status=outcome.status)


@require_POST
def withdraw_role(request: HttpRequest, pk: int, grant_id: int) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = _found(request, pk)
    taken = get_object_or_404(reach.managed_grants(by).select_related("user", "team"), pk=grant_id, user=shown)
    actions.withdraw_grant(by=by, grant=taken, now=timezone.now())
    messages.success(request, f"{shown} is no longer {taken.get_role_display().lower()} of {taken.scope_name}.")
    if by.pk == shown.pk:
        return redirect("accounts:settings")  # perhaps it was the role that showed this page
    return redirect("accounts:person", pk=pk)


@require_POST
def invite_again(request: HttpRequest, pk: int) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = _found(request, pk)
    actions.send_invitation(by=by, person=shown, now=timezone.now())
    messages.success(request, f"A new link is on its way to {shown.email}.")
    return redirect("accounts:person", pk=pk)


@require_POST
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_state(request, pk, is_active=False)


@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _change_state(request, pk, is_active=True)


def _change_state(request: HttpRequest, pk: int, *, is_active: bool) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = _found(request, pk)
    form = AccountStateForm(request.POST)
    outcome = Outcome(422)
    if form.is_valid():
        with attempt(form) as outcome:
            now, version, reason = timezone.now(), form.cleaned_data["version"], form.cleaned_data["reason"]
            if is_active:
                actions.reactivate(by=by, person=shown, version=version, now=now)
            else:
                actions.deactivate(by=by, person=shown, version=version, now=now, reason=reason)
            messages.success(request, f"{shown} is {'active again' if is_active else 'deactivated'}.")
            return redirect("accounts:person", pk=pk)
    return _person_page(request, User.objects.get(pk=pk), state_form=form, status=outcome.status)


@require_POST
def change_address(request: HttpRequest, pk: int) -> HttpResponse:
    by: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    shown = _found(request, pk)
    form = AddressForm(request.POST)
    outcome = Outcome(422)
    if form.is_valid():
        with attempt(form) as outcome:
            changed = actions.change_address(by=by, person=shown, now=timezone.now(), **form.cleaned_data)
            messages.success(request, f"Mail to {changed} goes to {changed.email} now, and they sign in with it.")
            return redirect("accounts:person", pk=pk)
    return _person_page(request, User.objects.get(pk=pk), address_form=form, status=outcome.status)
