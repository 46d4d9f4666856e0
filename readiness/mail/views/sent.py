"""What was sent to whom, and why: one's own for everybody, all of it for whoever manages people everywhere.

Mail that holds a key to an account is not there at all, and what opens something without signing in is left out of the words.
"""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.csp import CSP
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from readiness.accounts.models import User
from readiness.mail.forms import SentFilter
from readiness.mail.models import Mail, sees_all_mail
from readiness.mail.shown import without_keys

PAGE = 50
ALONE: Mapping[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "frame-ancestors": [CSP.SELF],
    "sandbox": True,
}
"""A mail brings its style with it, and nothing else may come of it: no script, no form, no picture from elsewhere, no link."""


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    reader: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    chosen = SentFilter(request.GET)
    chosen.is_valid()
    found = chosen.narrow(Mail.objects.visible_to(reader), reader).for_list()
    context = {
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "filter": chosen,
        "is_filtered": any(chosen.cleaned_data.values()),
        "sees_all": sees_all_mail(reader),
    }
    template = "mail/sent.html#list" if request.headers.get("HX-Request") else "mail/sent.html"
    return render(request, template, context)


@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    mail = _found(request, pk)
    return render(request, "mail/letter.html", {"mail": mail, "text": without_keys(mail.text)})


@require_safe
@xframe_options_sameorigin
@csp_override(ALONE)
def letter_html(request: HttpRequest, pk: int) -> HttpResponse:
    """Into the frame of the page above."""
    return HttpResponse(without_keys(_found(request, pk).html))


def _found(request: HttpRequest, pk: int) -> Mail:
    reader: User = request.user  # type: ignore[assignment]  # LoginRequiredMiddleware
    return get_object_or_404(Mail.objects.visible_to(reader).select_related("recipient"), pk=pk)
