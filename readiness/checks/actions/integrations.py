"""What an administrator does about the organisation's sources: connect and change them, set and forget their secret, test
them, switch them off, remove them.

The rule: *a secret belongs to the address and the way it was typed for.* A change of either forgets it, unless it is typed
again: who may change the address could send it elsewhere. It stands in no history entry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.catalog.rules import address_problem
from readiness.checks import sealing, tasks
from readiness.checks.models import Integration
from readiness.checks.models.integrations import purpose_of
from readiness.checks.sources import KINDS, Kind, Way
from readiness.checks.sources.contract import Setting
from readiness.history.actions import Subject, record

RULE = "valid-integration"
LONGEST_SECRET, LONGEST_SETTING = 8000, 200
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
NO_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer"}
SHOWN = ("address", "flavour", "settings", "way")


class WrongConnection(Refused):
    """422 with the place: `problems` is field → sentence. A setting stands under its own name."""

    def __init__(self, found: Mapping[str, str]) -> None:
        super().__init__(RULE, " ".join(found.values()))
        self.problems = dict(found)


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed. `secret` empty: keep the one that is stored."""

    address: str = ""
    flavour: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    way: str = Way.NONE.value
    secret: str = field(default="", repr=False)

    def tidy(self, kind: Kind) -> "Said":
        """Without blanks and without settings of another way; an address that was left out is the usual one."""
        wanted = {one.name for one in kind.settings_for(Way(self.way))} if self.way in set(Way) else set()
        given = {name: value.strip() for name, value in self.settings.items() if name in wanted and value.strip()}
        address = self.address.strip() or kind.default_address(self.flavour, given)
        return Said(address, self.flavour, given, self.way, self.secret.strip())


def problems(kind: Kind, said: Said) -> dict[str, str]:
    """Field → what is wrong with it, of what was tidied."""
    found = {
        "flavour": "" if not kind.flavours or said.flavour in kind.flavours else "Choose which it is.",
        "way": "" if said.way in kind.ways else "Choose how the secret travels.",
        "address": (address_problem(said.address) or "") if said.address else "This is needed.",
        "secret": _secret_problem(said),
    }
    for one in [] if found["way"] else kind.settings_for(Way(said.way)):
        found[one.name] = _setting_problem(one, said.settings.get(one.name, ""))
    return {name: sentence for name, sentence in found.items() if sentence}


def _secret_problem(said: Said) -> str:
    if said.secret and said.way == Way.NONE:
        return "Choose how it is sent, or leave it empty."
    if len(said.secret) > LONGEST_SECRET:
        return "This is too long for a secret."
    return "" if said.secret.isprintable() else "A secret is one line without control characters."


def _setting_problem(setting: Setting, value: str) -> str:
    if setting.is_needed and not value:
        return "This is needed."
    if len(value) > LONGEST_SETTING:
        return f"At most {LONGEST_SETTING} characters."
    if setting.name == "header" and (not HEADER_NAME.fullmatch(value) or value.lower() in NO_HEADERS):
        return "The name of a header, such as X-Api-Key; not one that steers the request itself."
    return "" if value.isascii() and value.isprintable() else "Letters, digits and signs only."


# Connecting


@transaction.atomic
def connect(*, by: User, kind: str, said: Said, version: int, now: datetime) -> Integration:
    """Connects a source (`version` 0), or changes it. It is tested soon after, and services follow within minutes.

    Raises WrongConnection, Conflict, NotAllowed.
    """
    policy.require(by, Action.CONNECT_INTEGRATION)
    said = said.tidy(KINDS[kind])
    if found := problems(KINDS[kind], said):
        raise WrongConnection(found)
    before = Integration.objects.filter(kind=kind, version=version).first()
    if before is None:
        return _connect_first(by, kind, said, version, now)
    changes = _plain(said) | _secret_changes(by, before, said, now)
    fresh = _swap(before, version, test_asked_at=now, test_lease_until=None, **changes)
    _tell_changes(by, before, fresh, said, now)
    transaction.on_commit(tasks.test_soon, robust=True)
    return fresh


def _connect_first(by: User, kind: str, said: Said, version: int, now: datetime) -> Integration:
    if version:
        raise _conflict(kind)
    values = _plain(said) | _sealed(by, kind, said, now)
    try:
        with transaction.atomic():
            fresh = Integration.objects.create(kind=kind, test_asked_at=now, **values)
    except IntegrityError as error:
        raise _conflict(kind) from error
    record("integration.connected", subject_of(fresh), by=by, at=now, after=_shown(fresh))
    transaction.on_commit(tasks.test_soon, robust=True)
    return fresh


def _plain(said: Said) -> dict[str, Any]:
    return {"address": said.address, "flavour": said.flavour, "settings": dict(said.settings), "way": said.way}


def _secret_changes(by: User, before: Integration, said: Said, now: datetime) -> dict[str, Any]:
    if said.secret:
        return _sealed(by, before.kind, said, now)
    return {} if (said.address, said.way) == (before.address, before.way) else _NO_SECRET


def _sealed(by: User, kind: str, said: Said, now: datetime) -> dict[str, Any]:
    if not said.secret:
        return _NO_SECRET
    sealed = sealing.seal(said.secret, purpose=purpose_of(kind, said.address))
    return {"sealed_secret": sealed, "secret_set_at": now, "secret_set_by": by}


_NO_SECRET: dict[str, Any] = {"sealed_secret": "", "secret_set_at": None, "secret_set_by": None}


def _tell_changes(by: User, before: Integration, fresh: Integration, said: Said, now: datetime) -> None:
    was, is_now = _shown(before), _shown(fresh)
    changed = [name for name in is_now if was[name] != is_now[name]]
    if said.secret:
        record("integration.secret_set", subject_of(fresh), by=by, at=now)
    elif before.has_secret and not fresh.has_secret:
        record("integration.secret_forgotten", subject_of(fresh), by=by, at=now, reason="The address changed.")
    if changed:
        old, new = ({name: values[name] for name in changed} for values in (was, is_now))
        record("integration.changed", subject_of(fresh), by=by, at=now, before=old, after=new)


def _shown(integration: Integration) -> dict[str, Any]:
    return {name: getattr(integration, name) for name in SHOWN}


@transaction.atomic
def forget_secret(*, by: User, integration: Integration, version: int, now: datetime) -> Integration:
    """From now on calls go without. Raises Conflict, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    fresh = _swap(integration, version, **_NO_SECRET)
    record("integration.secret_forgotten", subject_of(fresh), by=by, at=now)
    return fresh


# Testing and switching


@transaction.atomic
def ask_test(*, by: User, integration: Integration, now: datetime) -> Integration:
    """Asks a worker to call the source; asked twice, it is one test. Raises NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    rows = Integration.objects.filter(pk=integration.pk)
    if rows.filter(test_asked_at=None).update(test_asked_at=now, test_lease_until=None):
        record("integration.test_requested", subject_of(integration), by=by, at=now)
    transaction.on_commit(tasks.test_soon, robust=True)
    return rows.get()


@transaction.atomic
def switch(*, by: User, integration: Integration, version: int, is_enabled: bool, now: datetime) -> Integration:
    """Off: services no longer inherit it, and its secret goes nowhere. Raises Conflict, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    fresh = _swap(integration, version, is_enabled=is_enabled)
    verb = "integration.switched_on" if is_enabled else "integration.switched_off"
    record(verb, subject_of(fresh), by=by, at=now)
    return fresh


@transaction.atomic
def remove(*, by: User, integration: Integration, version: int, now: datetime) -> None:
    """With its secret; the history keeps what it was. Raises Conflict, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    removed, _ = Integration.objects.filter(pk=integration.pk, version=version).delete()
    if not removed:
        raise _conflict(integration.kind)
    record("integration.removed", subject_of(integration), by=by, at=now, before=_shown(integration))


def _swap(integration: Integration, version: int, **changes: Any) -> Integration:
    """Compare-and-swap on the version."""
    rows = Integration.objects.filter(pk=integration.pk, version=version)
    if not rows.update(version=F("version") + 1, **changes):
        raise _conflict(integration.kind)
    return Integration.objects.get(pk=integration.pk)


def _conflict(kind: str) -> Conflict:
    current = Integration.objects.filter(kind=kind).first()
    return Conflict(
        "Somebody changed this integration meanwhile. Look at what stands there now, then decide again.", current
    )


def subject_of(integration: Integration) -> Subject:
    return Subject("integration", integration.pk, f"the integration {integration}")
