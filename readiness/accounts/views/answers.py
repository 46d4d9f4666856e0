"""How a form page answers a refusal: on the form, with what was typed still there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.forms import Form

from readiness.accounts.middleware import status_of
from readiness.accounts.policy import NotAllowed, NotVisible, Refused


@dataclass
class Outcome:
    """`status` of the page: 200 until something was wrong."""

    status: int = 200

    @property
    def is_done(self) -> bool:
        return self.status == 200


@contextmanager
def attempt(form: Form) -> Iterator[Outcome]:
    """Runs an action with a valid form; what a rule refuses is said at the top of it. A role that is too little is a page of its
    own (see RefusalMiddleware), for then the form should not have been there.
    """
    outcome = Outcome()
    try:
        yield outcome
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        outcome.status = status_of(refusal)
