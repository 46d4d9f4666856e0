"""A review's whole life at random: whoever tries whatever, in any order, the promises hold."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from reviews import actions
from reviews.models import AgendaItem, Packet, Review
from reviews.packet import as_file, check_file, digest
from reviews.rules import ABANDONED_AFTER, MOVES, ParticipantRole, ReviewStatus, Word
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day
from tests.reviews.meetings import EXCUSE, STARTS, WATCHED, again, point, proved, scheduled

NAMES = ("theo", "olga", "pia", "mia", "rob", "vera", "sam", "ada")
KEYS = ("probed", "drilled", "mixed", "either", "queued", "written")
people = st.sampled_from(("theo", "theo", "theo", "olga", "olga", "pia", *NAMES))
keys = st.sampled_from(KEYS)
versions = st.sampled_from((0, 0, 0, 0, 1))  # how far behind what the person saw is


class Life(RuleBasedStateMachine):
    cast: Cast

    @initialize(is_proved=st.booleans())
    def schedule(self, is_proved: bool) -> None:
        self.everything = transaction.atomic()
        self.everything.__enter__()
        for name in NAMES:
            self.person(name).__dict__.pop("_live_grants", None)
        proved(self.cast) if is_proved else small(self.cast)
        self.review = scheduled(self.cast)
        self.now = STARTS
        self.status = self.review.status
        self.packet: tuple[str, str] | None = None
        self.seen_before: int | None = None
        self.was_current: int | None = None

    def teardown(self) -> None:
        if hasattr(self, "everything"):
            transaction.set_rollback(True)
            self.everything.__exit__(None, None, None)

    # --- what people try -----------------------------------------------------------------------------------------------

    @rule(name=people, behind=versions)
    def begin(self, name: str, behind: int) -> None:
        self.attempt(actions.begin, by=name, version=again(self.review).version - behind)

    @rule(name=people)
    def join(self, name: str) -> None:
        self.attempt(actions.join, by=name)

    @rule(name=people, behind=versions, to=st.sampled_from((*KEYS, "end")))
    def move(self, name: str, behind: int, to: str) -> None:
        target = AgendaItem.objects.filter(review=self.review, item__key=to).first()
        if target or to == "end":
            self.attempt(actions.move, by=name, version=again(self.review).version - behind, to=target)

    @rule(
        name=people, key=keys, behind=versions, word=st.sampled_from((Word.GAP, Word.GAP, *Word)), owner=people,
        due=st.integers(-2, 40), plan=st.sampled_from(("", "Drill.")), note=st.sampled_from(("", EXCUSE)),
    )  # fmt: skip
    def say(self, *, name: str, key: str, behind: int, word: Word, owner: str, due: int, plan: str, note: str) -> None:
        if not AgendaItem.objects.filter(review=self.review, item__key=key).exists():
            return
        agenda_item = point(self.review, key)
        self.attempt(
            actions.say, by=name, review=None, agenda_item=agenda_item, version=agenda_item.version - behind, word=word,
            owner=self.person(owner), due_on=day(due), plan=plan, note=note,
        )  # fmt: skip

    @rule(name=people)
    def say_what_is_left(self, name: str) -> None:
        """So that many a life comes to a decision."""
        for agenda_item in AgendaItem.objects.filter(review=self.review).select_related("item"):
            key, is_open = agenda_item.item.key, agenda_item.item.is_open
            fresh = point(self.review, key)
            word = Word.GAP if is_open else Word.PARKED
            self.attempt(
                actions.say, by=name, review=None, agenda_item=fresh, version=fresh.version, word=word,
                owner=self.cast.olga, due_on=day(9), plan="Drill.", note="",
            )  # fmt: skip

    @rule()
    def everybody_comes(self) -> None:
        self.begin(name="theo", behind=0)
        for name in ("theo", "olga", "pia"):
            self.join(name=name)

    @rule(name=people, key=keys)
    def confirm(self, name: str, key: str) -> None:
        if AgendaItem.objects.filter(review=self.review, item__key=key).exists():
            fresh = point(self.review, key)
            self.attempt(actions.confirm, by=name, review=None, agenda_item=fresh, version=fresh.item.version)

    @rule(name=people, key=keys)
    def raise_item(self, name: str, key: str) -> None:
        self.attempt(actions.raise_item, by=name, item=self.cast.item(key), why="")

    @rule(name=people)
    def acknowledge(self, name: str) -> None:
        self.attempt(actions.acknowledge_passed, by=name)

    @rule(name=people, behind=versions)
    def pause(self, name: str, behind: int) -> None:
        self.attempt(actions.pause, by=name, version=again(self.review).version - behind)

    @rule(name=people, behind=versions)
    def resume(self, name: str, behind: int) -> None:
        self.attempt(actions.resume, by=name, version=again(self.review).version - behind)

    @rule(name=people)
    def take_over(self, name: str) -> None:
        self.attempt(actions.take_over, by=name, version=again(self.review).version)

    @rule(name=people, to=people, behind=versions)
    def hand_over(self, name: str, to: str, behind: int) -> None:
        self.attempt(actions.hand_over, by=name, version=again(self.review).version - behind, to=self.person(to))

    @rule(name=people, is_looking_back=st.booleans())
    def ready(self, name: str, is_looking_back: bool) -> None:
        current = again(self.review).current_id
        self.attempt(actions.mark_ready, by=name, at=self.seen_before if is_looking_back else current)
        self.seen_before = current

    @rule(name=people)
    def not_ready(self, name: str) -> None:
        self.attempt(actions.unmark_ready, by=name)

    @rule(name=people, text=st.text(max_size=20).filter(lambda text: "\0" not in text))
    def note(self, name: str, text: str) -> None:
        self.attempt(actions.write_notes, by=name, version=again(self.review).notes_version, notes=text)

    @rule(name=people, decision=st.sampled_from(Decision), reason=st.sampled_from(("", "The drill was chaotic.")))
    def decide(self, name: str, decision: Decision, reason: str) -> None:
        version = again(self.review).version
        self.attempt(actions.decide, by=name, version=version, decision=decision, stricter_reason=reason)

    @rule(name=people, role=st.sampled_from(ParticipantRole), is_right=st.booleans())
    def sign(self, name: str, role: ParticipantRole, is_right: bool) -> None:
        frozen = Packet.objects.filter(review=self.review).first()
        seen = frozen.digest if frozen and is_right else "0" * 64
        self.attempt(actions.sign_off, by=name, role=role, digest=seen, comment="")

    @rule(name=st.sampled_from(("olga", "mia")), is_meant=st.integers(0, 9))
    def cancel(self, name: str, is_meant: int) -> None:
        if not is_meant:
            self.attempt(actions.cancel, by=name, version=again(self.review).version, reason="Go-live moved.")

    @rule(name=people)
    def a_screen_is_heard_of(self, name: str) -> None:
        actions.heard_from(by=self.person(name), review_id=self.review.pk, now=self.now)

    # --- what happens by itself ------------------------------------------------------------------------------------------

    @rule(result=st.sampled_from(("pass", "fail", "unknown")))
    def a_check_runs(self, result: str) -> None:
        see(Assessment.objects.get(service=self.cast.checkout), result=result, now=self.now)

    @rule(minutes=st.integers(1, 30))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(seconds=st.integers(1, 12))
    def a_moment_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(minutes=st.integers(1, 20))
    def everybody_is_elsewhere(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        was_running = again(self.review).is_running
        paused = actions.pause_abandoned(now=self.now)
        review = again(self.review)
        assert paused == (was_running and review.is_paused)
        assert (minutes < ABANDONED_AFTER.total_seconds() / 60) or not review.is_running
        assert not paused or (review.paused_itself_at == self.now and review.decision == "")
        assert actions.pause_abandoned(now=self.now) == 0

    # --- the promises ------------------------------------------------------------------------------------------------------

    @invariant()
    def moves_are_legal(self) -> None:
        if hasattr(self, "review"):
            now = again(self.review).status
            assert now == self.status or ReviewStatus(now) in MOVES[ReviewStatus(self.status)]
            self.status = now

    @invariant()
    def one_person_leads_who_is_of_the_room(self) -> None:
        if not hasattr(self, "review") or not again(self.review).is_live:
            return
        review = again(self.review)
        assert review.facilitator is not None
        assert review.participants.filter(person=review.facilitator, present_since__isnull=False).exists()

    @invariant()
    def nobody_is_ready_with_another_item(self) -> None:
        if not hasattr(self, "review"):
            return
        current = again(self.review).current_id
        if current != self.was_current:
            assert not self.review.participants.filter(ready_at__isnull=False).exists()
        self.was_current = current

    @invariant()
    def a_decision_is_never_looser_than_computed_and_its_packet_never_changes(self) -> None:
        if not hasattr(self, "review") or not again(self.review).is_decided:
            return
        review = again(self.review)
        assert Decision(review.decision).strictness >= Decision(review.computed_decision).strictness
        assert review.decision == review.computed_decision or review.stricter_reason
        frozen = Packet.objects.get(review=review)
        self.packet = self.packet or (frozen.body, frozen.digest)
        assert (frozen.body, frozen.digest) == self.packet
        assert digest(frozen.body) == frozen.digest
        content = check_file(as_file(frozen.body))
        assert_accountable(content)

    def attempt(self, action: Any, *, by: str, review: Review | None = None, **fields: Any) -> None:
        """A refusal changes nothing whatever."""
        before = snapshot()
        subject = {} if "agenda_item" in fields else {"review": review or again(self.review)}
        try:
            with transaction.atomic():
                action(by=self.person(by), now=self.now, **subject, **fields)
        except Refused:
            assert snapshot() == before

    def person(self, name: str) -> User:
        found: User = getattr(self.cast, name)
        return found


def snapshot() -> list[list[dict[str, Any]]]:
    return [list(model._default_manager.order_by("pk").values()) for model in WATCHED]


def assert_accountable(content: dict[str, Any]) -> None:
    """Rules *accountable-output* and *led-by-owner*, read back from the frozen text alone."""
    decided_on = datetime.fromisoformat(content["decision"]["decided_at"]).date().isoformat()
    present = {row["role"] for row in content["participants"] if row["present_since"]}
    assert {"lead", "on_call", "platform"} <= present
    words = {row["item"]: row["word"] for row in content["agenda"]}
    assert all(words.values())
    for item in content["items"]:
        if item["status"] in {"met", "not_applicable"}:
            continue
        assert item["key"] in words
        gap = item["gap"]
        assert gap["owner"]
        assert gap["due_on"] >= decided_on
        assert gap["plan"] if item["gate"] == "tracked" else gap["due_on"] < content["review"]["go_live_on"]
    assert json.loads(json.dumps(content)) == content


@pytest.mark.timeout(600)
def test_the_life_of_a_review_keeps_its_promises(cast: Cast) -> None:
    assert NOW < STARTS
    Life.cast = cast
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Life, settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=checks)
    )


def test_a_life_can_come_to_a_decision_at_all(cast: Cast) -> None:
    """So that the promises above are not kept by refusing everything."""
    Life.cast = cast
    life = Life()
    life.schedule(is_proved=False)
    try:
        life.begin(name="theo", behind=0)
        for name in ("olga", "pia"):
            life.join(name=name)
        life.say_what_is_left(name="olga")
        life.decide(name="theo", decision=Decision.NO_GO, reason="")
        assert again(life.review).is_decided
        life.a_decision_is_never_looser_than_computed_and_its_packet_never_changes()
        assessments.refresh(assessment=Assessment.objects.get(), now=life.now)
        life.a_decision_is_never_looser_than_computed_and_its_packet_never_changes()
    finally:
        life.teardown()
