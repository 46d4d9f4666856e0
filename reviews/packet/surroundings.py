"""What a service says of itself and what its checks were told: not judged in the room, yet its decision rested on it."""

import hashlib
import json
from typing import Any

from readiness.catalog.models import Service
from readiness.checks.models import Check

type Fields = dict[str, Any]


def of_service(service: Service) -> Fields:
    """Where machines look, and what it needs to work. One query."""
    return {
        "endpoints": dict(service.endpoints),
        "dependencies": sorted(row.label for row in service.dependencies.select_related("needed")),
    }


def of_checks(service: Service) -> list[Fields]:
    """One query. What people told a check is a digest here: whether it is another one is all that a later reader asks."""
    checks = Check.objects.in_force().filter(service=service).select_related("item")
    return [
        {
            "item": check.item.key,
            "criterion": check.criterion_key,
            "type": check.type,
            "told": told(check),
            "is_enabled": check.is_enabled,
        }
        for check in checks.order_by("item__position", "pk")
    ]


def told(check: Check) -> str:
    """SHA-256 of what people set in its configuration, the first 16 digits; empty where nobody set anything."""
    if not check.configured:
        return ""
    text = json.dumps(check.configured, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
