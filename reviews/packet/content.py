"""What a packet holds: everything that the decision rested on, in words that can be read in ten years without this database."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from readiness.accounts.models import User
from readiness.assessments.models import Evidence, Gap, Item, LaunchPlan, OnCallConfirmation, Waiver
from readiness.assessments.models.waiver import WaiverStatus
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.checklists.models import Version
from readiness.checklists.pack import PackItem
from readiness.history.models import Entry
from reviews.meeting import Meeting, open_gap_of
from reviews.models import AgendaItem, Ballot, ParkedTopic, Review, SignOff, TalkRequest
from reviews.packet import surroundings
from reviews.packet.canonical import FORMAT
from reviews.packet.signed import FROZEN, content_digest

type Fields = dict[str, Any]

PAUSED, TAKEN_OVER = ("review.paused",), ("review.taken_over", "review.handed_over")


def build(meeting: Meeting, signed: Iterable[SignOff]) -> Fields:
    """The packet of a review that was just decided, from the very rows that were judged. JSON-ready, no floats; moments are
    ISO 8601 in UTC, days ISO dates, people {"id", "name"}. `signed` are all sign-offs of the draft: those that fit are kept.
    """
    review = meeting.review
    content = _content(meeting, Decision(review.decision))
    seal = content_digest(content)
    frozen = {
        "content_digest": seal,
        "pauses": _count(review, PAUSED),
        "take_overs": _count(review, TAKEN_OVER),
        "sign_offs": [_sign_off(row) for row in signed if row.digest == seal],
    }
    return content | {FROZEN: frozen}


def draft(meeting: Meeting) -> Fields:
    """What would be frozen if it were decided now, as computed. Its content digest is what people sign."""
    return _content(meeting, meeting.verdict.decision)


def _content(meeting: Meeting, decision: Decision) -> Fields:
    review = meeting.review
    service = review.service
    ballots, asked = _ballots(meeting.agenda), _asked(review)
    return {
        "format": FORMAT,
        "review": _review(review),
        "service": _service(service),
        "checklist": _checklist(review.assessment.version),
        "decision": _decision(meeting, decision),
        "items": _items(meeting.items, review.assessment.version),
        "checks": surroundings.of_checks(service),
        "waivers": [_waiver(waiver) for waiver in _waivers(meeting.items)],
        "launch_plan": _launch_plan(service),
        "on_call_confirmations": [
            {"person": _person(row.person), "confirmed_at": _moment(row.confirmed_at)}
            for row in OnCallConfirmation.objects.filter(service=service).select_related("person").order_by("id")
        ],
        "participants": [
            {
                "person": _person(row.person),
                "role": row.role,
                "was_present": row.present_since is not None,
                "present_since": _moment(row.present_since),
            }
            for row in meeting.participants
        ],
        "agenda": [_point(point, ballots.get(point.pk, []), asked.get(point.item_id, [])) for point in meeting.agenda],
        "parking_lot": [_parked(topic) for topic in _topics(review)],
        "passed": {
            "items": [item.key for item in meeting.passed],
            "acknowledged_by": _person(review.passed_acknowledged_by),
            "acknowledged_at": _moment(review.passed_acknowledged_at),
        },
        "notes": review.notes,
    }


def _count(review: Review, verbs: Iterable[str]) -> int:
    return Entry.objects.filter(object_type="review", object_id=str(review.pk), verb__in=verbs).count()


def _sign_off(row: SignOff) -> Fields:
    said = {"role": row.role, "digest": row.digest, "comment": row.comment}
    return {"person": _person(row.person), **said, "signed_at": _moment(row.signed_at)}


def _person(person: User | None) -> Fields | None:
    return {"id": person.pk, "name": person.get_full_name()} if person else None


def _moment(moment: datetime | None) -> str | None:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _review(review: Review) -> Fields:
    return {
        "id": review.pk,
        "scheduled_for": _moment(review.starts_at),
        "scheduled_by": _person(review.scheduled_by),
        "minutes": review.minutes,
        "place": review.place,
        "timing_reason": review.timing_reason,
        "go_live_on": _day(review.go_live_on),
        "lead": _person(review.lead),
        "facilitator": _person(review.facilitator),
        "started_at": _moment(review.started_at),
        "seconds": review.ran_seconds,
    }


def _service(service: Service) -> Fields:
    return {
        "id": service.pk,
        "slug": service.slug,
        "name": service.name,
        "description": service.description,
        "team": service.team.name,
        "tier": service.tier,
        "traits": list(service.traits),
        "tech_lead": _person(service.tech_lead),
        "on_call": _person(service.on_call),
        "platform_owner": _person(service.platform_owner),
        "go_live_on": _day(service.go_live_on),
        "launched_on": _day(service.launched_on),
        "repository": service.repository,
        **surroundings.of_service(service),
    }


def _checklist(version: Version) -> Fields:
    return {
        "key": version.checklist.key,
        "name": version.checklist.name,
        "number": version.number,
        "digest": version.digest,
        "published_at": _moment(version.published_at),
    }


def _decision(meeting: Meeting, decision: Decision) -> Fields:
    review, blockers = meeting.review, meeting.verdict.blockers
    return {
        "decision": decision,
        "computed": meeting.verdict.decision,
        "stricter_reason": review.stricter_reason,
        "decided_by": _person(review.decided_by),
        "decided_at": _moment(review.decided_at),
        "blockers": [{"item": b.item_key, "rule": b.rule, "reason": b.reason} for b in blockers],
    }


def _items(items: Iterable[Item], version: Version) -> list[Fields]:
    items = list(items)
    wanted = [row["evidence"] for item in items for row in item.criteria if row.get("evidence")]
    people = ("added_by", "performed_by", "witness")
    evidence = Evidence.objects.select_related("file", "token", *people).in_bulk(wanted)
    asked = {item.key: item for item in version.items}
    return [_item(item, asked.get(item.key), evidence) for item in items]


def _item(item: Item, asked: PackItem | None, evidence: Mapping[int, Evidence]) -> Fields:
    return {
        "key": item.key,
        "category": item.category,
        **({"chapter": asked.chapter} if asked and asked.chapter else {}),
        "gate": item.gate,
        "title": item.title,
        "requirement": asked.requirement if asked else "",
        "status": item.status,
        "reason": item.reason,
        "strength": item.strength,
        "status_since": _moment(item.status_since),
        "valid_until": _moment(item.valid_until),
        "waived_until": _day(item.waived_until),
        "excused": _excuse(item),
        "criteria": [
            {
                "key": row.get("key"),
                "status": row.get("status"),
                "reason": row.get("reason"),
                "evidence": row.get("evidence"),
            }
            for row in item.criteria
        ],
        "evidence": [_evidence(evidence[row["evidence"]]) for row in item.criteria if row.get("evidence") in evidence],
        "gap": _gap(open_gap_of(item)),
    }


def _excuse(item: Item) -> Fields | None:
    if item.excused_by is None:
        return None
    return {
        "reason": item.excused_reason,
        "by": _person(item.excused_by),
        "at": _moment(item.excused_at),
        "confirmed_by": _person(item.excuse_confirmed_by),
        "confirmed_at": _moment(item.excuse_confirmed_at),
    }


def _evidence(proof: Evidence) -> Fields:
    file = proof.file
    return {
        "id": proof.pk,
        "criterion": proof.criterion_key,
        "how": proof.how,
        "kind": proof.kind,
        "result": proof.result,
        "strength": proof.strength,
        "source": proof.source,
        "reason": proof.reason,
        "observed_at": _moment(proof.observed_at),
        "received_at": _moment(proof.received_at),
        "valid_until": _moment(proof.valid_until),
        "is_backdated": proof.is_backdated,
        "file": {"name": file.name, "sha256": file.sha256, "size": file.size} if file else None,
        "envelope": dict(proof.envelope),
        "token": {"name": proof.token.name, "prefix": proof.token.prefix} if proof.token else None,
        "link": proof.link,
        "note": proof.note,
        "added_by": _person(proof.added_by),
        "performed_on": _day(proof.performed_on),
        "performed_by": _person(proof.performed_by),
        "witness": _person(proof.witness),
        "witnessed_at": _moment(proof.witnessed_at),
    }


def _gap(gap: Gap | None) -> Fields | None:
    if gap is None:
        return None
    return {
        "id": gap.pk,
        "status": gap.status,
        "owner": _person(gap.owner),
        "due_on": _day(gap.due_on),
        "plan": gap.plan,
        "opened_at": _moment(gap.opened_at),
        "reopened": gap.reopened,
    }


def _waivers(items: Iterable[Item]) -> Iterable[Waiver]:
    live = [WaiverStatus.REQUESTED, WaiverStatus.APPROVED]
    rows = Waiver.objects.filter(item__in=items, status__in=live).select_related("item", "requested_by", "decided_by")
    return rows.order_by("item__position", "id")


def _waiver(waiver: Waiver) -> Fields:
    return {
        "id": waiver.pk,
        "item": waiver.item.key,
        "status": waiver.status,
        "reason": waiver.reason,
        "mitigation": waiver.mitigation,
        "ends_on": _day(waiver.ends_on),
        "requested_by": _person(waiver.requested_by),
        "requested_at": _moment(waiver.requested_at),
        "decided_by": _person(waiver.decided_by),
        "decided_at": _moment(waiver.decided_at),
        "decision_note": waiver.decision_note,
    }


def _launch_plan(service: Service) -> Fields | None:
    plan = LaunchPlan.objects.filter(service=service).select_related("decider").first()
    if plan is None:
        return None
    return {
        "audiences": _whole(plan.audiences),
        "ramp": _whole(plan.ramp),
        "thresholds": _whole(plan.thresholds),
        "decider": _person(plan.decider),
        "note": plan.note,
        "updated_at": _moment(plan.updated_at),
        "version": plan.version,
    }


def _whole(value: Any) -> Any:
    """Numbers with a fraction as text: they have no single written form (a ramp step of 12.5 %, a threshold of 0.01)."""
    match value:
        case float():
            return repr(value)
        case dict():
            return {str(key): _whole(part) for key, part in value.items()}
        case list():
            return [_whole(part) for part in value]
        case _:
            return value


def _topics(review: Review) -> Iterable[ParkedTopic]:
    return review.parked_topics.select_related("about__item", "parked_by", "settled_by")


def _parked(topic: ParkedTopic) -> Fields:
    return {
        "text": topic.text,
        "about": topic.about.item.key if topic.about else None,
        "parked_by": _person(topic.parked_by),
        "parked_at": _moment(topic.parked_at),
        "settled_by": _person(topic.settled_by),
        "settled_at": _moment(topic.settled_at),
    }


def _ballots(agenda: Iterable[AgendaItem]) -> dict[int, list[Ballot]]:
    """Agenda item's id → its revealed ballots. A vote that was never revealed stays what it was: nobody's business."""
    found: dict[int, list[Ballot]] = {}
    rows = Ballot.objects.filter(agenda_item__in=list(agenda), revealed_at__isnull=False)
    for ballot in rows.select_related("opened_by", "revealed_by").prefetch_related("votes__person"):
        found.setdefault(ballot.agenda_item_id, []).append(ballot)
    return found


def _ballot(ballot: Ballot) -> Fields:
    return {
        "question": ballot.question,
        "opened_by": _person(ballot.opened_by),
        "opened_at": _moment(ballot.opened_at),
        "revealed_by": _person(ballot.revealed_by),
        "revealed_at": _moment(ballot.revealed_at),
        "votes": [
            {"person": _person(vote.person), "choice": vote.choice, "why": vote.why} for vote in ballot.votes.all()
        ],
    }


def _asked(review: Review) -> dict[int, list[TalkRequest]]:
    """Item's id → who wanted to talk about it, and why."""
    found: dict[int, list[TalkRequest]] = {}
    for row in TalkRequest.objects.filter(review=review).select_related("person"):
        found.setdefault(row.item_id, []).append(row)
    return found


def _point(point: AgendaItem, ballots: Iterable[Ballot], asked: Iterable[TalkRequest]) -> Fields:
    return {
        "item": point.item.key,
        "position": point.position,
        "reason": point.reason,
        "reason_note": point.reason_note,
        "raised_by": _person(point.raised_by),
        "asked": [{"person": _person(row.person), "why": row.why} for row in asked],
        "status_before": point.status_before,
        "word": point.word,
        "note": point.note,
        "owner": _person(point.owner),
        "due_on": _day(point.due_on),
        "plan": point.plan,
        "said_by": _person(point.said_by),
        "said_at": _moment(point.said_at),
        "seconds": point.seconds,
        "ballots": [_ballot(ballot) for ballot in ballots],
    }
