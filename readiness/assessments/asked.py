"""About one piece of proof: the limits that it is held against, and who may have its raw file."""

from typing import Any

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.assessments.actions.declared import BUDGETS, ENDPOINTS
from readiness.catalog.models import Service
from readiness.checklists.pack import PackCriterion, Way


def limits_of(way: Way, service: Service) -> dict[str, Any]:
    """What the criterion asks, over what the service declares of itself; as far as a page can draw it, without a query."""
    names = [names for asked, names in BUDGETS.items() if asked in way.params] + [ENDPOINTS.get(way.kind, {})]
    declared = {setting: service.endpoint(name) for some in names for setting, name in some.items()}
    return {**{setting: value for setting, value in declared.items() if value}, **way.params}


def limits_for(kind: str, criterion: PackCriterion | None, service: Service) -> dict[str, Any]:
    """The same for proof of one kind; empty where the criterion takes none of it."""
    way = next((way for way in criterion.ways if way.kind == kind), None) if criterion else None
    return limits_of(way, service) if way else {}


def may_take_file(user: User, service: Service) -> Ruling:
    """A raw report says more than its summary: it is for who may export, and for who could have uploaded it."""
    attach = policy.may(user, Action.ATTACH_EVIDENCE, service.target)
    return attach or policy.may(user, Action.EXPORT, service.target)
