from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from readiness.accounts import policy
from readiness.accounts.api.callers import counted_as
from readiness.accounts.limits import UPLOADS, TooMany, spend
from readiness.accounts.policy import NotAllowed, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.forms.upload import UploadForm
from readiness.assessments.models import Assessment
from readiness.assessments.reports import wanted_reports
from readiness.assessments.upload_limit import is_too_large
from readiness.assessments.upload_page import answer_of
from readiness.assessments.views.asking import form_page, person, service_or_404
from readiness.catalog.models import Service

NOT_MEASURED = "This service is not measured against a checklist yet; nothing asks for a report."


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, slug: str) -> HttpResponse:
    service = service_or_404(request, slug)
    policy.require(person(request), Action.ATTACH_EVIDENCE, service.target)
    assessment = _assessment(service)
    wanted = wanted_reports(assessment)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    initial = {"item": request.GET.get("item"), "commit_sha": service.endpoint("release_commit")}
    form = UploadForm(*sent, initial=initial, wanted=wanted, is_too_large=is_too_large(request))
    if form.is_valid():
        try:
            spend(UPLOADS, counted_as(person(request)), timezone.now())
            uploaded = actions.upload_artifact(
                by=person(request), assessment=assessment, now=timezone.now(), **form.arguments
            )
        except (NotAllowed, TooMany):
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            # Not a redirect: the answer is about this file. Sent again by a reload, it is the same piece of evidence.
            answer = answer_of(uploaded, item_key=form.cleaned_data["item"])
            return render(request, "assessments/uploaded.html", {"service": service, "answer": answer})
    return form_page(request, "assessments/upload.html", {"form": form, "service": service, "wanted": wanted})


def _assessment(service: Service) -> Assessment:
    found = (
        Assessment.objects.select_related("service", "version").defer("version__body").filter(service=service).first()
    )
    if found is None:
        raise Refused("pinned", NOT_MEASURED)
    return found
