"""PagerDuty says who is on call, without a hole, until two weeks after go-live, and whom it calls next.

Passes when the service is switched on, each minute from now until then has somebody on the first level, at least two people
take turns, and the second level is always somebody else. Cover and levels can be asked one by one. It sees 90 days ahead,
and no further. https://developer.pagerduty.com/api-reference/
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._apis import read, require_ok
from readiness.checks.types._cover import (
    Hole,
    Shift,
    Span,
    figures,
    holes,
    in_words,
    people_in,
    problems,
    span_of,
    sweep,
)
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import (
    CheckConfig,
    HttpAddress,
    UnreadableError,
    bounded,
    joined,
    plural,
    shortened,
)
from readiness.egress import Request, Response, Steps

PAGERDUTY = "PagerDuty"
A_PAGE, MOST_PAGES = 100, 30
FURTHEST = timedelta(days=89)
DEFAULT_DAYS, DEFAULT_LEVELS = 14, 2
EVER = datetime.max.replace(tzinfo=UTC)
ALWAYS = datetime.min.replace(tzinfo=UTC)


def _id_in_address(value: object) -> object:
    """`https://shop.pagerduty.com/service-directory/PIJ90N7` → `PIJ90N7`."""
    return value.strip().rstrip("/").rpartition("/")[2] if isinstance(value, str) else value


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        default="https://api.pagerduty.com",
        title="PagerDuty's API",
        description="In the EU https://api.eu.pagerduty.com.",
        examples=["https://api.pagerduty.com"],
    )
    service_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{2,40}$"), BeforeValidator(_id_in_address)] = Field(
        title="Service",
        description="The id of the service that pages: the end of its address in PagerDuty.",
        examples=["PIJ90N7"],
    )
    go_live_on: date | None = Field(
        default=None,
        title="Go-live date",
        description="Cover is judged until some days after it; without it, from today.",
        examples=["2027-03-01"],
    )
    days_after_go_live: Annotated[int, Field(ge=0, le=90)] | None = Field(
        default=None,
        title="Days after go-live",
        description="Until then each minute must be covered. Empty, with levels asked: cover is not judged.",
        examples=[14],
    )
    min_people: int = Field(
        default=2,
        ge=1,
        le=20,
        title="People at least",
        description="As many different people must take turns on the first level.",
        examples=[2],
    )
    min_levels: Annotated[int, Field(ge=1, le=10)] | None = Field(
        default=None,
        title="Levels at least",
        description="How many levels an alert climbs. Empty, with days asked: levels are not judged.",
        examples=[2],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read; the secret is named, not written.",
        examples=["Authorization: Token token=${CHECK_SECRET_PAGERDUTY}"],
    )

    @property
    def days(self) -> int | None:
        asks_nothing = self.days_after_go_live is None and self.min_levels is None
        return DEFAULT_DAYS if asks_nothing else self.days_after_go_live

    @property
    def levels(self) -> int | None:
        asks_nothing = self.days_after_go_live is None and self.min_levels is None
        return DEFAULT_LEVELS if asks_nothing else self.min_levels


# What is read of its answers


class Reference(BaseModel):
    id: str
    type: str = ""
    summary: str | None = None

    @property
    def name(self) -> str:
        return self.summary or self.id


class Service(BaseModel):
    status: str
    escalation_policy: Reference


class ServiceAnswer(BaseModel):
    service: Service


class Rule(BaseModel):
    targets: list[Reference]


class Policy(BaseModel):
    escalation_rules: list[Rule]


class PolicyAnswer(BaseModel):
    escalation_policy: Policy


class OnCall(BaseModel):
    """`start` is null for somebody who is named in the policy directly, `end` for one who never goes off call."""

    user: Reference
    escalation_level: int
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None

    @property
    def shift(self) -> Shift:
        start, end = (at.astimezone(UTC) if at and 1 < at.year < 9999 else at for at in (self.start, self.end))
        return Shift(start or ALWAYS, end or EVER, self.user.name, self.escalation_level)


class OnCallsAnswer(BaseModel):
    oncalls: list[OnCall]
    more: bool = False


# The run


def run(config: Config) -> Steps[Outcome]:
    span = span_of(datetime.now(UTC), config.go_live_on, config.days or DEFAULT_DAYS, furthest=FURTHEST)
    try:
        [answer] = yield [_get(config, f"services/{config.service_id}", {"include[]": "escalation_policies"})]
        service = _service(config, answer)
        policy_id = service.escalation_policy.id
        [answer] = yield [_get(config, f"escalation_policies/{quote(policy_id, safe='')}", {})]
        levels = [
            rule for rule in read(PolicyAnswer, answer, PAGERDUTY).escalation_policy.escalation_rules if rule.targets
        ]
        shifts = yield from _shifts(config, policy_id, span)
    except UnreadableError as problem:
        return unknown(str(problem))
    return _judge(config, service, len(levels), shifts, span)


def _get(config: Config, path: str, parameters: Mapping[str, object]) -> Request:
    url = f"{config.base_url.rstrip('/')}/{path}"
    secret = revealed(config.credential, url) if config.credential else {}
    accept = {"Accept": "application/vnd.pagerduty+json;version=2"}
    return Request(f"{url}?{urlencode(parameters)}" if parameters else url, headers=accept | secret)


def _service(config: Config, answer: Response) -> Service:
    if answer.status == 404 and not answer.fault:
        raise UnreadableError(
            f"PagerDuty knows no service {config.service_id}, or the key may not see it; is the id right?"
        )
    require_ok(answer, PAGERDUTY)
    return read(ServiceAnswer, answer, PAGERDUTY).service


def _shifts(config: Config, policy_id: str, span: Span) -> Steps[list[Shift]]:
    """Every page of the policy's on-calls. Raises UnreadableError when there are too many."""
    found: list[Shift] = []
    asked = {"escalation_policy_ids[]": policy_id, "since": _moment(span.since), "until": _moment(span.until)}
    for _ in range(MOST_PAGES):
        [answer] = yield [_get(config, "oncalls", {**asked, "limit": A_PAGE, "offset": len(found)})]
        page = read(OnCallsAnswer, answer, PAGERDUTY)
        found += [one.shift for one in page.oncalls]
        if not page.more:
            return found
        if not page.oncalls:
            break
    raise UnreadableError(f"PagerDuty lists more than {len(found)} shifts {span.words}, which is more than is read.")


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


# Judging


def _judge(config: Config, service: Service, levels: int, shifts: Sequence[Shift], span: Span) -> Outcome:
    where = f"{config.base_url.rstrip('/')}/services/{config.service_id}"
    seen: dict[str, Figure] = {"levels": levels, "service_status": shortened(service.status, 40)}
    found: list[Finding] = []
    if service.status == "disabled":
        found.append(Finding("disabled", Level.ERROR, "The service is disabled in PagerDuty: nobody is paged.", where))
    if config.days is not None:
        gaps, people = holes(shifts, span), people_in(shifts, span)
        seen |= figures(gaps, people, span)
        found += problems(gaps, people, config.min_people, where)
    if config.levels is not None:
        found += _level_problems(config.levels, levels, shifts, span, where)
    if found:
        return failed(joined(one.message for one in found), seen, bounded(found))
    if service.status == "maintenance":
        return unknown("The service is in a maintenance window, in which nobody is paged; look again afterwards.", seen)
    return passed(_good(config, levels, people_in(shifts, span), span), seen, _notes(config, span))


def _level_problems(wanted: int, levels: int, shifts: Sequence[Shift], span: Span, where: str) -> Iterator[Finding]:
    if levels < wanted:
        message = f"An alert climbs {plural(levels, 'level')}, fewer than {wanted}: add a level with somebody else to the policy."
        yield Finding("too-few-levels", Level.ERROR, message, where)
        return
    for hole in holes(shifts, span, level=2)[:1] if wanted > 1 else []:
        yield Finding("second-level-hole", Level.ERROR, f"On the second level: {in_words(hole)}", where)
    if wanted > 1 and (alone := _same_people(shifts, span)):
        first = alone[0]
        message = f"The second level pages {shortened(first.before, 60)} again, who is on the first already, "
        yield Finding("same-person", Level.ERROR, f"{message}from {first.start:%d %b %Y, %H:%M} UTC.", where)


def _same_people(shifts: Sequence[Shift], span: Span) -> list[Hole]:
    """When everybody on the second level is on the first as well; `before` is one of them."""
    return [
        Hole(start, end, next(iter(on_call[2])))
        for start, end, on_call in sweep(shifts, span)
        if on_call.get(1) and on_call.get(2) and on_call[2].keys() <= on_call[1].keys()
    ]


def _good(config: Config, levels: int, people: Sequence[str], span: Span) -> str:
    said = []
    if config.days is not None:
        who = plural(len(people), "person").replace("persons", "people")
        start = "" if config.go_live_on else " (no go-live date is known, so it counts from today)"
        said.append(f"{who} cover every minute {span.words}{start}.")
    if config.levels is not None:
        said.append(f"An alert climbs {plural(levels, 'level')} with different people.")
    return " ".join(said)


def _notes(config: Config, span: Span) -> tuple[Finding, ...]:
    if config.days is None or span.until - span.since < FURTHEST:
        return ()
    message = f"PagerDuty sees 90 days ahead, so cover was judged {span.words}."
    return (Finding("seen-so-far", Level.INFO, message),)
