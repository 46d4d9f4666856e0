"""A vote on a disputed item: opened by who may speak, cast by everybody present, blind until it is revealed.

The history says who asked and who revealed; who voted what stands in it from the reveal on, and not a moment before.
"""

from datetime import datetime

from django.db import IntegrityError, transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.history.actions import record
from reviews import rules
from reviews.actions.writing import require_in_the_room, require_running, subject, touch
from reviews.models import AgendaItem, Ballot, Vote
from reviews.rules import Rule, VoteChoice


@transaction.atomic
def open_ballot(*, by: User, agenda_item: AgendaItem, question: str, now: datetime) -> Ballot:
    """One at a time for an item. `agenda_item` comes with its review (and that with its service) and its item."""
    review = agenda_item.review
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    question = " ".join(question.split())[:300]
    if not question:
        raise Refused(Rule.LIFECYCLE, "Say what the room votes on.")
    touch(review)
    ballot = Ballot(agenda_item=agenda_item, question=question, opened_by=by, opened_at=now)
    try:
        with transaction.atomic():
            ballot.save(force_insert=True)
    except IntegrityError as error:
        there = Ballot.objects.get(agenda_item=agenda_item, revealed_at=None)
        raise Refused(
            Rule.LIFECYCLE, f"{there.opened_by} asked for a vote on this item already; reveal that one first."
        ) from error
    after = {"item": agenda_item.item.key, "question": question}
    record("review.ballot_opened", subject(review), by=by, at=now, after=after)
    return ballot


@transaction.atomic
def cast_vote(*, by: User, ballot: Ballot, choice: VoteChoice, why: str, now: datetime) -> Vote:
    """Changed as often as somebody likes until the reveal. Whoever is present and may comment votes, verdicts or not."""
    review = ballot.agenda_item.review
    require_in_the_room(review, by, Action.COMMENT)
    require_running(review)
    touch(review)  # holds the review: nobody reveals between the question whether it is open and the vote
    _require_open(ballot)
    values = {"choice": choice, "why": " ".join(why.split())[:300], "cast_at": now}
    vote, _ = Vote.objects.update_or_create(ballot=ballot, person=by, defaults=values)
    return vote


@transaction.atomic
def reveal_ballot(*, by: User, ballot: Ballot, now: datetime) -> Ballot:
    """Shows everybody's answer at once, with names and words. It is done once, and not undone."""
    review = ballot.agenda_item.review
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    touch(review)
    _require_open(ballot)
    Ballot.objects.filter(pk=ballot.pk).update(revealed_by=by, revealed_at=now)
    ballot.revealed_by, ballot.revealed_at = by, now
    votes = [_said(vote) for vote in ballot.votes.select_related("person").order_by("person__name", "pk")]
    after = {"item": ballot.agenda_item.item.key, "question": ballot.question, "votes": votes}
    record("review.ballot_revealed", subject(review), by=by, at=now, after=after)
    return ballot


def _said(vote: Vote) -> str:
    """As in "Olga Example: not good enough, it was never tried"."""
    words = f"{vote.person}: {VoteChoice(vote.choice).label.lower()}"
    return f"{words}, {vote.why}" if vote.why else words


def _require_open(ballot: Ballot) -> None:
    is_open = Ballot.objects.filter(pk=ballot.pk, revealed_at=None).exists()
    problem = rules.ballot_problem(is_open=is_open)
    if problem:
        raise Refused(Rule.LIFECYCLE, problem)
