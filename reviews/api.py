"""The frozen packet of a review."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import BaseModel, Field

from readiness.accounts import policy
from readiness.accounts.api.callers import PERSON, person_of
from readiness.accounts.api.contract import answers
from readiness.accounts.rules import Action
from reviews.models import Packet, Review
from reviews.packet import as_file

router = Router(tags=["Reviews"])


class PacketOut(BaseModel):
    """`manage.py packet verify` takes it as it is."""

    digest: str = Field(description="SHA-256 of the packet in canonical JSON: keys sorted, no white space.")
    packet: dict[str, Any]


@router.get(
    "/{int:review_id}/packet", auth=PERSON, response=answers(200, PacketOut, 403, 404), operation_id="getPacket"
)
def get_packet(request: HttpRequest, review_id: int) -> HttpResponse:
    """What a decision rested on, as it was frozen. 404 also while the review is not decided."""
    person = person_of(request)
    review = get_object_or_404(Review.objects.visible_to(person).for_page(), pk=review_id)
    frozen = get_object_or_404(Packet, review=review)
    policy.require(person, Action.EXPORT, review.outcome)
    # Byte for byte the file of the page: one blank more, and `packet verify` would call it changed.
    return HttpResponse(as_file(frozen.body), content_type="application/json")
