"""Steps about reviews, before, during and after the meeting."""

from readiness.demo import steps
from readiness.demo.stage import Acts, Scene
from reviews import actions as reviews


def schedule(scene: Scene, step: steps.Scheduled) -> None:
    stage = scene.stage
    day, at = step.starts
    reviews.schedule(
        by=stage.person(step.by),
        service=scene.service,
        starts_at=stage.timeline.moment(day, at, step.by),
        minutes=step.minutes,
        place=step.place,
        timing_reason=step.timing_reason,
        participants=[(stage.person(key), role) for key, role in step.guests],
        now=scene.now,
    )


def cancel(scene: Scene, step: steps.Cancelled) -> None:
    review, by = scene.review, scene.stage.person(step.by)
    reviews.cancel(by=by, review=review, version=review.version, reason=step.reason, now=scene.now)


def join(scene: Scene, step: steps.Joined) -> None:
    reviews.join(by=scene.stage.person(step.by), review=scene.review, now=scene.now)


def begin(scene: Scene, step: steps.Begun) -> None:
    review = scene.review
    reviews.begin(by=scene.stage.person(step.by), review=review, version=review.version, now=scene.now)


def say(scene: Scene, step: steps.Said) -> None:
    stage, review = scene.stage, scene.review
    by = stage.person(step.by)
    rows = review.agenda.select_related("review__service__tech_lead", "item__gap", "item__assessment__service")
    point = rows.get(item__key=step.item)
    if review.facilitator_id == by.pk and review.current_id != point.pk:
        reviews.move(by=by, review=review, version=review.version, to=point, now=scene.now)
    reviews.say(
        by=by,
        agenda_item=point,
        version=point.version,
        word=step.word,
        note=step.note,
        owner=stage.person_or_nobody(step.owner),
        due_on=None if step.due is None else stage.planned_on(step.due),
        plan=step.plan,
        now=scene.now,
    )


def acknowledge_passed(scene: Scene, step: steps.PassedAcknowledged) -> None:
    reviews.acknowledge_passed(by=scene.stage.person(step.by), review=scene.review, now=scene.now)


def note(scene: Scene, step: steps.Noted) -> None:
    review, by = scene.review, scene.stage.person(step.by)
    reviews.write_notes(by=by, review=review, version=review.notes_version, notes=step.notes, now=scene.now)


def pause(scene: Scene, step: steps.Paused) -> None:
    review = scene.review
    reviews.pause(by=scene.stage.person(step.by), review=review, version=review.version, now=scene.now)


def decide(scene: Scene, step: steps.Decided) -> None:
    review = scene.review
    reviews.decide(
        by=scene.stage.person(step.by),
        review=review,
        version=review.version,
        decision=step.decision,
        stricter_reason=step.stricter_reason,
        now=scene.now,
    )


def sign_off(scene: Scene, step: steps.SignedOff) -> None:
    review, by = scene.review, scene.stage.person(step.by)
    digest = review.packet.digest
    reviews.sign_off(by=by, review=review, role=step.role, digest=digest, comment=step.comment, now=scene.now)


def acknowledge_output(scene: Scene, step: steps.OutputAcknowledged) -> None:
    reviews.acknowledge_output(by=scene.stage.person(step.by), review=scene.review, now=scene.now)


def write_incident(scene: Scene, step: steps.IncidentWritten) -> None:
    day, at = step.began
    reviews.write_incident(
        by=scene.stage.person(step.by),
        service=scene.service,
        happened_at=scene.stage.timeline.moment(day, f"{at} {step.by}", ""),  # also on a Saturday
        title=step.title,
        link=step.link,
        what_happened=step.what_happened,
        named=step.items,
        missing=step.missing,
        now=scene.now,
    )


ACTS: Acts = {
    steps.Scheduled: schedule,
    steps.Cancelled: cancel,
    steps.Joined: join,
    steps.Begun: begin,
    steps.Said: say,
    steps.PassedAcknowledged: acknowledge_passed,
    steps.Noted: note,
    steps.Paused: pause,
    steps.Decided: decide,
    steps.SignedOff: sign_off,
    steps.OutputAcknowledged: acknowledge_output,
    steps.IncidentWritten: write_incident,
}
