"""What is said about a report beside the report itself, and whether it is a report of this service, this host and this release.

A file that was made for something else is refused however well it reads: a green scan of another host proves nothing here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from readiness.accounts.models import Token, User
from readiness.assessments import rules
from readiness.assessments.actions.holding import WrongFields
from readiness.assessments.formats.contract import Reading
from readiness.catalog.models import Service
from readiness.catalog.rules import address_problem
from readiness.history.actions import Actor

WRONG_COMMIT = "wrong-commit"
WHEN_DID_IT_RUN = "The report does not say when it ran. Say it here."
SHORTEST_COMMIT = 7
OWN_ADDRESSES = ("base_url", "staging_url", "live_url", "ready_url")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_ZONES_APART = timedelta(hours=26)


class Mismatch(WrongFields):
    """409: the report is of another service, host or commit. `rule` is `wrong-service`, `wrong-host` or `wrong-commit`."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whatever is not said is empty. Times have a zone. `token`: the CI token with which it came."""

    service: str = ""
    environment: str = ""
    commit_sha: str = ""
    tool: str = ""
    tool_version: str = ""
    target_url: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    ci_run_url: str = ""
    token: Token | None = None

    def as_mapping(self, commit: str = "") -> dict[str, str]:
        """What was said, for the record; `commit` as it was found out in the end."""
        plain = ("environment", "tool", "tool_version", "target_url", "ci_run_url")
        said = {name: getattr(self, name).strip() for name in plain} | {"commit_sha": commit}
        times = {"started_at": self.started_at, "finished_at": self.finished_at}
        said |= {name: moment.astimezone(UTC).isoformat() for name, moment in times.items() if moment}
        return {name: value for name, value in said.items() if value}


def refuse_what_does_not_fit(envelope: Envelope, reading: Reading, service: Service, now: datetime) -> str:
    """Answers the commit that the report is of, empty where nobody said it. Raises WrongFields, Mismatch."""
    if envelope.service.strip() and envelope.service.strip().lower() != service.slug.lower():
        sentence = f"The report says it is of “{envelope.service.strip()[:100]}”, and was sent to “{service.slug}”."
        raise Mismatch("wrong-service", {"service": sentence})
    _refuse_wrong_fields(envelope, now)
    _refuse_other_host(envelope, reading, service)
    return _commit(envelope.commit_sha.strip().lower(), reading.commit.strip().lower(), service)


def _refuse_wrong_fields(envelope: Envelope, now: datetime) -> None:
    for field in ("target_url", "ci_run_url"):
        value = getattr(envelope, field).strip()
        if value and (problem := address_problem(value)):
            raise WrongFields("upload", {field: problem})
    started, finished = envelope.started_at, envelope.finished_at
    for field, moment in (("started_at", started), ("finished_at", finished)):
        if moment and (problem := rules.date_problem(moment, now)):
            raise WrongFields("three-dates", {field: problem})
    if started and finished and started > finished:
        raise WrongFields("three-dates", {"finished_at": "It ended before it began."})


def _refuse_other_host(envelope: Envelope, reading: Reading, service: Service) -> None:
    """No host known on either side is accepted: then there is nothing to compare."""
    own = hosts_of(map(service.endpoint, OWN_ADDRESSES))
    names = ", ".join(sorted(own))
    said = hosts_of([envelope.target_url])
    if own and said and not own & said:
        sentence = f"The report is of {said.pop()}; this service answers at {names}."
        raise Mismatch("wrong-host", {"target_url": sentence})
    found = hosts_of(reading.targets)
    if own and found and not own & found:
        sentence = f"The report itself names {', '.join(sorted(found)[:3])}; this service answers at {names}."
        raise Mismatch("wrong-host", {"file": sentence})


def hosts_of(addresses: Iterable[str]) -> set[str]:
    """Host names in small letters, of addresses or of bare hosts (`shop.example:8443`); what is neither is left out."""
    hosts = set()
    for address in filter(None, (address.strip() for address in addresses)):
        try:
            host = urlsplit(address if "//" in address else f"//{address}").hostname
        except ValueError:
            continue
        hosts.add((host or "").rstrip("."))
    return hosts - {""}


def _commit(said: str, of_report: str, service: Service) -> str:
    if said and not _COMMIT.fullmatch(said):
        raise WrongFields("upload", {"commit_sha": "A commit is 7 to 64 of the digits 0 to 9 and a to f."})
    known = of_report if _COMMIT.fullmatch(of_report) else ""
    if said and known and not is_same_commit(said, known):
        raise Mismatch(WRONG_COMMIT, {"commit_sha": f"The report is of commit {known[:12]}, not of {said[:12]}."})
    commit = max(known, said, key=len)
    _refuse_other_release(commit, service)
    return commit


def _refuse_other_release(commit: str, service: Service) -> None:
    release = service.endpoint("release_commit").strip().lower()
    if not release:
        return
    if not commit:
        sentence = f"Commit {release[:12]} goes live; say of which commit this report is."
        raise WrongFields(WRONG_COMMIT, {"commit_sha": sentence})
    if not is_same_commit(commit, release):
        sentence = f"The report is of commit {commit[:12]}; the one that goes live is {release[:12]}."
        raise Mismatch(WRONG_COMMIT, {"commit_sha": sentence})


def is_same_commit(one: str, other: str) -> bool:
    """One begins with the other, and both have seven digits at least: anything shorter could be any commit."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= SHORTEST_COMMIT and longer.startswith(shorter)


def observed_at(own: datetime | None, envelope: Envelope, by: User | Actor, now: datetime) -> datetime:
    """The report's own time is stronger than what is said about it. A time without a zone is read in the person's."""
    if own is None:
        if envelope.finished_at is None:
            raise WrongFields("three-dates", {"finished_at": WHEN_DID_IT_RUN})
        return envelope.finished_at
    if own.tzinfo is None:
        local = own.replace(tzinfo=by.zone if isinstance(by, User) else UTC)
        return min(local, now) if local - now < _ZONES_APART else _refuse_future(local, now)
    return _refuse_future(own, now)


def _refuse_future(moment: datetime, now: datetime) -> datetime:
    if problem := rules.date_problem(moment, now):
        raise WrongFields("three-dates", {"file": problem})
    return moment
