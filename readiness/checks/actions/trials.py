"""Asking what a query says now."""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.promql.thresholds import key_of
from readiness.catalog.models import Service
from readiness.checks import tasks
from readiness.checks.models import Trial
from readiness.checks.models.trials import KEPT_FOR


@transaction.atomic
def try_query(*, by: User, service: Service, query: str, now: datetime) -> Trial:
    """A worker answers within seconds. Whoever may write the plan may try what goes into it."""
    policy.require(by, Action.EDIT_SERVICE, service.target)
    Trial.objects.filter(asked_at__lt=now - KEPT_FOR).delete()
    fresh = {
        "query": query, "asked_by": by, "asked_at": now, "lease_until": None, "tried_at": None, "observed_at": None,
        "value": None, "problem": "",
    }  # fmt: skip
    trial, _ = Trial.objects.update_or_create(service=service, key=key_of(query), defaults=fresh)
    transaction.on_commit(tasks.measure_soon)
    return trial
