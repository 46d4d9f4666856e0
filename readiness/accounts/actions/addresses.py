"""Where mail to a person goes, and whether it arrives. An address that takes no mail is marked: what goes to it is held until
somebody tries again, or until the person has another address.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from readiness.accounts.actions.people import RULE, require_everybody, subject_of, swap, tidy_email
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.history.actions import Actor, record

MAIL_SERVER = Actor.machine("the mail server")


def mark_returned(*, person: User, address: str, said: str, now: datetime) -> bool:
    """`said`: the mail server's words. False when the person has another address by now. Called inside a transaction, which holds
    the person from here on: whoever tries again at the same moment waits for it.
    """
    theirs = User.objects.filter(pk=person.pk, email=address)
    values = {"returned_address": address, "returned_since": now, "returned_said": said[:1000]}
    if theirs.exclude(returned_address=address).update(**values):
        record("person.unreachable", subject_of(person), by=MAIL_SERVER, at=now, reason=said[:300])
        return True
    return bool(theirs.update(returned_said=said[:1000]))


def forget_returned(*, person: User) -> bool:
    """Whether the person's address was marked until now: of two who ask at once one is told so."""
    marked = User.objects.filter(pk=person.pk).unreachable()
    return bool(marked.update(returned_address="", returned_since=None, returned_said=""))


@transaction.atomic
def change_address(*, by: User, person: User, email: str, version: int, now: datetime) -> User:
    """Mail that waits goes to the new one. Raises NotAllowed, Conflict, and Refused for an address that is none or somebody's."""
    require_everybody(by, person)
    email, before = tidy_email(email), {"email": person.email}
    if email == person.email:
        raise Refused(RULE, f"That is the address of {person} already.")
    try:
        with transaction.atomic():
            return swap(person, version, {"email": email}, verb="person.address", by=by, now=now, before=before)
    except IntegrityError as error:
        raise Refused(RULE, f"There is somebody with the address {email} already.") from error
