"""What people say about a gap: written, edited and withdrawn by who wrote it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readiness.accounts import policy
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions.comments import own_problem
from readiness.assessments.forms.gaps import MoveForm
from readiness.assessments.forms.talk import CommentForm, EditCommentForm
from readiness.assessments.gap_talk import whom_to_mention
from readiness.assessments.models import Comment, Gap
from readiness.assessments.views.asking import cleaned, person
from readiness.assessments.views.gap import after_part, gap_or_404, part_page
from readiness.assessments.views.steps import refuse

PART = "assessments/_gap_comments.html"


@require_http_methods(["GET", "HEAD", "POST"])
def comments(request: HttpRequest, gap_id: int) -> HttpResponse:
    """A page of them, `?page=2` holds earlier ones; or one more."""
    found = gap_or_404(request, gap_id)
    if request.method != "POST":
        return part_page(request, found, PART)
    policy.require(person(request), Action.COMMENT, found.service.target)
    form = CommentForm(request.POST, auto_id="comment_%s")
    if form.is_valid():
        try:
            actions.write_comment(by=person(request), gap=found, text=form.cleaned_data["text"], now=timezone.now())
        except (NotAllowed, NotVisible):
            raise
        except Refused as refusal:
            form.take_refusal(refusal)
        else:
            return after_part(request, gap_id, PART)
    return part_page(request, found, PART, status=422, comment_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_comment(request: HttpRequest, gap_id: int, comment_id: int) -> HttpResponse:
    found = gap_or_404(request, gap_id)
    policy.require(person(request), Action.COMMENT, found.service.target)
    comment = _comment(found, comment_id)
    if problem := own_problem(comment, person(request)):
        raise Refused("own-words", problem)
    form = EditCommentForm(initial={"text": comment.text, "version": comment.version}, auto_id="edit_comment_%s")
    status = 200
    if request.method == "POST":
        form = EditCommentForm(request.POST, auto_id="edit_comment_%s")
        status = _edited(request, comment, form)
        if not status:
            return after_part(request, gap_id, PART)
    return part_page(request, found, PART, status=status, comment_edit_form=form, edited_comment=comment)


def _edited(request: HttpRequest, comment: Comment, form: EditCommentForm) -> int:
    """0, or the status of what was wrong."""
    if not form.is_valid():
        return 422
    said = form.cleaned_data
    try:
        actions.edit_comment(
            by=person(request), comment=comment, version=said["version"], text=said["text"], now=timezone.now()
        )
    except (NotAllowed, NotVisible):
        raise
    except Refused as refusal:
        return refuse(form, refusal)
    return 0


@require_POST
def withdraw_comment(request: HttpRequest, gap_id: int, comment_id: int) -> HttpResponse:
    found = gap_or_404(request, gap_id)
    policy.require(person(request), Action.COMMENT, found.service.target)
    comment = _comment(found, comment_id)
    said = cleaned(MoveForm(request.POST), "two-at-once")
    actions.withdraw_comment(by=person(request), comment=comment, version=said["version"], now=timezone.now())
    return after_part(request, gap_id, PART)


@require_safe
def whom(request: HttpRequest, gap_id: int) -> JsonResponse:
    """Whom one may mention here, for the list that opens behind an `@`: `?q=` is the beginning of a name or address."""
    found = gap_or_404(request, gap_id)
    policy.require(person(request), Action.COMMENT, found.service.target)
    people = whom_to_mention(found, request.GET.get("q", "")[:60], timezone.now())
    return JsonResponse({"people": [{"name": str(one), "handle": one.email} for one in people]})


def _comment(found: Gap, comment_id: int) -> Comment:
    comment = get_object_or_404(Comment, gap=found, pk=comment_id)
    comment.gap = found
    return comment
