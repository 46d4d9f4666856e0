"""What people say to each other about a gap. Only who wrote something changes it or takes it back, and history keeps no words of
it: what was withdrawn is gone. Whoever is mentioned gets one mail for a comment, however often it is edited.
"""

from datetime import datetime, timedelta

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions import notices
from readiness.assessments.actions.holding import WrongFields, gap_subject, hold, swap
from readiness.assessments.models import Assessment, Comment, Gap, Item
from readiness.assessments.people import people_of
from readiness.assessments.rules import mentions
from readiness.catalog.models import Service
from readiness.history.actions import Subject, record

LONGEST = 10_000
TWICE = timedelta(minutes=1)
"""The same words of the same person within this time are one comment, sent twice."""


@transaction.atomic
def write_comment(*, by: User, gap: Gap, text: str, now: datetime) -> Comment:
    held, subject = _held(by, gap)
    text = _said(text)
    again = Comment.objects.filter(gap=gap, author=by, text=text, written_at__gt=now - TWICE, withdrawn_at=None)
    if said := again.first():
        return said
    comment = Comment.objects.create(gap=gap, author=by, text=text, written_at=now)
    named = _mention(comment, held.service, now)
    record("gap.commented", subject, by=by, at=now, after={"mentioned": [str(person) for person in named]})
    return comment


@transaction.atomic
def edit_comment(*, by: User, comment: Comment, version: int, text: str, now: datetime) -> Comment:
    """Raises Refused to everybody but its author, Conflict when it was changed in another window."""
    held, subject = _held(by, comment.gap)
    fresh = Comment.objects.select_related("gap__item").get(pk=comment.pk)
    _refuse(own_problem(fresh, by))
    text = _said(text)
    if fresh.text == text and fresh.version == version:
        return fresh
    swap(fresh, version, text=text, edited_at=now)
    named = _mention(fresh, held.service, now)
    record("gap.comment_edited", subject, by=by, at=now, after={"mentioned": [str(person) for person in named]})
    return fresh


@transaction.atomic
def withdraw_comment(*, by: User, comment: Comment, version: int, now: datetime) -> Comment:
    """Its place and its author stay, its words go; mail that speaks of it and has not left yet goes with them."""
    _, subject = _held(by, comment.gap)
    fresh = Comment.objects.select_related("gap").get(pk=comment.pk)
    _refuse(own_problem(fresh, by))
    swap(fresh, version, text="", withdrawn_at=now)
    fresh.mentioned.clear()
    notices.unmention(fresh, keep=())
    record("gap.comment_withdrawn", subject, by=by, at=now)
    return fresh


def own_problem(comment: Comment, by: User) -> str:
    """Why this person can't change it; empty when they can."""
    if comment.withdrawn_at is not None:
        return "It was withdrawn."
    return "" if comment.author_id == by.pk else "Only who wrote it can change it or take it back."


def _mention(comment: Comment, service: Service, now: datetime) -> list[User]:
    """Keeps who is mentioned now, and tells those who were not told of this comment before."""
    named = mentioned_in(comment.text, comment.author, service, now)
    comment.mentioned.set(named)
    notices.unmention(comment, keep=named)
    for person in named:
        if person != comment.author:
            notices.mentioned(comment, person, service, now)
    return named


def mentioned_in(text: str, author: User, service: Service, now: datetime) -> list[User]:
    """Those whom the text names and who may see the service; nobody else is even looked for."""
    handles = mentions.handles(text)
    if not handles:
        return []
    people = list(people_of(service, now, Action.SEE))
    if author not in people:
        people.append(author)
    found = mentions.who(handles, [mentions.Known(person.pk, person.name, person.email) for person in people])
    seeing = policy.those_who_may([person for person in people if person.pk in found], Action.SEE, service.target)
    return [person for person in people if person.pk in seeing]


def _held(by: User, gap: Gap) -> tuple[Assessment, Subject]:
    held = hold(Item.objects.values_list("assessment_id", flat=True).get(pk=gap.item_id))
    policy.require(by, Action.COMMENT, held.service.target)
    return held, gap_subject(gap, gap.item, held.service)


def _said(text: str) -> str:
    text = text.strip()
    if not text:
        raise WrongFields("own-words", {"text": "Write something first."})
    if len(text) > LONGEST:
        raise WrongFields("own-words", {"text": f"At most {LONGEST:,} characters; attach longer things as proof."})
    return text


def _refuse(sentence: str) -> None:
    if sentence:
        raise Refused("own-words", sentence)
