"""The end of the meeting, and what stays: the packet as a page, as a file, as minutes."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.middleware import status_of
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from reviews import actions
from reviews.forms import DecisionForm, SignOffForm
from reviews.live.picture import END
from reviews.meeting import Meeting, seats
from reviews.models import Packet, Review, SignOff
from reviews.packet import as_file
from reviews.rules import ParticipantRole
from reviews.views.fetching import me, the_review
from reviews.views.room import room_page, shown_to


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, review_id: int) -> HttpResponse:
    """The page is the room's last one. A refusal comes back onto it, with what was typed."""
    review = the_review(request, review_id)
    if request.method != "POST":
        return redirect(reverse("reviews:room", args=[review.pk], query={"item": END}))
    policy.require(me(request), Action.LEAD_REVIEW, review.target)  # before the form: who may not, hears that first
    now = timezone.now()
    meeting = Meeting.of(review, now)
    form = DecisionForm(request.POST, computed=meeting.verdict.decision)
    status = 422
    if form.is_valid():
        try:
            said = {name: value for name, value in form.cleaned_data.items() if name != "is_sure"}
            actions.decide(by=me(request), review=review, now=now, **said)
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = status_of(refusal)
        else:
            return redirect("reviews:packet", review_id=review.pk)
    meeting = Meeting.of(the_review(request, review_id), now)
    return room_page(request, shown_to(request, meeting, END, decision_form=form), status=status)


def the_packet(request: HttpRequest, review_id: int) -> tuple[Review, Packet]:
    review = the_review(request, review_id)
    return review, get_object_or_404(Packet, review=review)


@require_safe
def packet(request: HttpRequest, review_id: int) -> HttpResponse:
    """Read from the frozen text and from nothing else; only the signatures are of now."""
    review, frozen = the_packet(request, review_id)
    return render(request, "reviews/packet.html", packet_context(request, review, frozen))


def packet_context(request: HttpRequest, review: Review, frozen: Packet) -> dict[str, Any]:
    body = json.loads(frozen.body)
    user = me(request)
    rows = list(review.participants.select_related("person"))
    signed = list(SignOff.objects.filter(review=review).select_related("person"))
    mine = [row for row in rows if row.person_id == user.pk]
    done = {(signature.person_id, signature.role) for signature in signed}
    to_sign = [row for row in mine if row.present_since and (row.person_id, row.role) not in done]
    return {
        "review": review,
        "frozen": frozen,
        "packet": body,
        "titles": {item["key"]: item for item in body["items"]},
        "seats": seats(rows),
        "signed": signed,
        "unsigned": [row for row in rows if row.present_since and (row.person_id, row.role) not in done],
        "to_sign": to_sign if policy.may(user, Action.SIGN_OFF, review.target) else [],
        "is_participant": bool(mine),
        "has_signed": any(signature.person_id == user.pk for signature in signed),
        "has_acknowledged": any(row.output_acknowledged_at for row in mine),
        "exporting": policy.may(user, Action.EXPORT, review.target),
    }


@require_safe
def packet_json(request: HttpRequest, review_id: int) -> HttpResponse:
    """The file that `manage.py packet verify` accepts, byte for byte the same each time."""
    review, frozen = the_packet(request, review_id)
    policy.require(me(request), Action.EXPORT, review.target)
    headers = {"Content-Disposition": f'attachment; filename="{_name(review)}.json"'}
    return HttpResponse(as_file(frozen.body), content_type="application/json", headers=headers)


@require_safe
def minutes(request: HttpRequest, review_id: int) -> HttpResponse:
    review, frozen = the_packet(request, review_id)
    policy.require(me(request), Action.EXPORT, review.target)
    text = render_to_string("reviews/minutes.md", packet_context(request, review, frozen))
    headers = {"Content-Disposition": f'attachment; filename="{_name(review)}.md"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=headers)


def _name(review: Review) -> str:
    return f"review-{review.service.slug}-{review.decided_at:%Y-%m-%d}"


@require_POST
def sign_off(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    form = SignOffForm(request.POST)
    if not form.is_valid():
        raise Http404
    said = form.cleaned_data | {"role": ParticipantRole(form.cleaned_data["role"])}
    actions.sign_off(by=me(request), review=review, now=timezone.now(), **said)
    messages.success(request, "Signed.")
    return redirect("reviews:packet", review_id=review.pk)


@require_POST
def acknowledge_output(request: HttpRequest, review_id: int) -> HttpResponse:
    review = the_review(request, review_id)
    actions.acknowledge_output(by=me(request), review=review, now=timezone.now())
    messages.success(request, "Noted: you read what came out.")
    return redirect("reviews:packet", review_id=review.pk)
