"""People come in by invitation, and leave by being deactivated: their name stays on what they did.

An invitation is the link that sets a password: it works once, and for as long as Django's reset tokens do.
"""

from collections.abc import Mapping
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from readiness.accounts import policy, reach, time_zones
from readiness.accounts.actions.grants import give, grant, is_administrator, refuse_if_last_administrator
from readiness.accounts.models import Team, User
from readiness.accounts.policy import Conflict, NotAllowed, Refused, Target
from readiness.accounts.rules import Action, Role
from readiness.history.actions import Actor, Subject, record

RULE = "valid-person"
FIRST_RUN = "first-run"


@transaction.atomic
def first_administrator(*, name: str, email: str, password: str, now: datetime) -> User:
    """The first person of an empty installation, who is an administrator. Raises Refused once there is anybody: of two who try at
    once one gets in.
    """
    _one_at_a_time()
    if User.objects.exists():
        raise Refused(
            FIRST_RUN, "Somebody has set this up already. Sign in, or ask an administrator for an invitation."
        )
    person = _new_person(name=name, email=email, password=password, now=now)
    record("person.set-up", subject_of(person), by=person, at=now, after={"name": person.name, "email": person.email})
    give(by=person, person=person, role=Role.ADMIN, now=now)
    return person


@transaction.atomic
def invite_person(
    *, by: User | Actor, name: str, email: str, now: datetime, role: Role | None = None, team: Team | None = None
) -> User:
    """Adds a person, gives them a role, and mails them the link that sets their password.

    Somebody who is here already gets the role and no mail. Raises NotAllowed or NotVisible (a manager invites into own teams),
    and Refused where there is nothing to add.
    """
    if isinstance(by, User):
        policy.require(by, Action.MANAGE_PEOPLE, Target(team_id=team.pk) if team else policy.ORGANISATION)
    if team is not None and role is None:
        raise Refused(RULE, f"Say what this person is in {team}.")
    person: User | None = User.objects.filter(email=tidy_email(email)).first()
    is_new = person is None
    if person is None:
        person = _new_person(name=name, email=email, password=None, now=now)
        after = {"name": person.name, "email": person.email}
        record("person.invited", _subject_in(person, team), by=by, at=now, after=after)
    elif role is None or person.grants.filter(role=role, team=team, service_id=None).exists():
        raise Refused(RULE, f"{person} is here already, with this address.")
    if role is not None:
        grant(by=by, person=person, role=role, team=team, now=now)
    if is_new:
        mail_invitation(person, by=str(by) if isinstance(by, User) else "")
    return person


@transaction.atomic
def send_invitation(*, by: User, person: User, now: datetime) -> None:
    """Once more, for somebody who lost the first or let it expire. Raises NotVisible; Refused for whoever has a password."""
    require_over(by, person)
    if not person.is_active or person.has_usable_password():
        raise Refused(RULE, f"{person} has a password; whoever forgot theirs asks for a new one on the sign-in page.")
    mail_invitation(person, by=str(by))
    record("person.invited-again", subject_of(person), by=by, at=now)


@transaction.atomic
def add_person(*, by: User | Actor, now: datetime, email: str, name: str) -> User:
    """Somebody who can be named on services, and comes in by asking for a new password. For whoever manages people somewhere."""
    if isinstance(by, User):
        policy.require_anywhere(by, Action.MANAGE_PEOPLE)
    person = _new_person(name=name, email=email, password=None, now=now)
    record("person.added", subject_of(person), by=by, at=now, after={"name": person.name, "email": person.email})
    return person


@transaction.atomic
def edit_profile(*, by: User, name: str, time_zone: str, version: int, now: datetime, title: str | None = None) -> User:
    """One's own name, title and time zone. Raises Refused for an empty name or an unknown zone, Conflict."""
    name = name.strip()
    if not name:
        raise Refused(RULE, "A person needs a name.")
    if not time_zones.is_known(time_zone):
        raise Refused(RULE, f"There is no time zone called “{time_zone}”; choose one of the list.")
    after = {"name": name, "time_zone": time_zone} | ({} if title is None else {"title": title.strip()})
    current = User.objects.get(pk=by.pk)
    after = {field: value for field, value in after.items() if getattr(current, field) != value}
    before = {field: getattr(current, field) for field in after}
    return swap(by, version, after, verb="person.edited", by=by, now=now, before=before)


@transaction.atomic
def deactivate(*, by: User, person: User, version: int, now: datetime, reason: str = "") -> User:
    """Ends every session and every mail; nothing that this person did or owns changes.

    Raises NotAllowed, Conflict, and Refused for oneself and for the last administrator.
    """
    require_everybody(by, person)
    if by.pk == person.pk:
        raise Refused("second-pair", "Nobody closes their own account; ask another administrator.")
    if is_administrator(person):
        refuse_if_last_administrator(person)
    before = {"is_active": True}
    return swap(
        person, version, {"is_active": False}, verb="person.deactivated", by=by, now=now, before=before, reason=reason
    )


@transaction.atomic
def reactivate(*, by: User, person: User, version: int, now: datetime) -> User:
    """With the roles that were not withdrawn meanwhile. Raises NotAllowed, Conflict."""
    require_everybody(by, person)
    before = {"is_active": False}
    return swap(person, version, {"is_active": True}, verb="person.reactivated", by=by, now=now, before=before)


def require_over(by: User, person: User) -> None:
    """Raises NotVisible unless `by` manages people everywhere or in a team that this person belongs to."""
    policy.require_anywhere(by, Action.MANAGE_PEOPLE)
    if not reach.managed_people(by).filter(pk=person.pk).exists():
        raise policy.NotVisible(policy.RULE, "There is nothing here that you may see.")


def subject_of(person: User) -> Subject:
    return Subject("person", person.pk, person.get_full_name())


def mail_invitation(person: User, *, by: str) -> None:
    """Through allauth's adapter (the setting ACCOUNT_ADAPTER), as allauth's own mail: this room stands below the outbox."""
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    context = {
        "user": person,
        "invited_by": by,
        "password_url": get_adapter().get_reset_password_from_key_url(key),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    get_adapter().send_mail("accounts/mail/invitation", person.email, context)


def _subject_in(person: User, team: Team | None) -> Subject:
    return Subject("person", person.pk, person.get_full_name(), team_id=team.pk if team else None)


def require_everybody(by: User, person: User) -> None:
    policy.require(by, Action.MANAGE_PEOPLE)
    if is_administrator(person) and not is_administrator(by):
        raise NotAllowed(policy.RULE, "Only an administrator changes an administrator's account.")


def swap(
    person: User,
    version: int,
    values: Mapping[str, object],
    *,
    verb: str,
    by: User,
    now: datetime,
    before: Mapping[str, object],
    reason: str = "",
) -> User:
    written = User.objects.filter(pk=person.pk, version=version).update(version=F("version") + 1, **values)
    fresh: User = User.objects.get(pk=person.pk)
    if not written:
        raise Conflict(
            "Somebody changed this while you were writing. Look at what stands there now, then save again.", fresh
        )
    if values:
        record(verb, subject_of(fresh), by=by, at=now, before=before, after=values, reason=reason)
    return fresh


def _new_person(*, name: str, email: str, password: str | None, now: datetime) -> User:
    name = name.strip()[:120]
    if not name:
        raise Refused(RULE, "A person needs a name.")
    try:
        with transaction.atomic():
            person: User = User.objects.create_user(
                tidy_email(email), password, name=name, joined_at=now, time_zone=settings.TIME_ZONE
            )
            return person
    except IntegrityError as error:
        raise Refused(RULE, f"There is somebody with the address {tidy_email(email)} already.") from error


def tidy_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(RULE, f"“{email}” is not an address that mail can be sent to.") from error
    return email


def _one_at_a_time() -> None:
    """SQLite has one writer; on PostgreSQL two that see an empty table would both go on."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{User._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE')  # noqa: SLF001 - Django's public _meta
