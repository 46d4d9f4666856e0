"""Whether this is the demo organisation, and as whom a newcomer can look at it."""

from dataclasses import dataclass

from readiness.accounts.models import User
from readiness.demo.story.people import PASSWORD, PEOPLE, SIGN_INS, SignIn


@dataclass(frozen=True, slots=True)
class Guide:
    """A person of the demo whom anybody may be."""

    sign_in: SignIn
    name: str
    email: str
    password: str = PASSWORD


def is_demo() -> bool:
    """Its first administrator is here."""
    return bool(User.objects.filter(email=PEOPLE[0].email, is_active=True).exists())


def guides() -> list[Guide]:
    """Nobody, in any other installation. One query."""
    people = {person.key: person for person in PEOPLE}
    found = [(sign_in, people[sign_in.key]) for sign_in in SIGN_INS] if is_demo() else []
    return [Guide(sign_in, person.name, person.email) for sign_in, person in found]
