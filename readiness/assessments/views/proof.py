"""People's proof: attest, witness, look at one piece of evidence, take its file away; and say that an item does not apply."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.policy import NotAllowed, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions.excuses import excuse_problem
from readiness.assessments.asked import limits_for, may_take_file
from readiness.assessments.forms.proof import AttestForm, ExcuseForm, VersionForm, attestable
from readiness.assessments.gap_page import attest_problem
from readiness.assessments.models import Evidence, Item
from readiness.assessments.people import people_of
from readiness.assessments.seen import seen_of
from readiness.assessments.views.asking import cleaned, done, form_page, item_or_404, person
from readiness.catalog.models import Service


@require_http_methods(["GET", "HEAD", "POST"])
def attest(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    item = item_or_404(request, slug, key)
    service = item.assessment.service
    policy.require(person(request), Action.ATTEST, service.target)
    if item.is_retired:
        raise Refused("pinned", attest_problem(item, service))
    form = _attest_form(request, item, service)
    if form.is_valid():
        try:
            now = timezone.now()
            evidence = actions.attest(by=person(request), item=item, now=now, **form.arguments)
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return done(request, _attested(evidence, is_new=evidence.received_at == now), evidence)
    context = {"form": form, "item": item, "service": service, "problem": attest_problem(item, service)}
    return form_page(request, "assessments/attest.html", context | {"requirement": item.pack_item})


def _attest_form(request: HttpRequest, item: Item, service: Service) -> AttestForm:
    now = timezone.now()
    return AttestForm(
        request.POST or None,
        request.FILES or None,
        initial={
            "proves": request.GET.get("proves"),
            "performed_by": person(request),
            "performed_on": timezone.localdate(),
        },
        people=people_of(service, now),
        witnesses=people_of(service, now, Action.WITNESS).exclude(pk=person(request).pk),
        criteria=attestable(item.pack_item, tier=service.tier, traits=service.traits),
        wanted=request.GET.get("criterion", ""),
    )


def _attested(evidence: Evidence, *, is_new: bool) -> str:
    if not is_new:
        return "This was here before, in the very same words; nothing was added. If it was another time, say what differed."
    return f"Attested. {evidence.witness} has to confirm it before it counts."


@require_safe
def evidence(request: HttpRequest, evidence_id: int) -> HttpResponse:
    found = _found(request, evidence_id)
    item = get_object_or_404(Item.objects.filter(assessment_id=found.assessment_id), key=found.item_key)
    pack_item = None if item.is_retired else found.assessment.version.pack.item(item.key)
    criterion = next((c for c in pack_item.criteria if c.key == found.criterion_key), None) if pack_item else None
    service = found.assessment.service
    seen = seen_of(
        kind=found.kind, result=found.result, reason=found.reason, figures=found.figures, findings=found.findings,
        asked=limits_for(found.kind, criterion, service), is_whole=True,
    )  # fmt: skip
    context = {"evidence": found, "item": item, "service": service, "criterion": criterion, "seen": seen}
    may_take = may_take_file(person(request), service)
    return render(request, "assessments/evidence.html", context | {"may_take_file": may_take})


def _found(request: HttpRequest, evidence_id: int) -> Evidence:
    rows = Evidence.objects.visible_to(person(request)).select_related(
        "assessment__service__team", "assessment__version", "witness", "performed_by", "added_by", "file", "token"
    )
    return get_object_or_404(rows.defer("assessment__version__body"), pk=evidence_id)


@require_POST
def witness(request: HttpRequest, evidence_id: int) -> HttpResponse:
    found = _found(request, evidence_id)
    actions.confirm_witness(by=person(request), evidence=found, now=timezone.now())
    return done(request, "Confirmed. From now on it counts.", found)


@require_safe
def evidence_file(request: HttpRequest, evidence_id: int) -> HttpResponseBase:
    """Always as an attachment and never sniffed: nothing that was uploaded runs under our name. For who may take proof out, or
    may put it in.
    """
    found = _found(request, evidence_id)
    if not (ruling := may_take_file(person(request), found.assessment.service)):
        raise NotAllowed(policy.RULE, ruling.reason)
    if found.file is None or not default_storage.exists(found.file.path):
        raise Http404
    response = FileResponse(
        default_storage.open(found.file.path),
        as_attachment=True,
        filename=found.file.name,
        content_type="application/octet-stream",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def excuse(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    item = item_or_404(request, slug, key)
    service = item.assessment.service
    policy.require(person(request), Action.MARK_NOT_APPLICABLE, service.target)
    form = ExcuseForm(request.POST or None, initial={"version": item.version})
    if form.is_valid():
        said = form.cleaned_data
        try:
            actions.excuse(
                by=person(request), item=item, version=said["version"], reason=said["reason"], now=timezone.now()
            )
        except NotAllowed:
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            sentence = "Noted. A second person has to confirm it." if item.is_hard else "Noted: it does not apply."
            return done(request, sentence, item)
    context = {"form": form, "item": item, "service": service, "problem": excuse_problem(item)}
    return form_page(request, "assessments/excuse.html", context)


@require_POST
def confirm_excuse(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    item = item_or_404(request, slug, key)
    said = cleaned(VersionForm(request.POST), "two-at-once")
    actions.confirm_excuse(by=person(request), item=item, version=said["version"], now=timezone.now())
    return done(request, "Confirmed: it does not apply.", item)


@require_POST
def withdraw_excuse(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    item = item_or_404(request, slug, key)
    said = cleaned(VersionForm(request.POST), "two-at-once")
    actions.withdraw_excuse(by=person(request), item=item, version=said["version"], now=timezone.now())
    return done(request, "It applies after all.", item)


@require_POST
def open_gap(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """A person says: this is missing, and somebody has to look after it. Leads to the gap, to be planned."""
    item = item_or_404(request, slug, key)
    because = request.POST.get("because", "").strip() or item.reason
    opened = actions.open_gap(by=person(request), item=item, because=because, now=timezone.now())
    return done(request, "Open. Say whose it is, and until when.", opened)
