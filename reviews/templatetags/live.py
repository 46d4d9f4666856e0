"""Where a room's live stream is."""

from django import template
from django.conf import settings
from django.urls import reverse

register = template.Library()


@register.simple_tag
def stream_address(review_id: int) -> str:
    """Beside the pages behind a proxy; on a port of its own without one."""
    return f"{settings.LIVE_URL}{reverse('reviews:stream', args=[review_id])}"
