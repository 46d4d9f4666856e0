"""A review of `checkout` at each moment of its life, made through the actions.

The checklist is the small one: `probed`, `drilled`, `mixed`, `either`, `queued` are hard gates, `written` is tracked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from readiness.accounts.models import Grant, User
from readiness.accounts.policy import Refused
from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.rules import Decision
from readiness.history.models import Entry
from readiness.mail.models import Mail
from reviews import actions
from reviews.live.picture import Looked, Picture, Shown, Stance, meeting_of, picture_of
from reviews.models import AgendaItem, Packet, Participant, Review, SignOff, SpokenWord
from reviews.rules import Word
from tests.assessments.small import attested, see, small
from tests.cast import NOW, Cast, day

STARTS = NOW + timedelta(hours=1)
"""10:30 on the cast's Monday, 17 days before go-live."""
LATER = STARTS + timedelta(minutes=5)
EXCUSE = "There is no queue here; the consumer was removed in January."
HARD = ("probed", "drilled", "mixed", "either", "queued")


def scheduled(cast: Cast, *, starts_at: datetime = STARTS, now: datetime = NOW, **fields: Any) -> Review:
    if not Assessment.objects.filter(service=cast.checkout).exists():
        small(cast)
    values: dict[str, Any] = {"minutes": 30, "place": "Room 4", "timing_reason": "", "participants": []} | fields
    return again(actions.schedule(by=cast.theo, service=cast.checkout, starts_at=starts_at, now=now, **values))


def begun(cast: Cast, *, present: bool = True, **fields: Any) -> Review:
    """Theo began it; with `present` Olga and Pia are in the room as well."""
    review = scheduled(cast, **fields)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    if present:
        for person in (cast.olga, cast.pia):
            actions.join(by=person, review=again(review), now=STARTS)
    return again(review)


def again(review: Review) -> Review:
    """The review as the database has it now."""
    return Review.objects.for_page().get(pk=review.pk)


def point(review: Review, key: str) -> AgendaItem:
    return AgendaItem.objects.for_verdict().get(review=review, item__key=key)


def gap_of(cast: Cast, key: str) -> Gap:
    return Gap.objects.get(item__assessment__service=cast.checkout, item__key=key)


def say(
    review: Review,
    key: str,
    by: User,
    word: Word = Word.GAP,
    *,
    version: int | None = None,
    owner: User | None = None,
    due_on: date | None = None,
    now: datetime = LATER,
    **fields: Any,
) -> AgendaItem:
    """By default: a gap that Olga's deputy could not complain about."""
    agenda_item = point(review, key)
    if word is Word.GAP:
        owner, due_on = owner or by, due_on or day(5)
        fields.setdefault("plan", "Run the drill with the platform team.")
    fields.setdefault("note", EXCUSE if word is Word.NOT_APPLICABLE else "")
    version = agenda_item.version if version is None else version
    return actions.say(
        by=by, agenda_item=agenda_item, version=version, word=word, owner=owner, due_on=due_on, now=now, **fields
    )


def confirm(review: Review, key: str, by: User, *, version: int | None = None) -> AgendaItem:
    agenda_item = point(review, key)
    version = agenda_item.item.version if version is None else version
    return actions.confirm(by=by, agenda_item=agenda_item, version=version, now=LATER)


def last_word(review: Review) -> SpokenWord:
    """As its page fetches it."""
    return SpokenWord.objects.for_page().get(pk=SpokenWord.objects.last_of(review)[0].pk)


def take_back(review: Review, by: User, spoken: SpokenWord | None = None, *, version: int | None = None) -> AgendaItem:
    """By default: the newest word."""
    spoken = spoken or last_word(review)
    version = spoken.agenda_item.version if version is None else version
    return actions.take_back(by=by, spoken=spoken, version=version, now=LATER)


def say_all(cast: Cast, review: Review) -> None:
    """A gap with owner, date and plan for whatever is open, "met" for the rest; what passed is acknowledged."""
    for agenda_item in AgendaItem.objects.filter(review=review).select_related("item"):
        say(review, agenda_item.item.key, cast.theo, Word.GAP if agenda_item.item.is_open else Word.MET)
    actions.acknowledge_passed(by=cast.olga, review=again(review), now=LATER)


def proved(cast: Cast) -> Assessment:
    """Every item of the small checklist is met, a quarter of an hour before the meeting."""
    assessment = Assessment.objects.filter(service=cast.checkout).first() or small(cast)
    see(assessment)
    see(assessment, "mixed", criterion="rules", how="query", kind="prom_rules")
    see(assessment, "either", criterion="rotated", how="query", kind="prom_query")
    see(assessment, "queued", criterion="shown", how="artifact", kind="junit", strength="uploaded")
    attested(cast)
    attested(cast, "mixed", "drill")
    attested(cast, "written", "linked")
    return assessment


def picture(review_id: int, stance: Stance, looked: Looked, now: datetime) -> Picture:
    """What every screen of this kind shows at that moment."""
    return picture_of(Shown(meeting_of(review_id, now), stance, looked))


def running_now(cast: Cast) -> Review:
    """For servers and browsers with the real clock: Theo leads, Olga and Pia are in the room; one item has passed."""
    now = timezone.now()
    cast.checkout.go_live_on = now.date() + timedelta(days=17)
    cast.checkout.save()
    see(small(cast, now=now), now=now)
    review = scheduled(cast, starts_at=now + timedelta(minutes=1), now=now)
    actions.begin(by=cast.theo, review=review, version=review.version, now=now)
    for person in (cast.olga, cast.pia):
        actions.join(by=person, review=again(review), now=now)
    return again(review)


def decided(cast: Cast, review: Review | None = None, **fields: Any) -> Packet:
    review = review or begun(cast)
    if not review.is_decided:
        say_all(cast, review)
    values: dict[str, Any] = {"decision": Decision.NO_GO, "stricter_reason": ""} | fields
    review = again(review)
    return actions.decide(by=cast.theo, review=review, version=review.version, now=LATER, **values)


WATCHED: tuple[type[Model], ...] = (
    Review, Participant, AgendaItem, Packet, SignOff, Grant, Assessment, Item, Gap, Entry, Mail,
    SpokenWord,
)  # fmt: skip


@contextmanager
def refused(kind: type[Refused] = Refused, match: str = "", *, rule: str = "") -> Iterator[None]:
    """Expects a refusal, and that nothing whatever changed because of what was tried."""
    before = _everything()
    with pytest.raises(kind, match=match) as refusal:
        yield
    assert _everything() == before
    assert not rule or refusal.value.rule == rule


def _everything() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in WATCHED]


def entries(verb: str) -> list[Entry]:
    return list(Entry.objects.filter(verb=verb).order_by("id"))
