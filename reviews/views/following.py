"""Where the live process answers when a proxy sends the address there. This process only says that it does not."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reviews.views.fetching import the_review


@require_safe
def stream(request: HttpRequest, review_id: int) -> HttpResponse:
    """204: there is nothing to follow here, and the page goes on asking."""
    the_review(request, review_id)
    return HttpResponse(status=204)
