"""Pages about people, teams and roles."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open for too long, or in another session: say so, and how to go on."""
    return render(request, "403.html", {"csrf_reason": reason}, status=403)
