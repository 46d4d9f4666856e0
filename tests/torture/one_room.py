"""A meeting on an empty database, for tests whose server has one of its own: prepares it, and says what became of it.

    python -m tests.torture.one_room prepare     migrates, holds a meeting with three people in it, prints what to know of it
    python -m tests.torture.one_room tell        prints every word that was said

The database is the one of `tests.settings` (TEST_DATABASE_URL).
"""

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - only now are there apps
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from readiness.accounts.models import User  # noqa: E402
from readiness.history.models import Entry  # noqa: E402
from reviews import actions  # noqa: E402
from reviews.models import AgendaItem, Review, SpokenWord  # noqa: E402
from tests import cast as the_cast  # noqa: E402
from tests.assessments.small import small  # noqa: E402

PEOPLE = ("olga", "pia")


def prepare() -> dict[str, object]:
    call_command("migrate", verbosity=0)
    make_cast = the_cast.cast.__wrapped__  # type: ignore[attr-defined]  # the fixture's own function
    cast, now = make_cast(None), timezone.now()
    cast.checkout.go_live_on = timezone.localdate() + timedelta(days=17)
    cast.checkout.save()
    small(cast, now=now)
    review = actions.schedule(
        by=cast.theo, service=cast.checkout, starts_at=now, minutes=30, place="", timing_reason="", participants=[],
        now=now - timedelta(hours=1),
    )  # fmt: skip
    actions.begin(by=cast.theo, review=review, version=review.version, now=now)
    people = [getattr(cast, name) for name in PEOPLE]
    for person in people:
        actions.join(by=person, review=Review.objects.for_page().get(pk=review.pk), now=now)
    return {
        "review": review.pk,
        "points": list(review.agenda.filter(item__gate="hard").values_list("pk", flat=True)),
        "people": [{"id": person.pk, "name": str(person), "session": _session(person)} for person in people],
        "due_on": str(timezone.localdate() + timedelta(days=5)),
    }


def _session(person: User) -> str:
    return the_cast.login(Client(), person).cookies["sessionid"].value


def tell() -> dict[str, object]:
    return {
        "points": [
            {"id": point.pk, "version": point.version, "note": point.note, "by": point.said_by_id}
            for point in AgendaItem.objects.all()
        ],
        "words": [
            [word.agenda_item_id, word.version, word.by_id, word.before["note"]] for word in SpokenWord.objects.all()
        ],
        "history": list(Entry.objects.filter(verb="review.verdict").values_list("reason", flat=True)),
    }


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "tell": tell}[sys.argv[1]]()))
