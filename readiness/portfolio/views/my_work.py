"""The first page: what this person has to do, the most important thing first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from readiness.portfolio.focus import beginnings, focus
from readiness.portfolio.launches import launches
from readiness.portfolio.my_work import my_gaps, my_reviews, my_services
from readiness.portfolio.waiting import waiting_for
from readiness.portfolio.worry import reviews_beside


@require_safe
def my_work(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    now, today = timezone.now(), timezone.localdate()
    gaps, services, reviews, waiting = (
        my_gaps(user, today),
        my_services(user, today),
        my_reviews(user, today),
        waiting_for(user),
    )
    first = focus(reviews=reviews, gaps=gaps, waiting=waiting, services=services.shown, now=now, today=today)
    # Whoever decides waivers is a manager: the launches of their teams are their work.
    ahead = launches(services_where(user, Action.DECIDE_WAIVER).in_force(), today, reviews_beside(user))
    context = {
        "today": today,
        "focus": first,
        "gaps": gaps,
        "services": services,
        "reviews": reviews,
        "waiting": waiting,
        "launches": ahead,
    }
    if not (first or gaps.number or services.shown or reviews.upcoming or reviews.due or ahead):
        context |= _beginning(user)
    return render(request, "portfolio/my_work.html", context)


def _beginning(user: User) -> dict[str, Any]:
    sees_services = Service.objects.visible_to(user).exists()
    steps = beginnings(
        may_register=policy.may_anywhere(user, Action.CREATE_SERVICE),
        may_invite=policy.may_anywhere(user, Action.MANAGE_PEOPLE),
        may_publish=bool(policy.may(user, Action.PUBLISH_CHECKLIST)),
        sees_services=sees_services,
    )
    return {"is_new": True, "sees_services": sees_services, "beginnings": list(steps)}
