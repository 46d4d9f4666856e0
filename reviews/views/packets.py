"""What stays: the packet as a page, as a file, as minutes; who signs it, who has read it. Before the decision it is a draft."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from reviews import actions
from reviews.forms import SignOffForm
from reviews.meeting import Meeting, seats
from reviews.models import Packet, Review
from reviews.packet import as_file, gaps
from reviews.rules import ParticipantRole
from reviews.signing import Sheet
from reviews.views.fetching import is_htmx, me, the_review


@require_safe
def packet(request: HttpRequest, review_id: int) -> HttpResponse:
    """Once decided it is read from the frozen text and from nothing else; only the signatures are of now. While the meeting runs
    it is what would be frozen. `?since=<digest>` answers 204 while the draft is still that one.
    """
    review = the_review(request, review_id)
    if review.is_live:
        actions.heard_from(by=me(request), review_id=review.pk, now=timezone.now())  # who reads the draft has not left
    sheet = sheet_of(review)
    if is_htmx(request) and "since" in request.GET:
        return _since(request, sheet)
    return render(request, "reviews/packet.html", packet_context(request, sheet))


def _since(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    if sheet.digest == request.GET["since"]:
        return HttpResponse(status=204)
    return render(request, "reviews/packet.html#news", {"review": sheet.review, "frozen": sheet.frozen})


def sheet_of(review: Review) -> Sheet:
    """404 before the meeting begins, and for one that was cancelled: there is nothing that could be frozen."""
    frozen = Packet.objects.filter(review=review).first()
    if frozen:
        return Sheet.of_frozen(review, frozen)
    if not review.is_live:
        raise Http404
    return Sheet.of_draft(Meeting.of(review, timezone.now()))


def packet_context(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    review, user = sheet.review, me(request)
    mine = [row for row in sheet.participants if row.person_id == user.pk]
    is_lead = review.service.tech_lead_id == user.pk
    unread = actions.unread_by(sheet.participants) if sheet.frozen else []
    taking = review.outcome_for(row.person_id for row in sheet.participants)
    return {
        "review": review,
        "frozen": sheet.frozen,
        "sheet": sheet,
        "packet": sheet.shown,
        "titles": {item["key"]: item for item in sheet.packet["items"]},
        "gaps": gaps(sheet.shown),
        "seats": seats(sheet.participants),
        "to_sign": sheet.to_sign(user) if policy.may(user, Action.SIGN_OFF, review.target) else [],
        "is_participant": bool(mine),
        "has_signed": any(one.is_binding for one in sheet.signatures if one.row.person_id == user.pk),
        "has_acknowledged": any(row.output_acknowledged_at for row in mine),
        "unread": unread,
        "reminding": is_lead and sheet.frozen is not None,
        "reminder_problem": _reminder_problem(sheet, user) if is_lead and unread else "",
        "exporting": sheet.frozen is not None and policy.may(user, Action.EXPORT, taking),
    }


def _reminder_problem(sheet: Sheet, lead: User) -> str:
    unread = [person for person in actions.unread_by(sheet.participants) if person != lead]
    return actions.reminder_problem(sheet.review, len(unread), timezone.now()) or ""


def the_packet(request: HttpRequest, review_id: int) -> tuple[Review, Packet]:
    review = the_review(request, review_id)
    return review, get_object_or_404(Packet, review=review)


@require_safe
def packet_json(request: HttpRequest, review_id: int) -> HttpResponse:
    """The file that `manage.py packet verify` accepts, byte for byte the same each time."""
    review, frozen = the_packet(request, review_id)
    policy.require(me(request), Action.EXPORT, review.outcome)
    headers = {"Content-Disposition": f'attachment; filename="{_name(review)}.json"'}
    return HttpResponse(as_file(frozen.body), content_type="application/json", headers=headers)


@require_safe
def minutes(request: HttpRequest, review_id: int) -> HttpResponse:
    review, frozen = the_packet(request, review_id)
    policy.require(me(request), Action.EXPORT, review.outcome)
    text = render_to_string("reviews/minutes.md", packet_context(request, Sheet.of_frozen(review, frozen)))
    headers = {"Content-Disposition": f'attachment; filename="{_name(review)}.md"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


def _name(review: Review) -> str:
    return f"review-{review.service.slug}-{review.decided_at:%Y-%m-%d}"


@require_POST
def sign_off(request: HttpRequest, review_id: int) -> HttpResponse:
    """A refusal comes back with the packet as it is now, and with the comment that was typed."""
    review = the_review(request, review_id)
    form = SignOffForm(request.POST)
    if not form.is_valid():
        raise Http404
    said = form.cleaned_data | {"role": ParticipantRole(form.cleaned_data["role"])}
    try:
        actions.sign_off(by=me(request), review=review, now=timezone.now(), **said)
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        current = the_review(request, review_id)
        if not current.is_live and not current.is_decided:
            raise
        context = packet_context(request, sheet_of(current)) | {"refusal": refusal, "comment": said["comment"]}
        return render(request, "reviews/packet.html", context, status=status_of(refusal))
    messages.success(request, "Signed.")
    return redirect("reviews:packet", review_id=review.pk)


@require_POST
def acknowledge_output(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.acknowledge_output(by=me(request), review=review, now=timezone.now())
    messages.success(request, "Noted: you read what came out.")
    return redirect("reviews:packet", review_id=review.pk)


@require_POST
def remind(request: HttpRequest, review_id: int) -> HttpResponse:
    """To whoever has not read what came out."""
    review = the_review(request, review_id)
    try:
        count = actions.remind_to_read(by=me(request), review=review, now=timezone.now())
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"A reminder goes to {count} {'person' if count == 1 else 'people'}.")
    return redirect("reviews:packet", review_id=review.pk)
