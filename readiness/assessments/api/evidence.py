"""A pipeline pushes a report: the same action as the upload page's, so the same rules and the same sentences."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import File, Form, UploadedFile
from ninja.responses import Status
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from readiness.accounts.api.callers import PERSON_OR_TOKEN, Caller, actor_of, caller_of, counted_as, require
from readiness.accounts.api.contract import InvalidRequest, answers
from readiness.accounts.limits import UPLOADS, spend
from readiness.accounts.models import Token
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions import Envelope, Uploaded, WrongFields
from readiness.assessments.actions.uploads import JudgedCriterion
from readiness.assessments.api.standing import services
from readiness.assessments.formats import FORMATS
from readiness.assessments.models import Assessment, Evidence, Item
from readiness.assessments.outcome import Finding, Result
from readiness.catalog.api import the_service

NOT_MEASURED = "This service is not measured against a checklist yet; nothing asks for a report."
_MOMENT = re.compile(r"20\d\d-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)


def _read_moment(value: object) -> datetime | None:
    """A pipeline's variable may be empty. A time without a zone could be any of 26 hours."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _MOMENT.fullmatch(value.strip()):
        raise ValueError("write a time with its zone, as 2026-03-09T14:05:00Z")
    try:
        return datetime.fromisoformat(value.strip()).astimezone(UTC)
    except ValueError as error:
        raise ValueError("there is no such time") from error


Moment = Annotated[datetime | None, BeforeValidator(_read_moment)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Address = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class EvidenceIn(BaseModel):
    """What is said about the report. Every field may be left out or empty."""

    kind: Word = Field("", description=f"Left out, it is told by the content. One of: {', '.join(FORMATS)}.")
    item: Word = Field(
        "", description="An item's key: judged for this item alone, also where it asks nothing particular."
    )
    service: Word = Field("", description="The short name once more: a report of another service answers 409.")
    environment: Word = Field("", description="Where it ran: staging, production.")
    commit_sha: Word = Field("", description="7 to 64 hexadecimal digits. Another one than goes live answers 409.")
    tool: Word = ""
    tool_version: Word = ""
    target_url: Address = Field("", description="What was called. A host that is not the service's own answers 409.")
    started_at: Moment = Field(None, description="With a zone, ISO 8601.")
    finished_at: Moment = Field(
        None, description="Needed where the report does not say when it ran: its age runs from here."
    )
    ci_run_url: Address = Field("", description="Where the run can be looked at.")

    def envelope(self, token: Token | None) -> Envelope:
        return Envelope(**self.model_dump(exclude={"kind", "item"}), token=token)


FIELDS = frozenset(EvidenceIn.model_fields) | {"file", "csrfmiddlewaretoken"}


class CriterionOut(BaseModel):
    key: str
    outcome: Result
    reason: str
    figures: dict[str, float | int | str | bool | None]
    findings_count: int
    evidence: int
    is_new: bool


class JudgedItemOut(BaseModel):
    key: str
    title: str
    status: str = Field(description="Of the item, now.")
    criteria: list[CriterionOut]


class SilentOut(BaseModel):
    item: str
    criterion: str
    reason: str


class EvidenceOut(BaseModel):
    """`outcome` is the worst of the criteria's: fail, then unknown, then pass."""

    evidence: list[int] = Field(
        description="One for each criterion. The same file for the same commit has the same ones."
    )
    is_new: bool
    outcome: Result
    findings_count: int = Field(description="Each once, however many criteria it concerns.")
    kind: str
    tool: str
    sha256: str = Field(description="Of the file.")
    observed_at: datetime = Field(description="When it ran. Its age runs from here.")
    items: list[JudgedItemOut]
    silent: list[SilentOut] = Field(
        description="Criteria that take such a report, and about which this one says nothing."
    )


@services.post(
    "/{slug:slug}/evidence",
    auth=PERSON_OR_TOKEN,
    response=answers(201, EvidenceOut, 400, 403, 404, 409, 413, 415, 422) | {200: EvidenceOut},
    operation_id="pushEvidence",
)
def push_evidence(
    request: HttpRequest,
    response: HttpResponse,
    slug: str,
    about: Form[EvidenceIn],
    file: Annotated[UploadedFile, File(description="The report as the tool wrote it, up to 10 MiB.")],
) -> Status[EvidenceOut]:
    """Pushes a report. Every criterion that takes such a report judges it by its own settings.

    201 when it is new proof, 200 when this very file was here before for the same commit: then nothing changed.
    """
    caller, service, now = caller_of(request), the_service(request, slug), timezone.now()
    require(caller, Action.ATTACH_EVIDENCE, service.target)
    spend(UPLOADS, counted_as(caller), now)
    _refuse_unknown_fields(request)
    assessment = Assessment.objects.select_related("service", "version").defer("version__body").filter(service=service)
    if (measured := assessment.first()) is None:
        raise WrongFields("pinned", {"service": NOT_MEASURED})
    uploaded = actions.upload_artifact(
        by=actor_of(caller), assessment=measured, file=file, now=now, kind=about.kind, item_key=about.item,
        envelope=about.envelope(_token(caller)),
    )  # fmt: skip
    answer = _Told(uploaded).answer()
    response["Location"] = request.build_absolute_uri(reverse("assessments:evidence", args=[answer.evidence[0]]))
    return Status(201 if answer.is_new else 200, answer)


def _token(caller: Caller) -> Token | None:
    return caller if isinstance(caller, Token) else None


def _refuse_unknown_fields(request: HttpRequest) -> None:
    """A misspelt field would otherwise do nothing, silently."""
    sent = [*request.POST, *request.FILES]
    problems = {name[:100]: "There is no such field." for name in sent if name not in FIELDS}
    if extra := [name for name, files in request.FILES.lists() if name != "file" or len(files) > 1]:
        problems |= dict.fromkeys((name[:100] for name in extra), "Send one report at a time, as “file”.")
    if problems:
        raise InvalidRequest(dict(list(problems.items())[:20]))


@dataclass(frozen=True, slots=True)
class _Told:
    """What was uploaded, as it is answered."""

    uploaded: Uploaded

    def answer(self) -> EvidenceOut:
        """Raises WrongFields when the report says nothing about anything: then nothing was recorded."""
        recorded = [(one, one.evidence) for one in self.uploaded.judged if one.evidence]
        if not recorded:
            reasons = " ".join(dict.fromkeys(one.outcome.reason for one in self.uploaded.judged))
            raise WrongFields("upload", {"item": f"Nothing was recorded. {reasons}"})
        findings: set[Finding] = {finding for one, _ in recorded for finding in one.outcome.findings}
        return EvidenceOut(
            evidence=[evidence.pk for _, evidence in recorded],
            is_new=any(one.is_new for one, _ in recorded),
            outcome=_worst([one.outcome.result for one, _ in recorded]),
            findings_count=len(findings),
            kind=self.uploaded.kind,
            tool=self.uploaded.tool,
            sha256=self.uploaded.sha256,
            observed_at=self.uploaded.observed_at,
            items=self._items(recorded),
            silent=[
                SilentOut(item=one.item.key, criterion=one.criterion.key, reason=one.outcome.reason)
                for one in self.uploaded.judged
                if one.evidence is None
            ],
        )

    def _items(self, recorded: list[tuple[JudgedCriterion, Evidence]]) -> list[JudgedItemOut]:
        changed = {item.pk: item for item in self.uploaded.changed}
        items: dict[int, Item] = {one.item.pk: changed.get(one.item.pk, one.item) for one, _ in recorded}
        return [
            JudgedItemOut(
                key=item.key,
                title=item.title,
                status=item.status,
                criteria=[_criterion(one, evidence) for one, evidence in recorded if one.item.pk == pk],
            )
            for pk, item in items.items()
        ]


def _criterion(one: JudgedCriterion, evidence: Evidence) -> CriterionOut:
    return CriterionOut(
        key=one.criterion.key,
        outcome=one.outcome.result,
        reason=one.outcome.reason,
        figures=dict(one.outcome.figures),
        findings_count=len(one.outcome.findings),
        evidence=evidence.pk,
        is_new=one.is_new,
    )


def _worst(results: list[Result]) -> Result:
    return next(result for result in (Result.FAIL, Result.UNKNOWN, Result.PASS) if result in results)
