"""What an administrator does: hand in a pack, see what it changes, publish it or let it go."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.checklists import actions, usage
from readiness.checklists.compare import compare
from readiness.checklists.forms import PackForm, PublishForm
from readiness.checklists.models import Checklist, Version
from readiness.checklists.pack_errors import PackErrors
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.reading import gates


@require_http_methods(["GET", "HEAD", "POST"])
def import_pack(request: HttpRequest) -> HttpResponse:
    policy.require(request.user, Action.PUBLISH_CHECKLIST)
    form = _pack_form(request)
    if form.is_bound and (draft := _imported(request, form)):
        return _onward(request, draft)
    return render(request, "checklists/import.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """The draft's text; without a draft, the current version's as the beginning of one."""
    checklist = _own(request, key)
    start = checklist.draft or checklist.current
    form = _pack_form(request)
    if form.is_bound and (draft := _imported(request, form, checklist)):
        return _onward(request, draft)
    if not form.is_bound and start:
        form.initial = {"text": write_pack(start.pack), "revision": start.revision if start.is_draft else 0}
    context = {"form": form, "checklist": checklist, "start": start}
    return render(request, "checklists/import.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, key: str) -> HttpResponse:
    checklist = _own(request, key)
    form = PublishForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            version = actions.publish(by=_person(request), checklist=checklist, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            messages.success(request, f"Version {version.number} of {version.checklist.name} is published.")
            return redirect(version)
    draft = checklist.draft
    if draft is None:
        messages.warning(request, f"{checklist.name} has no draft any more.")
        return redirect(checklist)
    return _preview(request, checklist, draft, form)


@require_POST
def discard(request: HttpRequest, key: str) -> HttpResponse:
    checklist = _own(request, key)
    form = PublishForm(request.POST)
    form.full_clean()
    name, revision = checklist.name, form.cleaned_data.get("revision")
    actions.discard_draft(by=_person(request), checklist=checklist, now=timezone.now(), revision=revision or 0)
    messages.success(request, f"The draft of {name} is discarded.")
    return redirect(checklist) if checklist.pk else redirect("checklists:checklists")


def _person(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # LoginRequiredMiddleware


def _own(request: HttpRequest, key: str) -> Checklist:
    checklist = get_object_or_404(Checklist.objects.visible_to(request.user), key=key)
    policy.require(request.user, Action.PUBLISH_CHECKLIST)
    return checklist


def _pack_form(request: HttpRequest) -> PackForm:
    return PackForm(request.POST, request.FILES) if request.method == "POST" else PackForm()


def _imported(request: HttpRequest, form: PackForm, checklist: Checklist | None = None) -> Version | None:
    """The draft that came of it, or None with the form saying why there is none."""
    if not form.is_valid():
        return None
    pack, revision = form.cleaned_data["pack"], form.revision_seen
    try:
        return actions.import_pack(
            by=_person(request), text=pack, now=timezone.now(), revision=revision, checklist=checklist
        )
    except PackErrors as errors:
        form.take_errors(errors)
    except Refused as refusal:
        form.take_refusal(refusal)
    return None


def _onward(request: HttpRequest, version: Version) -> HttpResponse:
    if version.is_draft:
        return redirect("checklists:publish", version.checklist.key)
    messages.info(request, f"Version {version.number} says exactly this already; there is nothing to publish.")
    return redirect(version)


def _preview(request: HttpRequest, checklist: Checklist, draft: Version, form: PublishForm) -> HttpResponse:
    """What publishing would change. A form that was refused asks again about the draft that stands there now."""
    current = checklist.current
    form.ask_about(draft)
    context = {
        "checklist": checklist,
        "old": current,
        "new": draft,
        "comparison": compare(current.pack, draft.pack) if current else None,
        "gates": gates(draft.pack),
        "services": usage.services_of(request.user, checklist).count(),
        "form": form,
    }
    return render(request, "checklists/publish.html", context, status=form.status)
