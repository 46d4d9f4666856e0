from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from readiness.face import specimens


@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state on one page, to be looked at in both themes and at 390 px."""
    if "flash" in request.GET:
        messages.success(request, "Gap closed. The service's owner was told.")
        messages.error(request, "Closing takes someone other than the gap's owner. Ask a colleague to verify it.")
    return render(request, "face/styleguide.html", specimens.everything())
